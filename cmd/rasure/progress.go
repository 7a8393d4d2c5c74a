package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"rasure/wipe"
)

// progress shows how far the jobs are, on stderr: a line rewritten in place on a terminal, otherwise a line every
// ten seconds and at the end of every step.
type progress struct {
	out      io.Writer
	terminal bool
	every    time.Duration

	mu      sync.Mutex // guards all below: every job has its own goroutine
	bars    []*bar
	printed time.Time
	width   int
}

// bar is one job's last known place. The speed now is taken over the last seconds, the mean over the whole job.
type bar struct {
	name    string
	event   wipe.Event
	started time.Time
	marks   []mark // the last few seconds
	ended   bool
}

type mark struct {
	at   time.Time
	done int64
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, terminal: isTerminal(out), every: 10 * time.Second}
	if p.terminal {
		p.every = 250 * time.Millisecond
	}
	return p
}

// add returns the function that takes the events of one job.
func (p *progress) add(name string) func(wipe.Event) {
	b := &bar{name: name, started: time.Now()}
	p.mu.Lock()
	p.bars = append(p.bars, b)
	p.mu.Unlock()
	return func(e wipe.Event) { p.update(b, e, time.Now()) }
}

func (p *progress) update(b *bar, e wipe.Event, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	step := e.Done == e.Total
	b.event = e
	b.marks = append(b.marks, mark{at, e.JobDone})
	for len(b.marks) > 2 && at.Sub(b.marks[0].at) > 5*time.Second {
		b.marks = b.marks[1:]
	}
	if at.Sub(p.printed) < p.every && !step {
		return
	}
	p.printed = at
	if !p.terminal {
		fmt.Fprintln(p.out, b.line(at))
		return
	}
	p.redraw(at)
}

// redraw writes one line for all jobs; it blanks what a longer line has left.
func (p *progress) redraw(at time.Time) {
	line := ""
	if len(p.bars) == 1 {
		line = p.bars[0].line(at)
	} else {
		parts := []string{}
		for _, b := range p.bars {
			parts = append(parts, b.short(at))
		}
		line = strings.Join(parts, " | ")
	}
	pad := max(0, p.width-len(line))
	p.width = len(line)
	fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", pad))
}

// close ends the line on a terminal.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && p.width > 0 {
		fmt.Fprintln(p.out)
	}
}

func (b *bar) line(at time.Time) string {
	e := b.event
	verb := "writing"
	if e.Verifying {
		verb = "reading back"
	}
	s := fmt.Sprintf("%s: pass %d/%d %s %s, %s %s, %.0f MB/s, mean %.0f MB/s, ETA %s", b.name, e.Pass, e.Passes, verb, e.Pattern,
		percent(e.JobDone, e.JobTotal), shortSize(e.JobDone), b.now(), b.mean(at), b.eta(at))
	if e.Silent > 0 {
		s += fmt.Sprintf(", NO ANSWER for %v", e.Silent)
	}
	if e.Exceptions > 0 {
		s += fmt.Sprintf(", exceptions %d", e.Exceptions)
	}
	return s
}

func (b *bar) short(at time.Time) string {
	return fmt.Sprintf("%s %s %.0f MB/s ETA %s", b.name, percent(b.event.JobDone, b.event.JobTotal), b.now(), b.eta(at))
}

// percent is rounded down: 100 % is shown when all is done and not before.
func percent(done, total int64) string {
	if total <= 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", int(float64(done)/float64(total)*100))
}

// now is the speed over the last seconds, in MB/s.
func (b *bar) now() float64 {
	first, last := mark{b.started, 0}, b.marks[len(b.marks)-1]
	if len(b.marks) > 1 {
		first = b.marks[0]
	}
	return perSecond(last.done-first.done, last.at.Sub(first.at))
}

func (b *bar) mean(at time.Time) float64 { return perSecond(b.event.JobDone, at.Sub(b.started)) }

func perSecond(bytes int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(bytes) / 1e6 / d.Seconds()
}

// eta takes all passes and verifications into account, at the mean speed so far.
func (b *bar) eta(at time.Time) string {
	spent := at.Sub(b.started)
	if b.event.JobDone <= 0 || spent < time.Second {
		return "-"
	}
	left := float64(b.event.JobTotal-b.event.JobDone) / float64(b.event.JobDone)
	return duration(time.Duration(left * float64(spent)))
}
