package job

import (
	"os"
	"path/filepath"
	"testing"

	"rasure/certify/statement"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// A log that cannot be read when the erasure has ended keeps nobody from its certificate, which is appended when the log is back.
func TestUnreadableLog(t *testing.T) {
	t.Parallel()
	for name, upgrade := range map[string]bool{"version 1": false, "version 2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newManager(t)
			if upgrade {
				if _, err := m.st.Upgrade(t.Context(), station.UpgradeOptions{Org: statement.Org{Organisation: "the archive"}}); err != nil {
					t.Fatal(err)
				}
			}
			f := m.begun(t, "S1")
			at := filepath.Join(m.st.Path(station.LogDir), "checkpoint")
			if err := os.Rename(at, at+".away"); err != nil {
				t.Fatal(err)
			}
			if err := f.seal(m.st, f.aborted(message.Of("stopped"))); err != nil {
				t.Fatalf("seal() = %v", err)
			}
			p, err := f.publish(m.st)
			if err == nil || p.index != -1 || p.certificate == "" {
				t.Fatalf("publish() = %+v, %v", p, err)
			}
			if c := m.read(t, p.certificate); c.ID != f.Facts.ID {
				t.Errorf("the certificate is of job %s", c.ID)
			}
			if err := os.Rename(at+".away", at); err != nil {
				t.Fatal(err)
			}
			if p, err = f.publish(m.st); err != nil || p.index < 0 || p.proof == "" {
				t.Errorf("publish() with the log = %+v, %v", p, err)
			}
		})
	}
}
