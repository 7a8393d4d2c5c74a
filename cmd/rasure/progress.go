package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"rasure/devices"
	"rasure/wipe"
)

// The ways to show how far jobs are, --progress.
const (
	showAuto  = "auto"  // a table where stderr is a terminal, else lines
	showTable = "table" // one line a disk, redrawn in place
	showLines = "lines" // a line every ten seconds and at the end of every step
	showJSON  = "json"  // every event a line of JSON
	showNone  = "none"
)

func showFlag(c *cobra.Command, how *string) {
	c.Flags().StringVar(how, "progress", showAuto, "how far it is, on stderr: auto, table, lines, json (an event a line) or none")
}

func checkShow(how string) error {
	switch how {
	case showAuto, showTable, showLines, showJSON, showNone, "":
		return nil
	}
	return usageError{fmt.Errorf("--progress: %q is none of auto, table, lines, json, none", how)}
}

// progress shows on stderr how far the jobs of one command are.
type progress struct {
	out  io.Writer
	how  string
	heat func(devices.Disk) (celsius int, ok bool)
	now  func() time.Time
	view *view // of a table; nil before there is a disk

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
		if isTerminal(a.err) {
			how = showTable
		}
	}
	return &progress{out: a.err, how: how, heat: h.Temperature, now: time.Now}
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
	if p.view, err = newView(p.out, len(p.bars), p.table); err != nil {
		p.view, p.how = nil, showLines
	}
}

// close leaves the last state of the table on the screen.
func (p *progress) close() {
	if p.view != nil {
		p.view.close()
	}
}

// update takes an event of the bar's job.
func (b *bar) update(e wipe.Event) {
	p := b.p
	at := p.now()
	// A drive that erases itself is left alone: to ask for the temperature is a command, which it may not expect in between.
	if e.Method == "" && at.Sub(b.asked) >= heatEvery && (p.how == showTable || p.how == showJSON) { // b.asked is the job's own
		b.asked = at
		celsius, ok := p.heat(b.disk)
		p.mu.Lock()
		b.celsius, b.warm = celsius, ok
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b.take(e, at)
	switch p.how {
	case showLines:
		if e.Done == e.Total || at.Sub(b.printed) >= lineEvery {
			b.printed = at
			fmt.Fprintln(p.out, b.line(at))
		}
	case showJSON:
		line, err := json.Marshal(b.record(at))
		if err == nil { // it has no field that could fail
			fmt.Fprintf(p.out, "%s\n", line)
		}
	}
}

// end tells what became of the job.
func (b *bar) end(outcome wipe.Outcome) {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	b.outcome, b.ended = outcome, b.p.now()
}
