package hub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/witness"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/logs"
	"rasure/logs/fleet"
)

var ctx = context.Background()

// receive has a hub receive what a station has beyond since.
func receive(t *testing.T, h *hub.Hub, s *hubtest.Station, since int64) hub.Answer {
	t.Helper()
	a, err := h.Receive(ctx, s.Body(since), s.Files())
	hubtest.Check(t, err)
	return a
}

func wants(t *testing.T, what string, a hub.Answer, status fleet.Status) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s: status %d (%v), want %d", what, a.Status, a.Err, status)
	}
}

func alarms(h *hub.Hub) (kinds string) {
	for _, a := range h.Alarms() {
		kinds += a.Kind + " "
	}
	return strings.TrimSpace(kinds)
}

func auditOf(t *testing.T, h *hub.Hub) (all []hub.Audited) {
	t.Helper()
	hubtest.Check(t, h.Audit(ctx, func(a hub.Audited) { all = append(all, a) }))
	return all
}

// TestFiveStations is the life of a fleet: two stations are honest, one comes by stick, one rolls back and one forks.
func TestFiveStations(t *testing.T) {
	t.Parallel()
	var all []*hubtest.Station
	for i := range 5 {
		s := hubtest.New(t, fmt.Sprintf("station%d.example", i))
		for j := range 3 {
			s.Erase(fmt.Sprintf("S-%d-%d", i, j))
		}
		all = append(all, s)
	}
	dir := hubtest.NewDir(t)
	now := hubtest.Start.AddDate(0, 1, 0)
	o := hub.Options{Dir: dir, Stations: hubtest.Roster(t, all...), Now: func() time.Time { return now }}
	h := hubtest.Open(t, o)
	backup, fork := all[3].Copied(), all[4].Copied()
	for i, s := range all[:2] {
		wants(t, s.Name, receive(t, h, s, 0), fleet.Cosigned)
		if i == 0 {
			s.Erase("S-more")
			wants(t, s.Name, receive(t, h, s, 7), fleet.Cosigned)
		}
	}

	stick := hubtest.Scratch(t)
	hubtest.Check(t, os.Rename(all[2].Submit(0), filepath.Join(stick, "two")))
	hubtest.Check(t, h.Ingest(ctx, stick, func(_ string, a hub.Answer) { wants(t, "the stick", a, fleet.Cosigned) }))
	answer, err := os.ReadFile(filepath.Join(stick, "two", witness.AnswerFile))
	hubtest.Check(t, err)
	if _, err := logs.KeepCosigned(all[2].Dir, all[2].ID, answer, h.Keys().Cosigner, time.Minute); err != nil {
		t.Errorf("the station does not take the answer: %v", err)
	}

	all[3].Erase("S-3-lost")
	wants(t, "before the roll back", receive(t, h, all[3], 0), fleet.Cosigned)
	a := receive(t, h, backup, 7)
	wants(t, "rolled back", a, fleet.Conflict)
	if a.Size != 9 {
		t.Errorf("the answer has size %d", a.Size)
	}
	state := hubtest.Scratch(t)
	_, _, err = witness.Receive(backup.Log.Snapshot(), state, backup.Dir, a.Signed, h.Keys().Cosigner)
	if !errors.Is(err, logs.ErrNotCosigned) {
		t.Errorf("the station that was rolled back takes the answer: %v", err)
	}
	if _, err := backup.Log.Append([]byte("more")); !errors.Is(err, logs.ErrNotCosigned) {
		t.Errorf("it appends: %v", err)
	}

	all[4].Erase("S-4-one")
	fork.Erase("S-4-other")
	wants(t, "the one history", receive(t, h, all[4], 0), fleet.Cosigned)
	wants(t, "the other", receive(t, h, fork, 7), fleet.Conflict)
	if got := alarms(h); got != "fork" {
		t.Errorf("alarms: %q", got)
	}

	statuses, err := h.Status()
	hubtest.Check(t, err)
	for i, s := range statuses {
		if want := map[bool]int{true: 1}[i == 4]; len(s.Evidence) != want || len(s.Findings) != 0 {
			t.Errorf("%s: evidence %q, findings %v", s.Station, s.Evidence, s.Findings)
		}
	}
	found, err := h.Find(ctx, "serial", "s-3-LOST", 10)
	hubtest.Check(t, err)
	if len(found) != 2 || found[1].Kind != "certificate" || found[1].Station != "station3.example" {
		t.Fatalf("Find = %+v", found)
	}
	v, err := audit.VerifyCertificate(found[1].Entry, found[1].Proof, audit.Pin{Key: &all[3].Key.PublicKey})
	hubtest.Check(t, err)
	hubtest.Check(t, v.Demand(found[1].Proof, h.Keys().Cosigner))

	audited := auditOf(t, h)
	for _, a := range audited {
		if !a.Err.IsZero() || a.Open != 0 || len(a.Shared) != 0 {
			t.Errorf("%s: %s, %v, %v", a.Station, a.Err, a.Problems, a.Shared)
		}
	}

	now = now.AddDate(0, 0, 8)
	hubtest.Check(t, h.CheckSeen())
	if got := alarms(h); got != "fork"+strings.Repeat(" not-seen", 5) {
		t.Errorf("alarms: %q", got)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s, other := hubtest.New(t, "station.example"), hubtest.New(t, "other.example")
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, s)})
	wants(t, "not in the roster", receive(t, h, other, 0), fleet.Unknown)
	a, err := h.Receive(ctx, []byte("old -1\n\nx"), nil)
	hubtest.Check(t, err)
	wants(t, "malformed", a, fleet.Malformed)
	wants(t, "another key under the same name", receive(t, h, hubtest.New(t, "station.example"), 0), fleet.BadSignature)
	s.Append([]byte("no statement"))
	wants(t, "an entry that is none", receive(t, h, s, 0), fleet.Inconsistent)
	if got := alarms(h); got != "unsigned" {
		t.Errorf("alarms: %q", got)
	}
	for _, name := range []string{"checkpoint", "../x", "tile/../../x", "/etc/passwd", "tile/0/000"} {
		if err := h.Upload(a.ID, a.Root, name, nil); !errors.Is(err, hub.ErrNotWanted) {
			t.Errorf("Upload(%q) = %v", name, err)
		}
	}
}

