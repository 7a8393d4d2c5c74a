// Package bench is the technician's screen: every disk of the workstation in a row, and the keys to choose, confirm, watch and stop. It
// shows what a [jobs.Service] says and decides nothing: claims, hazards and rules are the server's, and so are the jobs, which go on when
// the screen ends.
//
// # Keys and scans
//
// A bar-code scanner is a keyboard that types fast and ends with Enter, so that the same characters can be a serial number or commands.
// Upper-case letters, digits and everything else that begins no command begin a scan at once. A lower-case letter is a command when no
// other character follows within 30 ms; if one does, both begin a scan. Once a scan has begun, every character belongs to it until Enter
// or Esc. A scan that names no disk beeps and changes nothing. No command begins an erasure, so that a scan that is taken for commands
// costs nothing either.
//
// # What confirms a disk
//
// A disk is erased only if its own word was typed or scanned in full, in any case, and Enter was pressed on a screen that lists all
// disks of the batch below "EVERYTHING ON THEM WILL BE DESTROYED". A scan on the list of disks opens this screen with its disk confirmed;
// a disk that was selected by key waits there for its word.
package bench

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// Options say where a screen is, and what it shows.
type Options struct {
	Dial   func(context.Context) (jobs.Service, error) // called again when the connection was lost
	In     *os.File                                    // a terminal
	Out    io.Writer                                   // the same
	Lang   message.Language
	Getenv func(string) string
	Now    func() time.Time

	Batch     jobs.Options // of a batch, until the technician changes it
	Operators []string     // names to choose from; nil where there is no list
	// Certificate returns the page of the certificate at an index of the log. Nil: only its file is named.
	Certificate func(ctx context.Context, index int64) (string, error)
	// Witness asks the witnesses of an erasure to sign, on the terminal, which the screen has left. It returns how many signatures are still
	// missing. Nil: nobody can sign here.
	Witness func(ctx context.Context, d jobs.Disk, j jobs.Job) (missing int, err error)
	// About returns lines about the software of this workstation and what was measured when it started. Nil: there is no such page.
	About func(ctx context.Context) ([]string, error)
}

// Run shows the screen until the technician quits, the terminal goes away, or ctx ends; none of them ends a job. It returns how many jobs
// go on. An error of the first connection is returned before anything is drawn.
func Run(ctx context.Context, o Options) (running int, err error) {
	if term := o.Getenv("TERM"); term == "" || term == "dumb" {
		return 0, fault.WithHint(fault.Usagef("this terminal (TERM=%s) cannot show a screen", term), "use the commands: rasure list, rasure wipe DISK")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := o.Dial(ctx)
	if err != nil {
		return 0, err
	}
	m := newModel(ctx, o, s)
	os.Unsetenv("TEA_TRACE") // bubbletea would append to the file that it names
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(terminal{o.In, cancel}), tea.WithOutput(o.Out), tea.WithoutSignalHandler())
	var following sync.WaitGroup
	following.Go(func() { follow(ctx, s, o.Dial, p.Send) })
	_, err = p.Run()
	cancel()
	m.close()
	following.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return m.running(), err
}

// terminal is a terminal whose end ends the screen: bubbletea takes the end of its input for silence.
type terminal struct {
	*os.File
	ended func()
}

func (t terminal) Read(b []byte) (int, error) {
	n, err := t.File.Read(b)
	if err != nil {
		t.ended()
	}
	return n, err
}
