package station

import (
	"crypto/sha256"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
)

// A log that another program cut over to version 2 takes no statement of version 1 any more, of a job or of anything else.
func TestCutOver(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	key, err := x509.MarshalPKIXPublicKey(s.public)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.log.Entry(0)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	card, cp := certify.TextSHA256(first), snapshot.Checkpoint()
	cut, err := certify.SignStatement(&statement.StationStatement{
		ByStation: statement.ByStation{ID: "01JKB2M8V0ZZZZZZZZZZZZZZZZ", Log: statement.Head{Origin: s.Name(), First: card, Size: cp.Size, Root: statement.Hash(cp.Root)},
			Station: statement.Station{Name: s.Name(), Key: sha256.Sum256(key), Assurance: certify.Software}, Org: statement.Org{Organisation: "the archive"},
			Clock:    statement.Clock{At: time.Now().UTC().Truncate(time.Second)},
			Software: statement.Software{Name: "rasure", Version: "0.2.0", SHA256: sha256.Sum256(nil), Go: "go1.26.8", Attested: "none"}},
		Draft: true, PublicKey: key, Keys: []statement.StationKey{{Use: "statement", Algorithm: "ecdsa-p256-sha256", Key: key, Required: true}},
		Host: statement.Host{Name: "s7", Kernel: "6.1.0"}, Replaces: &statement.Ref{Index: 0, SHA256: card}, Zone: "UTC"}, s.signer)
	if err != nil {
		t.Fatal(err)
	}
	job := begin(t, s, "01A")
	if _, err := s.AppendChecked(t.Context(), cut, nil); err != nil {
		t.Fatal(err)
	}
	for name, st := range map[string]*Station{"the same": s, "opened again": reopen(t, s)} {
		for how, append := range map[string]func() (int64, error){
			"checked":   func() (int64, error) { return st.AppendChecked(t.Context(), job, nil) },
			"unchecked": func() (int64, error) { return st.Append(job) },
		} {
			if _, err := append(); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "the log has statements of version 2") {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
		if _, err := st.AppendChecked(t.Context(), cut, nil); fault.Code(err) != fault.Refused {
			t.Errorf("%s: a second cut-over: %v", name, err)
		}
	}
	if n := reopen(t, s).Log().Size(); n != 2 {
		t.Errorf("the log has %d entries", n)
	}
}
