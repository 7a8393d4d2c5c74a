package job

import (
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/wipe"
)

func (m *Manager) upgrade(t *testing.T) {
	t.Helper()
	if _, err := m.st.Upgrade(t.Context(), station.UpgradeOptions{Org: statement.Org{Organisation: "the archive", Site: "house 2"}}); err != nil {
		t.Fatal(err)
	}
}

// audited is what an audit of the manager's log finds; nothing may break a rule.
func (m *Manager) audited(t *testing.T) *audit.Report {
	t.Helper()
	r, err := audit.Log(m.st.FS(), audit.Options{Pin: audit.Pin{Key: m.st.PublicKey()}, Now: station.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Errorf("entry %d, %s: %v", p.Index, p.Rule, p.Detail)
	}
	return r
}

// stated is the certificate of version 2 in a file.
func (m *Manager) stated(t *testing.T, path string) *statement.Certificate {
	t.Helper()
	m.read(t, path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(text, m.st.PublicKey())
	if err != nil || e.Statement == nil {
		t.Fatalf("%s: %v", path, err)
	}
	return e.Statement.Body.(*statement.Certificate)
}

func codes(c *statement.Certificate) (all []string) {
	for _, e := range c.Exceptions {
		all = append(all, e.Code)
	}
	return all
}

func TestVersion2(t *testing.T) {
	t.Parallel()
	t.Run("job that vanished", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		m.upgrade(t)
		f := m.begun(t, "S1")
		begin := f.Facts.Begin.Index
		at, err := m.certifyAborted(f, message.Of("x"))
		if err != nil {
			t.Fatal(err)
		}
		m.audited(t)
		c := m.stated(t, at.certificate)
		if c.Org.Site != "house 2" || c.Operator != (statement.Operator{Account: "wang", By: "flag"}) || *c.Confirmation != (statement.Confirmation{Typed: "serial", Seconds: 4}) ||
			c.Identified != "serial" || c.Plan.Standard == "" || c.Outcome != "interrupted" || c.Anchor.Size != begin+1 || len(c.Sessions) != 1 || c.Sessions[0].Reason != "vanished" {
			t.Errorf("%+v", c)
		}
		if _, err := os.Stat(at.proof); err != nil {
			t.Error(err)
		}
	})
	t.Run("anchor is the head that ends with the begin", func(t *testing.T) { // another job is begun before it is taken
		t.Parallel()
		m := newManager(t)
		m.upgrade(t)
		f := m.begun(t, "S1")
		m.begun(t, "S2")
		was := *f.Anchor
		f.Anchor = nil
		if err := f.takeAnchor(m.st); err != nil {
			t.Fatal(err)
		}
		if f.Anchor.Size != f.Facts.Begin.Index+1 || f.Anchor.Root != was.Root || f.Anchor.SHA256 == was.SHA256 { // a key in a file signs with other numbers each time
			t.Errorf("%+v, and before %+v", f.Anchor, was)
		}
	})
	t.Run("job that began in version 1", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		f := m.begun(t, "S1")
		m.upgrade(t)
		at, err := m.certifyAborted(f, message.Of("x"))
		if err != nil {
			t.Fatal(err)
		}
		m.audited(t)
		c := m.stated(t, at.certificate)
		if !slices.Contains(codes(c), statement.CodeKeyNotAnchored) || c.Anchor != nil || !c.Seed.IsZero() || c.Confirmation != nil || c.Begin.Index != 1 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("certificate that was signed in version 1 and not appended", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		f := m.begun(t, "S1")
		if err := f.seal(m.st, f.aborted(message.Of("x"))); err != nil {
			t.Fatal(err)
		}
		m.upgrade(t)
		at, err := f.publish(m.st)
		if err != nil {
			t.Fatal(err)
		}
		m.audited(t)
		if c := m.stated(t, at.certificate); c.Outcome != "interrupted" || !slices.Contains(codes(c), "interrupted") || !slices.Contains(codes(c), statement.CodeKeyNotAnchored) {
			t.Errorf("%+v", c)
		}
	})
	t.Run("terminal that was lost", func(t *testing.T) { // the job goes on: a session ends, and the next begins
		t.Parallel()
		m := newManager(t)
		m.upgrade(t)
		j := m.begunJob(t, "S1")
		j.terminalLost()
		if err := j.saveStateSync(*j.Wipe); err != nil {
			t.Fatal(err)
		}
		at, err := m.certifyAborted(j.file, message.Of("x"))
		if err != nil {
			t.Fatal(err)
		}
		m.audited(t)
		c, old := m.stated(t, at.certificate), m.read(t, at.certificate)
		if len(c.Sessions) != 2 || c.Sessions[0].Reason != "terminal-lost" || c.Sessions[0].Pass != 1 || c.Sessions[1].Reason != "vanished" || len(old.Interruptions) != 2 {
			t.Errorf("%+v, %+v", c.Sessions, old.Interruptions)
		}
	})
	t.Run("job of which nothing was saved", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		old := m.begun(t, "S0")
		m.upgrade(t)
		for _, lost := range []*file{old, m.begun(t, "S1")} {
			f := &file{dir: m.dir()}
			began, err := m.findOpen(f, lost.Facts.ID)
			if err != nil {
				t.Fatal(err)
			}
			if f.Sealed, err = m.signUnknown(f, began, "it was lost"); err != nil {
				t.Fatal(err)
			}
			f.Facts.ID, f.Phase, f.Outcome, f.Base, f.Dir = lost.Facts.ID, sealed, wipe.Unknown, "lost-"+lost.Facts.ID, m.st.Path(station.CertificateDir)
			if err := f.save(); err != nil { // and the process is killed
				t.Fatal(err)
			}
			lost.unlock()
		}
		if done, err := m.Recover(t.Context()); err != nil || len(done) != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		if r := m.audited(t); r.Outcomes["unknown"] != 2 || len(r.OpenJobs) != 0 {
			t.Errorf("%+v, open %v", r.Outcomes, r.OpenJobs)
		}
	})
}

