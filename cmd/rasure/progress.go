package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/wipe"
)

// The ways to show how far jobs are, --progress.
const (
	showAuto  = "auto"  // a table where stderr is a terminal, else lines
	showTable = "table" // one line a disk, redrawn in place
	showLines = "lines" // a line every ten seconds and at the end of every step
	showJSON  = "json"  // an event a line of JSON, see FORMAT.md
	showNone  = "none"
)

func showFlag(c *cobra.Command, how *string) {
	c.Flags().StringVar(how, "progress", showAuto, "how far it is, on stderr: auto, table, lines, json (an event a line: rasure help progress) or none")
}

//go:embed FORMAT.md
var eventFormat string

// newProgressHelp is a topic of help, and no command.
func newProgressHelp() *cobra.Command {
	return &cobra.Command{Use: "progress", Short: "The events of --progress json", Long: eventFormat}
}

func checkShow(how string) error {
	switch how {
	case showAuto, showTable, showLines, showJSON, showNone, "":
		return nil
	}
	return fault.Usagef("--progress: %q is none of auto, table, lines, json, none", how)
}

// progress shows on stderr how far the jobs of one command are.
type progress struct {
	out  io.Writer
	how  string
	heat func(devices.Disk) (h devices.Temperature, ok bool)
	now  func() time.Time
	size func() (width, height int, err error)
	view *view   // of a table; nil before there is a disk
	tell *teller // of lines

	mu   sync.Mutex // guards all below: every job has its own goroutine, and so has the table
	bars []*bar
}

const (
	lineEvery = 10 * time.Second
	heatEvery = 30 * time.Second // asking costs the drive a command
)

func (a *app) newProgress(h *devices.Host, how string) *progress {
	if how == showAuto || how == "" {
		how = showLines
		if isTerminal(a.err) && os.Getenv("TERM") != "dumb" { // one that cannot move its cursor
			how = showTable
		}
	}
	return &progress{out: a.err, how: how, heat: h.Temperature, now: time.Now, size: sizeOf(a.err), tell: &teller{out: a.err, patient: isTerminal(a.err)}}
}

// add takes in a disk, whose job begins now.
func (p *progress) add(d devices.Disk) *bar {
	b := &bar{p: p, disk: d, printed: p.now()}
	p.mu.Lock()
	p.bars = append(p.bars, b)
	p.mu.Unlock()
	return b
}

// start draws the table, if there is to be one; all disks are known.
func (p *progress) start() {
	if p.how != showTable {
		return
	}
	var err error
	if p.view, err = newView(p.out, p.size, p.table); err != nil {
		p.view, p.how = nil, showLines
	}
}

// close leaves the last state of the table on the screen, and sees to it that all lines are written; false: nobody takes them.
func (p *progress) close() bool {
	if p.view != nil {
		lines := p.table(math.MaxInt, math.MaxInt) // of all disks, with nothing cut off
		p.mu.Lock()
		for _, b := range p.bars {
			if b.tooWarm.ExceededLimit() > 0 {
				lines = append(lines, b.warning())
			}
		}
		p.mu.Unlock()
		p.view.close(lines)
	}
	return p.tell.flush()
}

// update takes an event of the bar's job, and keeps it waiting for nobody: not for who reads, and not for a drive.
func (b *bar) update(e wipe.Event) {
	p := b.p
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.now()
	b.warmth(e, at)
	ends := b.take(e, at)
	if p.how == showLines && !ends && at.Sub(b.printed) < lineEvery {
		return
	}
	b.tell(at, ends)
}

// tell has a line written about the bar as it is now. One that is lasting is dropped for no later one.
func (b *bar) tell(at time.Time, lasting bool) {
	switch p := b.p; p.how {
	case showLines:
		b.printed = at
		p.tell.tell(b, b.line(at)+"\n", lasting)
	case showJSON:
		line, err := json.Marshal(b.record(at))
		if err == nil { // it has no field that could fail
			p.tell.tell(b, string(line)+"\n", lasting)
		}
	}
}

// warmth asks for the temperature from time to time. It is asked aside, and nobody waits for the answer: what hangs in a drive that hangs
// must not be what tells of it.
func (b *bar) warmth(e wipe.Event, at time.Time) {
	p := b.p
	if p.how == showNone || b.asking || at.Sub(b.asked) < heatEvery {
		return
	}
	if e.Method != "" { // a drive that erases itself is left alone: it may not expect a command in between
		return
	}
	b.asking, b.asked = true, at
	go func() {
		heat, ok := p.heat(b.disk)
		p.mu.Lock()
		defer p.mu.Unlock()
		b.asking, b.heat, b.warm = false, heat, ok
		if heat.ExceededLimit() <= b.tooWarm.ExceededLimit() {
			return
		}
		b.tooWarm = heat
		if p.how == showLines {
			p.tell.tell(b, b.warning()+"\n", true)
		}
	}()
}

// warning is told once for each of the drive's own limits. The job goes on: what is too warm protects itself, and the operator knows
// what stands in his room.
func (b *bar) warning() string {
	return fmt.Sprintf("%s: TOO WARM: %dC, and the drive's own limit is %dC: it may slow down or stop; cool it", devices.Printable(b.disk.Name),
		b.tooWarm.Celsius, b.tooWarm.ExceededLimit())
}

// end tells what became of the job.
func (b *bar) end(outcome wipe.Outcome) {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	b.outcome, b.ended = outcome, b.p.now()
	b.tell(b.ended, true)
}
