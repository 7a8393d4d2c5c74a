package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/wipe"
)

// pass tells of a pass from its beginning to its end, and of what became of the job.
func (b *bar) pass(at *time.Time, events int) {
	for i := range events + 1 {
		*at = at.Add(250 * time.Millisecond)
		b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "zero", Done: int64(i), Total: int64(events), JobDone: int64(i), JobTotal: int64(events)})
	}
	b.end(wipe.Verified)
}

func TestAReaderWhoTakesNothingHoldsNobodyBack(t *testing.T) {
	t.Parallel()
	for _, how := range []string{showJSON, showLines} {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			defer r.Close()
			p, at := show(how, w)
			a, b := p.add(devices.Disk{Name: "sda"}), p.add(devices.Disk{Name: "sdb"})
			began := time.Now()
			a.pass(at, 1000)
			b.pass(at, 1000)
			if took := time.Since(began); took > 0 {
				t.Errorf("%s: two jobs were held back for %v", how, took)
			}
			if n := len(p.tell.queue); n > 4 {
				t.Errorf("%s: %d lines are kept for him", how, n)
			}
			if p.close() || time.Since(began) > time.Minute {
				t.Errorf("%s: he was waited for %v", how, time.Since(began))
			}
		})
	}
}

func TestAReaderWhoIsSlowMissesNoStateAndNoOutcome(t *testing.T) {
	t.Parallel()
	for _, how := range []string{showJSON, showLines} {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			p, at := show(how, w)
			read := make(chan []string)
			go func() {
				lines := []string{}
				for s := bufio.NewScanner(r); s.Scan(); {
					lines = append(lines, s.Text())
					time.Sleep(10 * time.Second)
				}
				read <- lines
			}()
			bars := []*bar{}
			for i := range 20 {
				bars = append(bars, p.add(devices.Disk{Name: fmt.Sprintf("sd%c", 'a'+i)}))
			}
			for _, b := range bars {
				b.pass(at, 100)
			}
			if !p.close() {
				t.Errorf("%s: a slow reader was taken for one who takes nothing", how)
			}
			w.Close()
			lines := <-read
			if len(lines) > 2*len(bars)+2 {
				t.Errorf("%s: %d lines were kept for a reader who sleeps", how, len(lines))
			}
			text := strings.Join(lines, "\n")
			for _, b := range bars {
				end, outcome := `"disk":"`+b.disk.Name+`".*"done_bytes":100,.*"outcome":""`, `"disk":"`+b.disk.Name+`".*"outcome":"verified"`
				if how == showLines {
					end, outcome = b.disk.Name+": pass 1/1 writing zero, 100%", b.disk.Name+": verified"
				}
				for _, want := range []string{end, outcome} {
					if ok, err := regexp.MatchString(want, text); !ok || err != nil {
						t.Errorf("%s: no line with %s in\n%s", how, want, text)
					}
				}
			}
		})
	}
}

func TestAStoppedTerminalIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		p, at := show(showLines, w)
		p.tell.patient = true
		p.add(devices.Disk{Name: "sda"}).pass(at, 10)
		read := make(chan string)
		go func() {
			time.Sleep(time.Hour)
			text, _ := io.ReadAll(r)
			read <- string(text)
		}()
		told := p.close()
		w.Close()
		if text := <-read; !told || !strings.Contains(text, "sda: verified") {
			t.Errorf("told: %v; it says %q", told, text)
		}
	})
}

func TestADriveThatDoesNotTellHowWarmItIsHoldsNobodyBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p, at := show(showJSON, &out)
		answer := make(chan struct{})
		asked := 0
		p.heat = func(devices.Disk) (devices.Temperature, bool) { asked++; <-answer; return devices.Temperature{}, true }
		began := time.Now()
		b := p.add(devices.Disk{Name: "sda"})
		b.pass(at, 1000)
		p.close()
		if took := time.Since(began); took > 0 || !strings.Contains(out.String(), `"outcome":"verified"`) {
			t.Errorf("the job was held back for %v; it said %s", took, out.String())
		}
		synctest.Wait()
		if asked != 1 {
			t.Errorf("a drive that did not answer was asked %d times", asked)
		}
		close(answer)
	})
}

// While a flush takes long the last event comes again and again.
func TestTheEndOfAStepIsToldOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p, at := show(showLines, &out)
	b := p.add(devices.Disk{Name: "sda"})
	for i := range 40 {
		*at = at.Add(250 * time.Millisecond)
		b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "zero", Done: 1, Total: 1, JobDone: 1, JobTotal: 2, Silent: time.Duration(i) * time.Second})
	}
	if p.close(); strings.Count(out.String(), "\n") != 1 {
		t.Errorf("it was told\n%s", out.String())
	}
}

func TestAWipeWhoseStderrNobodyReadsIsCertified(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	r, w := io.Pipe()
	var out bytes.Buffer
	ended := make(chan int)
	go func() {
		a := &app{in: strings.NewReader(""), out: &out, err: w, host: b.host}
		ended <- a.run(t.Context(), append(words(d), "--progress", "json", "--state", b.at("state")))
		w.Close()
	}()
	certificates := []string{}
	for began := time.Now(); len(certificates) == 0 && time.Since(began) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
		certificates, _ = filepath.Glob(b.at("state/certificates/*.cert"))
	}
	if len(certificates) != 1 {
		t.Error("there is no certificate while nobody reads")
	}
	go io.Copy(io.Discard, r)
	if status := <-ended; status != fault.Done || !strings.Contains(out.String(), `"outcome": "verified"`) {
		t.Errorf("exit status %d, stdout %s", status, out.String())
	}
}
