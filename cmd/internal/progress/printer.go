package progress

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"time"

	"rasure/cmd/message"
	"rasure/wipe"
)

// Printer shows jobs to a reader. No method but Close waits for the reader: with a full pipe on stderr the jobs themselves once stood
// still.
type Printer interface {
	// Update shows job number i. What is kept must reach the reader: the end of a step, an outcome. Anything else may be left out.
	Update(i int, s Snapshot, keep bool)
	// Warn shows that job number i needs attention.
	Warn(i int, s Snapshot)
	// Close shows the last state of all jobs and waits until everything is written. It returns [ErrStalled] if the reader takes nothing.
	Close(all []Snapshot) error
}

// ErrStalled means that the reader of stderr takes nothing: a writer may wait without end.
var ErrStalled = errors.New("the reader of the progress output takes nothing")

type none struct{}

func (none) Update(int, Snapshot, bool) {}
func (none) Warn(int, Snapshot)         {}
func (none) Close([]Snapshot) error     { return nil }

// linePrinter prints lines for people, or JSON for programs.
type linePrinter struct {
	lines   *lineWriter
	lang    message.Language
	verdict func(wipe.Outcome) message.Text
	printed map[int]time.Time // when a job had its last line
}

func (p *linePrinter) Update(i int, s Snapshot, keep bool) {
	if last, known := p.printed[i]; known && !keep && s.Time.Sub(last) < lineEvery {
		return
	} else if !known && !keep { // the first line comes when there is something to say
		p.printed[i] = s.Time
		return
	}
	p.printed[i] = s.Time
	p.lines.add(i, s.line(p.verdict).In(p.lang)+"\n", keep)
}

func (p *linePrinter) Warn(i int, s Snapshot) {
	p.lines.add(i, s.warning().In(p.lang)+"\n", true)
}

func (p *linePrinter) Close([]Snapshot) error { return p.lines.flush() }

// jsonPrinter prints every snapshot as a line of JSON.
type jsonPrinter struct{ lines *lineWriter }

func (p *jsonPrinter) Update(i int, s Snapshot, keep bool) {
	if line, err := json.Marshal(s); err == nil { // it has no field that could fail
		p.lines.add(i, string(line)+"\n", keep)
	}
}

func (p *jsonPrinter) Warn(int, Snapshot)     {}
func (p *jsonPrinter) Close([]Snapshot) error { return p.lines.flush() }

// tablePrinter redraws a table in place.
type tablePrinter struct {
	table  *jobTable
	screen *altScreen
	out    io.Writer
}

func newTablePrinter(out io.Writer, size func() (width, height int, err error), t *jobTable, now func() []Snapshot) (*tablePrinter, error) {
	s, err := newAltScreen(out, size, func(width, height int) []string { return t.lines(now(), width, height) })
	return &tablePrinter{t, s, out}, err
}

func (p *tablePrinter) Update(int, Snapshot, bool) {}
func (p *tablePrinter) Warn(int, Snapshot)         {}

// Close leaves a table of all jobs on the screen, with nothing cut off, and the warnings below it.
func (p *tablePrinter) Close(all []Snapshot) error {
	last := &jobTable{lang: p.table.lang, verdict: p.table.verdict} // the other one may be drawn just now
	lines := last.lines(all, math.MaxInt, math.MaxInt)
	for _, s := range all {
		if s.hottest.ExceededLimit() > 0 {
			lines = append(lines, s.warning().In(p.table.lang))
		}
	}
	p.screen.close(lines)
	return nil
}