// rules are the rules of the findings that the hub's status has of a station.
func rules(t *testing.T, h *hub.Hub, i int) string {
	t.Helper()
	all, err := h.Status()
	hubtest.Check(t, err)
	var names []string
	for _, f := range all[i].Findings {
		names = append(names, f.Rule)
	}
	return strings.Join(names, " ")
}

// TestFindings has what a station did wrong, and what only the hub can see: one disk at two stations.
func TestFindings(t *testing.T) {
	t.Parallel()
	one, two := hubtest.New(t, "one.example"), hubtest.New(t, "two.example")
	dir, roster := hubtest.NewDir(t), hubtest.Roster(t, one, two)
	h, err := hub.Open(ctx, hub.Options{Dir: dir, Stations: roster})
	hubtest.Check(t, err)
	one.Erase("S-1")
	two.Erase("S-2")
	two.Erase("S-1")
	wants(t, "one", receive(t, h, one, 0), fleet.Cosigned)
	wants(t, "two", receive(t, h, two, 0), fleet.Cosigned)
	if got := alarms(h); got != "two-stations" {
		t.Errorf("alarms: %q", got)
	}
	one.PassKey = make([]byte, 32)
	one.Erase("S-3")
	one.Erase("S-4") // with the key of another job
	wants(t, "a finding", receive(t, h, one, 3), fleet.Cosigned)
	if got := alarms(h); got != "two-stations finding" {
		t.Errorf("alarms: %q", got)
	}
	one.PassKey = nil
	one.Erase("S-5")
	wants(t, "an old finding", receive(t, h, one, 7), fleet.Cosigned)
	if got := alarms(h); got != "two-stations finding" {
		t.Errorf("an old finding is alarmed again: %q", got)
	}
	audited := auditOf(t, h)
	if len(audited[0].Problems) != 1 || len(audited[0].Shared) != 1 || len(audited[1].Shared) != 1 {
		t.Errorf("Audit = %+v", audited)
	}
	hubtest.Check(t, h.Close())
	again := hubtest.Open(t, hub.Options{Dir: dir, Stations: roster})
	if one, two := rules(t, again, 0), rules(t, again, 1); one != certify.KeyReused+" "+hub.SerialElsewhere || two != hub.SerialElsewhere {
		t.Errorf("status after a start: %q and %q", one, two)
	}
	if got := alarms(again); got != "" {
		t.Errorf("the start raises alarms again: %q", got)
	}
	statuses, err := again.Status()
	hubtest.Check(t, err)
	state, err := again.State(statuses[0].ID) // from the cache
	hubtest.Check(t, err)
	report, err := state.Report(roster[0].Pin, time.Now())
	hubtest.Check(t, err)
	for what, text := range map[string]message.Text{"a rule that is broken": statuses[0].Findings[0].Detail, "what only the hub sees": statuses[1].Findings[0].Detail, "the cache": report.Problems[0].Detail} {
		if zh := text.In(message.Chinese); !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s is English after a start: %s", what, zh)
		}
	}
}