// A job file is only text: one whose seed or anchor is not that of the begin certifies nothing, and no key is used twice.
func TestDamagedSeed(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.upgrade(t)
	f := m.begun(t, "S1")
	text, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	log, err := m.st.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		if !strings.Contains(string(text), old) {
			t.Fatalf("no %s", old)
		}
		return strings.Replace(string(text), old, new, 1)
	}
	other := strings.Repeat("a5", 32)
	for name, c := range map[string]struct{ text, because string }{
		"as it is":     {string(text), ""},
		"other seed":   {change(f.Seed, other), "its seed is not that of its begin"},
		"no seed":      {change(`"seed":"`+f.Seed+`",`, ""), "it has a seed, and its begin names none, or the other way round"},
		"seed is none": {change(f.Seed, f.Seed[2:]), "its seed is not that of its begin"},
		"other root":   {change(f.Anchor.Root, other), "not the head of the log"},
		"other sum":    {change(f.Anchor.SHA256, other), "not the head of the log"},
		"sum is none":  {change(f.Anchor.SHA256, "a5"), "damaged"},
		"other size":   {change(`"anchor":{"size":3`, `"anchor":{"size":2`), "not the head of the log"},
		"no anchor":    {change(`"anchor":`, `"anker":`), "it does not describe this job"},
	} {
		g := &file{dir: f.dir}
		g.record, err = decode([]byte(c.text), f.Facts.ID)
		if err == nil {
			err = g.checkSigned(m.st, log)
		}
		if c.because == "" && err != nil || c.because != "" && (err == nil || !strings.Contains(err.Error(), c.because)) {
			t.Errorf("%s: %v, want %q", name, err, c.because)
		}
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := &file{record: record{Wipe: &wipe.State{WrittenTo: 512, Report: wipe.Report{Started: start, Ended: start.Add(time.Hour), Passes: []wipe.PassReport{
		{Written: 3000, WriteBytesPerSecond: 1000, Verified: 3000, VerifyBytesPerSecond: 1500}, {Elapsed: 100, Writing: 60, Verifying: 40}}}}}}
	f.Facts.Interruptions = []certify.Interruption{{Reason: "device-lost", Pass: 2, Low: 512}}
	f.restoreSessions() // of a file by rasure 0.1.0
	want := session{Started: start, Ended: start.Add(time.Hour), Elapsed: 5100, Reason: "device-lost", Pass: 2, Flushed: 512}
	if len(f.Sessions) != 1 || f.Sessions[0] != want {
		t.Fatalf("%+v, want %+v", f.Sessions, want)
	}
	sum := int64(5100)
	for i := range int64(2 * maxSessions) {
		f.Sessions = append(f.Sessions, session{Boot: hex.EncodeToString(make([]byte, 31)) + "01", Started: start, Ended: start, Elapsed: i})
		f.endSession("interrupted")
		sum += i
	}
	stated, got := f.statedSessions(wipe.Report{}), int64(0)
	for _, s := range stated {
		got += s.Elapsed
	}
	first, last := stated[0], stated[len(stated)-1]
	if len(stated) != maxSessions || got != sum || !first.Boot.IsZero() || first.Started != start || last.Boot.IsZero() || last.Reason != "interrupted" || *last.Flushed != 512 || last.Pass != 2 {
		t.Errorf("%d sessions of %d ms, want %d ms; first %+v, last %+v", len(stated), got, sum, first, last)
	}
	for id, want := range map[string]bool{"5b4b\n": true, "": false} {
		root := fstest.MapFS{}
		if id != "" {
			root["proc/sys/kernel/random/boot_id"] = &fstest.MapFile{Data: []byte(id)}
		}
		if boot := bootOf(root); (len(boot) == 64) != want {
			t.Errorf("boot id %q: %q", id, boot)
		}
	}
	if all := (&file{}).statedSessions(wipe.Report{Started: start}); len(all) != 1 || all[0].Started != start {
		t.Errorf("%+v", all)
	}
}
