package progress

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// wholePass sends the events of a pass from its beginning to its end, and the outcome of the job.
func (d *Display) wholePass(i int, at *time.Time, events int) {
	for n := range events + 1 {
		*at = at.Add(250 * time.Millisecond)
		d.Update(i, wipe.Event{Pass: 1, Passes: 1, Pattern: "zero", Done: int64(n), Total: int64(events), JobDone: int64(n), JobTotal: int64(events)})
	}
	d.End(i, wipe.Verified)
}

func (d *Display) queued() int {
	switch p := d.printer.(type) {
	case *linePrinter:
		return len(p.lines.queue)
	case *jsonPrinter:
		return len(p.lines.queue)
	}
	return -1
}

func TestReader(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{JSON, Lines} {
		t.Run("takes nothing/"+string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w := io.Pipe()
				defer r.Close()
				d, at := show(mode, w)
				a, b := d.Add(devices.Disk{Name: "sda"}), d.Add(devices.Disk{Name: "sdb"})
				began := time.Now()
				d.wholePass(a, at, 1000)
				d.wholePass(b, at, 1000)
				if took := time.Since(began); took > 0 {
					t.Errorf("two jobs were delayed for %v", took)
				}
				if n := d.queued(); n > 4 {
					t.Errorf("%d lines are kept", n)
				}
				if err := d.Close(); !errors.Is(err, ErrStalled) || time.Since(began) > time.Minute {
					t.Errorf("Close waited for %v and returned %v", time.Since(began), err)
				}
			})
		})
		t.Run("is slow, and misses no end of a step and no outcome/"+string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w := io.Pipe()
				d, at := show(mode, w)
				read := make(chan []string)
				go func() {
					lines := []string{}
					for s := bufio.NewScanner(r); s.Scan(); {
						lines = append(lines, s.Text())
						time.Sleep(10 * time.Second)
					}
					read <- lines
				}()
				const disks = 20
				for i := range disks {
					d.Add(devices.Disk{Name: fmt.Sprintf("sd%c", 'a'+i)})
				}
				for i := range disks {
					d.wholePass(i, at, 100)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
				w.Close()
				lines := <-read
				if len(lines) > 2*disks+2 {
					t.Errorf("%d lines were kept for a reader that sleeps", len(lines))
				}
				text := strings.Join(lines, "\n")
				for _, j := range d.jobs {
					end, outcome := `"disk":"`+j.disk.Name+`".*"done_bytes":100,.*"outcome":""`, `"disk":"`+j.disk.Name+`".*"outcome":"verified"`
					if mode == Lines {
						end, outcome = j.disk.Name+": pass 1/1 writing zero, 100%", j.disk.Name+`: ERASED \(verified\), exceptions 0`
					}
					for _, want := range []string{end, outcome} {
						if ok, err := regexp.MatchString(want, text); !ok || err != nil {
							t.Errorf("no line with %s in\n%s", want, text)
						}
					}
				}
			})
		})
	}
	t.Run("is a stopped terminal, which is waited for", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			d, at := show(Lines, w)
			d.printer.(*linePrinter).lines.patient = true
			d.wholePass(d.Add(devices.Disk{Name: "sda"}), at, 10)
			read := make(chan string)
			go func() {
				time.Sleep(time.Hour)
				text, _ := io.ReadAll(r)
				read <- string(text)
			}()
			err := d.Close()
			w.Close()
			if text := <-read; err != nil || !strings.Contains(text, "sda: ERASED (verified)") {
				t.Errorf("%v; output %q", err, text)
			}
		})
	})
	t.Run("sees the end of a step once, while a flush repeats the last event", func(t *testing.T) {
		var out bytes.Buffer
		d, at := show(Lines, &out)
		d.Add(devices.Disk{Name: "sda"})
		for i := range 40 {
			*at = at.Add(250 * time.Millisecond)
			d.Update(0, wipe.Event{Pass: 1, Passes: 1, Pattern: "zero", Done: 1, Total: 1, JobDone: 1, JobTotal: 2, Silent: time.Duration(i) * time.Second})
		}
		if d.Close(); strings.Count(out.String(), "\n") != 1 {
			t.Errorf("output\n%s", out.String())
		}
	})
}