// TestRegisteredElsewhere has a medium of one office erased at the station of another.
func TestRegisteredElsewhere(t *testing.T) {
	t.Parallel()
	one, two := hubtest.New(t, "one.example"), hubtest.New(t, "two.example")
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, one, two)})
	one.Register("S-2024-017", "WD-1")
	two.Register("S-2024-017", "WD-2")
	two.Erase("WD-1")
	wants(t, "one", receive(t, h, one, 0), fleet.Cosigned)
	wants(t, "two", receive(t, h, two, 0), fleet.Cosigned)
	if got := rules(t, h, 1); !strings.Contains(got, hub.MediumElsewhere) || !strings.Contains(got, hub.NumberElsewhere) {
		t.Errorf("findings of two: %q", got)
	}
	if got := alarms(h); !strings.Contains(got, "two-stations two-stations") {
		t.Errorf("alarms: %q", got)
	}
	audited := auditOf(t, h)
	if len(audited[1].Shared) != 2 || !strings.Contains(fmt.Sprint(audited[1].Shared), "one.example registered the medium with the serial number wd-1 in its entry 1") {
		t.Errorf("Audit = %q", audited[1].Shared)
	}
}

func TestAuditSeesAFlippedBit(t *testing.T) {
	t.Parallel()
	s := hubtest.New(t, "station.example")
	s.Erase("S-1")
	dir := hubtest.NewDir(t)
	o := hub.Options{Dir: dir, Stations: hubtest.Roster(t, s)}
	h, err := hub.Open(ctx, o)
	hubtest.Check(t, err)
	wants(t, "station", receive(t, h, s, 0), fleet.Cosigned)
	for name := range logs.FilesSince(0, 3, true) {
		path := filepath.Join(dir, "store", "mirror", o.Stations[0].ID(), name)
		data, err := os.ReadFile(path)
		hubtest.Check(t, err)
		data[len(data)-1] ^= 1
		hubtest.Check(t, os.WriteFile(path, data, 0o644))
		audited := auditOf(t, h)
		if a := audited[0]; a.Err.IsZero() && a.Open == 0 {
			t.Errorf("a flipped bit in %s is not seen", name)
		}
		hubtest.Check(t, h.Close())
		hubtest.Check(t, os.RemoveAll(filepath.Join(dir, "index"))) // then the mirror is read when the hub starts
		if h, err := hub.Open(ctx, o); err == nil && strings.HasPrefix(name, "tile/entries/") {
			t.Errorf("%s: a hub starts without an index and with a damaged mirror", name)
			h.Close()
		} else if err == nil {
			hubtest.Check(t, h.Close())
		}
		if n, err := hub.Repair(o, s.Name, s.Dir); err != nil || n != 3 {
			t.Errorf("%s: Repair = %d, %v", name, n, err)
		}
		h, err = hub.Open(ctx, o)
		hubtest.Check(t, err)
		if a := auditOf(t, h)[0]; !a.Err.IsZero() || a.Open != 0 {
			t.Errorf("%s after the repair: %+v", name, a)
		}
	}
	hubtest.Check(t, h.Close())
}

