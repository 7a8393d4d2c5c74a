package progress

import (
	"io"
	"os"
	"sync"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Mode is a way to show progress.
type Mode string

// The values of --progress.
const (
	Auto  Mode = "auto"  // Table where the output is a terminal that can move its cursor, otherwise Lines
	Table Mode = "table" // a line a disk, redrawn in place
	Lines Mode = "lines" // a line every ten seconds and at the end of every step
	JSON  Mode = "json"  // an event a line
	None  Mode = "none"
)

// Modes are all values of --progress.
var Modes = []Mode{Auto, Table, Lines, JSON, None}

// Options say how the jobs of one command are shown.
type Options struct {
	Out         io.Writer
	Mode        Mode // "" is [Auto]
	Lang        message.Language
	Temperature func(devices.Disk) (devices.Temperature, bool) // of a disk; false where it is not known
	Verdict     func(wipe.Outcome) message.Text                // nil is [Verdict]

	now  func() time.Time
	size func() (width, height int, err error)
}

// Display shows how far the jobs of one command are. Its methods are safe for concurrent use: every job has its own goroutine, and so
// has the table.
type Display struct {
	o       Options
	printer Printer

	mu   sync.Mutex // guards jobs
	jobs []*job
}

type job struct {
	*Tracker
	shown  *Snapshot // of another process; nil: the tracker has it
	asked  time.Time // when its temperature was
	asking bool      // no answer has come yet
}

// temperatureEvery is seldom: asking costs the drive a command.
const temperatureEvery = 30 * time.Second

// New returns a display without jobs. Add all jobs, then call Start.
func New(o Options) *Display {
	if o.Mode == Auto || o.Mode == "" {
		o.Mode = Lines
		if isTerminal(o.Out) && os.Getenv("TERM") != "dumb" {
			o.Mode = Table
		}
	}
	if o.Verdict == nil {
		o.Verdict = Verdict
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.size == nil {
		o.size = sizeOf(o.Out)
	}
	d := &Display{o: o, printer: none{}}
	lines := &lineWriter{out: o.Out, patient: isTerminal(o.Out)}
	switch o.Mode {
	case Lines, Table: // where a table cannot be drawn, lines are printed
		d.printer = &linePrinter{lines, o.Lang, o.Verdict, map[int]time.Time{}}
	case JSON:
		d.printer = &jsonPrinter{lines}
	}
	return d
}

// Add takes in a job that begins now, and returns its number, which counts from 0.
func (d *Display) Add(disk devices.Disk) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.jobs = append(d.jobs, &job{Tracker: NewTracker(disk)})
	return len(d.jobs) - 1
}

// Start draws the table, if there is to be one.
func (d *Display) Start() {
	if d.o.Mode != Table {
		return
	}
	if p, err := newTablePrinter(d.o.Out, d.o.size, d.newTable(), d.snapshots); err == nil {
		d.printer = p
	} else {
		d.o.Mode = Lines
	}
}

func (d *Display) newTable() *jobTable { return &jobTable{lang: d.o.Lang, verdict: d.o.Verdict} }

// Close shows the last state of all jobs and waits until everything is written. It returns [ErrStalled] if nobody reads it.
func (d *Display) Close() error { return d.printer.Close(d.snapshots()) }

func (d *Display) snapshots() []Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	all, at := []Snapshot{}, d.o.now()
	for _, j := range d.jobs {
		if j.shown != nil {
			all = append(all, *j.shown)
			continue
		}
		all = append(all, j.Snapshot(at))
	}
	return all
}

// Update takes an event of job number i. It never waits, neither for the reader nor for a drive.
func (d *Display) Update(i int, e wipe.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j, at := d.jobs[i], d.o.now()
	d.measure(i, e, at)
	ends := j.Update(e, at)
	d.printer.Update(i, j.Snapshot(at), ends)
}

// End takes what became of job number i.
func (d *Display) End(i int, o wipe.Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j, at := d.jobs[i], d.o.now()
	j.End(o, at)
	d.printer.Update(i, j.Snapshot(at), true)
}

// Show takes what another process says of job number i.
func (d *Display) Show(i int, s Snapshot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := d.jobs[i]
	was := j.shown
	if was == nil {
		was = &Snapshot{}
	}
	if was.Outcome != "" || s.Time.Equal(was.Time) {
		return
	}
	stepped := s.Done == s.Total && s.Total > 0 && (was.Done != was.Total || was.Pass != s.Pass || was.Verifying != s.Verifying)
	if limit := s.TooWarm(); limit > 0 {
		s.hottest = devices.Temperature{Celsius: *s.Celsius, Limit: limit}
	}
	j.shown = &s
	d.printer.Update(i, s, stepped || s.Outcome != "")
	if s.TooWarm() > was.TooWarm() {
		d.printer.Warn(i, s)
	}
}

// measure asks for the temperature from time to time, in a goroutine that nobody waits for: a question that hangs in a drive that hangs
// must not stop the display. A drive that erases itself is left alone: it may not expect a command in between.
func (d *Display) measure(i int, e wipe.Event, at time.Time) {
	j := d.jobs[i]
	if d.o.Mode == None || d.o.Temperature == nil || j.asking || e.Method != "" || at.Sub(j.asked) < temperatureEvery {
		return
	}
	j.asking, j.asked = true, at
	go func() {
		t, ok := d.o.Temperature(j.disk)
		d.mu.Lock()
		defer d.mu.Unlock()
		j.asking = false
		if j.Measured(t, ok) {
			d.printer.Warn(i, j.Snapshot(d.o.now()))
		}
	}()
}
