package hub_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rasure/certify"
	"rasure/cmd/internal/station"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs/fleet"
)

// TestJudgedAgain has the judgement of what was cosigned fail once: the next request, on the same hub, makes up for it.
func TestJudgedAgain(t *testing.T) {
	t.Parallel()
	s := hubtest.New(t, "station.example")
	s.Erase("S-1")
	failed := false
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, s), Fault: func(_, name string) error {
		if !failed && strings.Contains(name, "findings/") {
			failed = true
			return syscall.ENOSPC
		}
		return nil
	}})
	if a, err := h.Receive(ctx, s.Body(0), s.Files()); err == nil || !failed {
		t.Fatalf("the judgement did not fail: %+v", a)
	}
	wants(t, "the next request", receive(t, h, s, s.Log.Size()), fleet.Cosigned)
	if found, err := h.Find(ctx, "serial", "S-1", 10); err != nil || len(found) != 2 {
		t.Errorf("Find = %d entries, %v", len(found), err)
	}
}

// stick has files until it is pulled.
type stick struct {
	fs.FS
	pulled bool
}

func (s *stick) Open(name string) (fs.File, error) {
	if s.pulled {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EIO}
	}
	return s.FS.Open(name)
}

// TestPulledStick takes away the files of a request when it is cosigned: what follows reads the mirror.
func TestPulledStick(t *testing.T) {
	t.Parallel()
	s := hubtest.New(t, "station.example")
	s.PassKey = make([]byte, 32)
	s.Erase("S-1")
	s.Erase("S-2") // with the key of another job
	files := &stick{FS: s.Files()}
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, s), Added: func(kind, _ string) error {
		files.pulled = files.pulled || kind == "cosigned"
		return nil
	}})
	a, err := h.Receive(ctx, s.Body(0), files)
	hubtest.Check(t, err)
	wants(t, "a stick that is pulled", a, fleet.Cosigned)
	if got := rules(t, h, 0); got != certify.KeyReused {
		t.Errorf("findings: %q", got)
	}
}

// TestJudgedByAnOlderProgram has the judgement of programs that did not know that a log can end: the hub judges again when it is opened. They kept nothing of
// themselves, a version, or their hash.
func TestJudgedByAnOlderProgram(t *testing.T) {
	t.Parallel()
	state, dir := filepath.Join(t.TempDir(), "state"), hubtest.NewDir(t)
	s, err := station.Init(ctx, state, station.InitOptions{Name: "old.example", Key: station.KeySoftware}, station.Options{Root: os.DirFS("/")})
	hubtest.Check(t, err)
	s.Close()
	hubtest.Check(t, station.LastEntry(ctx, state, station.Options{Root: os.DirFS("/")}, "wu", "scrapped", true))
	one, submission := hubtest.FromFiles(t, filepath.Join(state, station.LogDir))
	o := hub.Options{Dir: dir, Stations: []*roster.Station{one}}
	h, err := hub.Open(ctx, o)
	hubtest.Check(t, err)
	hubtest.Check(t, h.Ingest(ctx, submission, func(_ string, a hub.Answer) { hubtest.Check(t, a.Err) }))
	if got := alarms(h); got != "retired" {
		t.Errorf("alarms: %q", got)
	}
	hubtest.Check(t, h.Close())
	file := filepath.Join(dir, "findings", one.ID())
	text, err := os.ReadFile(file)
	hubtest.Check(t, err)
	for _, older := range []map[string]any{{}, {"version": 1}, {"program": "another"}} {
		kept := map[string]any{}
		hubtest.Check(t, json.Unmarshal(text, &kept))
		delete(kept, "program")
		delete(kept, "ended")
		maps.Copy(kept, older)
		old, err := json.Marshal(kept)
		hubtest.Check(t, err)
		hubtest.Check(t, os.WriteFile(file, old, 0o644))
		for _, want := range []string{"retired", ""} { // it is reported once
			h := hubtest.Open(t, o)
			all, err := h.Status()
			hubtest.Check(t, err)
			if all[0].Ended == nil || *all[0].Ended != all[0].Size-1 {
				t.Errorf("judged by %v: Status = %+v", older, all[0])
			}
			if got := alarms(h); got != want {
				t.Errorf("judged by %v: alarms: %q, want %q", older, got, want)
			}
			hubtest.Check(t, h.Close())
		}
	}
}