// TestBadSticks has sticks with less than a submission: each is refused with a reason, and the good one between them is received.
func TestBadSticks(t *testing.T) {
	t.Parallel()
	s := hubtest.New(t, "station.example")
	s.Erase("S-1")
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, s)})
	stick := hubtest.Scratch(t)
	submission := func(name string) (dir, request string) {
		dir = filepath.Join(stick, name)
		hubtest.Check(t, os.Rename(s.Submit(0), dir))
		return dir, filepath.Join(dir, witness.RequestFile)
	}
	dir, _ := submission("1 half a copy")
	hubtest.Check(t, os.Remove(filepath.Join(dir, "tile/entries/000.p/3")))
	_, request := submission("2 a request that is cut")
	hubtest.Check(t, os.Truncate(request, 20))
	_, request = submission("3 a request without an end")
	hubtest.Check(t, os.Truncate(request, 1<<30))
	_, request = submission("4 a link out of the stick")
	hubtest.Check(t, os.Remove(request))
	hubtest.Check(t, os.Symlink("/dev/zero", request))
	_, request = submission("5 a pipe")
	hubtest.Check(t, os.Remove(request))
	hubtest.Check(t, syscall.Mkfifo(request, 0o644))
	dir, _ = submission("6 a directory in place of a file")
	hubtest.Check(t, os.Remove(filepath.Join(dir, "tile/0/000.p/3")))
	hubtest.Check(t, os.Mkdir(filepath.Join(dir, "tile/0/000.p/3"), 0o755))
	dir, _ = submission("7 a bundle that is a link")
	hubtest.Check(t, os.Remove(filepath.Join(dir, "tile/entries/000.p/3")))
	hubtest.Check(t, os.Symlink("/dev/zero", filepath.Join(dir, "tile/entries/000.p/3")))
	submission("8 whole")
	hubtest.Check(t, os.Mkdir(filepath.Join(stick, "9 something else"), 0o755))
	n := 0
	hubtest.Check(t, h.Ingest(ctx, stick, func(dir string, a hub.Answer) {
		n++
		if whole := strings.HasSuffix(dir, "whole"); (a.Status == fleet.Cosigned) != whole || (a.Err == nil) != whole {
			t.Errorf("%s: %d, %v", dir, a.Status, a.Err)
		}
	}))
	if n != 8 {
		t.Errorf("%d answers", n)
	}
}

// TestCrash lets each call that changes something fail in turn, and all after it, and opens the hub again.
func TestCrash(t *testing.T) {
	t.Parallel()
	s := hubtest.New(t, "station.example")
	s.Erase("S-1")
	before, roster := hubtest.NewDir(t), hubtest.Roster(t, s)
	for n := 1; ; n++ {
		dir := filepath.Join(hubtest.Scratch(t), "hub")
		hubtest.Check(t, os.CopyFS(dir, os.DirFS(before)))
		calls, hit := 0, ""
		h, err := hub.Open(ctx, hub.Options{Dir: dir, Stations: roster, Fault: func(call, name string) error {
			if calls++; calls >= n {
				hit = call + " " + name
				return syscall.ENOSPC
			}
			return nil
		}})
		hubtest.Check(t, err)
		a, failed := h.Receive(ctx, s.Body(0), s.Files())
		hubtest.Check(t, h.Close())
		if hit == "" {
			hubtest.Check(t, failed)
			if n < 15 {
				t.Errorf("only %d calls", n-1)
			}
			return
		}
		again, err := hub.Open(ctx, hub.Options{Dir: dir, Stations: roster})
		hubtest.Check(t, err)
		signed, err := again.Cosigned(roster[0].ID())
		if failed == nil && (err != nil || !bytes.Equal(signed, a.Signed)) {
			t.Fatalf("call %d (%s): what was acknowledged is lost: %v", n, hit, err)
		}
		since := int64(0)
		if err == nil {
			since = s.Log.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if a, err := again.Receive(ctx, s.Body(since), s.Files()); err != nil || a.Status != fleet.Cosigned {
			t.Fatalf("call %d (%s): %v, %+v", n, hit, err, a)
		}
		if found, err := again.Find(ctx, "serial", "S-1", 10); err != nil || len(found) != 2 {
			t.Fatalf("call %d (%s): Find = %d entries, %v", n, hit, len(found), err)
		}
		if _, err := os.Stat(filepath.Join(dir, "added", roster[0].ID()+".cosigned")); err != nil {
			t.Fatalf("call %d (%s): not in the fleet log: %v", n, hit, err)
		}
		hubtest.Check(t, again.Close())
	}
}
