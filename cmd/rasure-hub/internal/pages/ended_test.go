package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/digest"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/login"
	"rasure/cmd/rasure-hub/internal/roster"
)

// TestEnded has a station that was retired: its page names the entry that ends its log.
func TestEnded(t *testing.T) {
	t.Parallel()
	state, dir := filepath.Join(t.TempDir(), "state"), hubtest.NewDir(t)
	host := station.Options{Root: os.DirFS("/")}
	old, err := station.Init(t.Context(), state, station.InitOptions{Name: "old.example", Key: station.KeySoftware}, host)
	hubtest.Check(t, err)
	old.Close()
	hubtest.Check(t, station.LastEntry(t.Context(), state, host, "wu", "scrapped", true))
	one, submission := hubtest.FromFiles(t, filepath.Join(state, station.LogDir))
	h := hubtest.Open(t, hub.Options{Dir: dir, Stations: []*roster.Station{one}})
	s := &served{t: t}
	s.receive(h, submission)
	s.Pages, err = New(h, Options{Dir: dir, Rules: &login.Rules{}, Zone: time.UTC, Now: time.Now})
	hubtest.Check(t, err)
	for path, want := range map[string]string{"/station/" + one.ID(): "The log ended with entry 1.", "/stations": "LOG ENDED", "/": "the log ended"} {
		if text := s.body(path); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%.2000s", path, want, text)
		}
	}
}

// TestMap has more stations than there are places for, and a receiver whose name is no name.
func TestMap(t *testing.T) {
	t.Parallel()
	rows := []OutsideRow{}
	for i := range mapSide + 2 {
		rows = append(rows, OutsideRow{Station: fmt.Sprintf("%d.example", i), Medium: digest.Medium{Status: "away", Receiver: "<script>alert(1)</script>\u202egnp.exe"}})
	}
	m := mapOf(rows)
	if len(m.Stations) != mapSide || m.LeftStations != 2 || m.Left != 0 {
		t.Errorf("%d stations, and %d and %d receivers are left out", len(m.Stations), m.LeftStations, m.Left)
	}
	var out strings.Builder
	g := &Page{Lang: message.English}
	hubtest.Check(t, templates["outside"].ExecuteTemplate(&out, "map", g.With(m)))
	text := out.String()
	if !strings.Contains(text, "2 stations are in the table only.") || !strings.Contains(text, "~</text>") {
		t.Errorf("the map lacks what was cut:\n%s", text)
	}
	if strings.Contains(text, "<script") || strings.ContainsRune(text, '\u202e') {
		t.Errorf("the map has markup of a stranger:\n%s", text)
	}
}
