package digest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/message"
	"rasure/logs"
)

const office = "../../../../certify/testdata/v2/office"

// now is when the office of the vectors is looked at.
var now = time.Date(2026, 5, 8, 12, 0, 0, 0, time.UTC)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func report(t *testing.T) *audit.Report {
	t.Helper()
	card, err := logs.ReadEntry(os.DirFS(office), 0)
	check(t, err)
	pin, err := audit.ParseCard(card)
	check(t, err)
	r, err := audit.Log(os.DirFS(office), audit.Options{Pin: pin, Now: now})
	check(t, err)
	return r
}

func TestOf(t *testing.T) {
	t.Parallel()
	r := report(t)
	ended := time.Date(2026, 5, 7, 23, 30, 0, 0, time.FixedZone("", -2*3600)) // the 8th of UTC
	cert := int64(3)
	job := func(serial, number, outcome string) audit.Job {
		return audit.Job{Serial: serial, Medium: number, Model: "M ", Outcome: outcome, Began: ended, Ended: &ended, Certificate: &cert}
	}
	r.Jobs = append(r.Jobs, job("A", "", "failed"), job("B", "", "failed"), job("A", "", "verified"), job("C", "", "verified"), job("C", "", "completed-with-exceptions"),
		audit.Job{Serial: "D", Model: "M", Outcome: "open", Began: ended, Begin: 9}, job("", "", "failed"))
	r.Problems = []register.Violation{{Index: 2, Rule: "first", Detail: message.Of("no such disk")}, {Index: 3, Rule: "closed", Closed: &register.Closed{}}, {Index: 4, Rule: "second"}}
	d := Of(r)
	if len(d.Days) != 2 || d.Days[1] != (Day{"2026-05-08", Counts{2, 1, 3}}) {
		t.Errorf("days: %+v", d.Days)
	}
	if len(d.Models) != 2 || d.Models[0] != (Model{"M", Counts{2, 1, 3}}) {
		t.Errorf("models: %+v", d.Models)
	}
	var left []string
	for _, disk := range d.Unerased.First {
		left = append(left, disk.Serial+disk.Outcome)
	}
	if !slices.Equal(left, []string{"Dopen", "Ccompleted-with-exceptions", "Bfailed"}) {
		t.Errorf("not erased: %q", left)
	}
	if f := d.Findings; f.Total != 2 || f.First[0].Rule != "second" || f.First[1].Detail.In(message.Chinese) == "no such disk" {
		t.Errorf("findings: %+v", f)
	}
}

func TestWatched(t *testing.T) {
	t.Parallel()
	r := report(t)
	at := func(i int64) *int64 { return &i }
	past, later := now.Add(-time.Hour), now.Add(time.Hour)
	r.Media = nil
	for _, m := range []*register.Medium{
		{Number: "here"}, {Number: "destroyed", Lost: at(2), Destroyed: at(3)}, {Number: "lost", Lost: at(2), Due: &past}, {Number: "missing", MissingSince: at(3)},
		{Number: "away", Away: at(5), Due: &later}, {Number: "carried", Out: at(7), Due: &past}, {Number: "lent", Due: &later, Trail: []register.Step{{Index: 8}}}, {Number: "late", Due: &past},
	} {
		m.Class = certify.Secret
		r.Media = append(r.Media, audit.Medium{Medium: m, Status: m.Status(now)})
	}
	var got, missing, out []string
	for _, m := range watched(r) {
		if got = append(got, m.Number); m.Since.IsZero() {
			t.Errorf("%s: since when?", m.Number)
		}
		if _, ok := m.MissingSince(now); ok {
			missing = append(missing, m.Number)
		}
		if m.Outside() {
			out = append(out, m.Number)
		}
	}
	if !slices.Equal(got, []string{"late", "lost", "missing", "away", "carried", "lent"}) || !slices.Equal(missing, []string{"late", "lost", "missing", "carried"}) || !slices.Equal(out, []string{"away", "carried"}) {
		t.Errorf("watched %q, missing %q, out %q", got, missing, out)
	}
}

// played is a source that counts how often a log is read.
type played struct {
	*audit.Report
	pin  audit.Pin
	read int
	err  error
}

func (p *played) State(string) (*audit.State, error) {
	p.read++
	return p.Report.State, p.err
}

func (p *played) Pin(string) (audit.Pin, bool) { return p.pin, true }

func TestKeeper(t *testing.T) {
	t.Parallel()
	dir, at := t.TempDir(), now
	r := report(t)
	card, err := logs.ReadEntry(os.DirFS(office), 0)
	check(t, err)
	source := &played{Report: r}
	source.pin, err = audit.ParseCard(card)
	check(t, err)
	open := func() *Keeper {
		k, err := NewKeeper(dir, source, func() time.Time { return at })
		check(t, err)
		return k
	}
	k := open()
	want := func(what string, reads int, entries int64) {
		t.Helper()
		d, err := k.Get("a", 14)
		check(t, err)
		if d == nil || d.Entries != entries || source.read != reads {
			t.Errorf("%s: %+v, %d reads, want %d", what, d, source.read, reads)
		}
	}
	if d, err := k.Get("a", 0); d != nil || err != nil {
		t.Errorf("nothing was received: %v, %v", d, err)
	}
	want("first", 1, 14)
	want("again", 1, 14)
	k = open()
	want("after a restart", 1, 14)
	if d, _ := k.Get("a", 14); len(d.Software) == 0 || d.Media != 2 {
		t.Errorf("the file has %+v", d)
	}
	check(t, k.Update(t.Context(), map[string]int64{"a": 14}))
	want("on the same day", 1, 14)
	at = at.AddDate(0, 0, 1)
	check(t, k.Update(t.Context(), map[string]int64{"a": 14}))
	want("on another day", 2, 14)
	check(t, os.WriteFile(filepath.Join(dir, "a.json"), []byte("damaged"), 0o644))
	k = open()
	want("of a damaged file", 3, 14)
	k.work.Lock()
	if d, err := k.Get("a", 15); err != nil || d.Entries != 14 {
		t.Errorf("while another is made: %+v, %v", d, err)
	}
	k.work.Unlock()
	source.err = fs.ErrPermission
	if _, err := k.Get("a", 15); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a log that cannot be read: %v", err)
	}
}
