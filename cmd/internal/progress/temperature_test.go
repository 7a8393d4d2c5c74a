package progress

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// warming is a job on a disk that becomes warmer and cools down again; between every two temperatures are two questions.
func warming(t *testing.T, mode Mode, degrees ...int) (printed string, tables []string) {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		d, at := show(mode, &out)
		d.o.size = func() (int, int, error) { return 120, 24, nil }
		celsius := 0
		d.o.Temperature = func(devices.Disk) (devices.Temperature, bool) {
			return devices.Temperature{Celsius: celsius, Limit: 70, Critical: 80}, true
		}
		d.Add(devices.Disk{Name: "nvme0n1"})
		d.Start()
		for _, celsius = range degrees {
			for range 2 {
				*at = at.Add(temperatureEvery)
				d.Update(0, wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, JobTotal: 2000})
				synctest.Wait()
			}
			tables = append(tables, strings.Join(d.drawn(200, 24), "\n"))
		}
		time.Sleep(time.Second)
		d.End(0, wipe.Verified)
		d.Close()
	})
	return out.String(), tables
}

func TestTemperature(t *testing.T) {
	t.Parallel()
	t.Run("one warning for each limit of the drive", func(t *testing.T) {
		degrees := []int{69, 70, 75, 60, 72, 80, 85, 79}
		out, tables := warming(t, Lines, degrees...)
		warnings := []string{}
		for line := range strings.Lines(out) {
			if strings.Contains(line, "WARM") {
				warnings = append(warnings, line)
			}
		}
		want := "nvme0n1: TOO WARM: 70C, and the drive's own limit is 70C: it may slow down or stop; cool it\n" +
			"nvme0n1: TOO WARM: 80C, and the drive's own limit is 80C: it may slow down or stop; cool it\n"
		if got := strings.Join(warnings, ""); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		for i, text := range tables {
			over := []string{"", "70C", "70C", "", "70C", "80C", "80C", "70C"}[i]
			if got := strings.Contains(text, "TOO WARM (its limit is "+over+"), writing random"); got != (over != "") || over == "" && strings.Contains(text, "WARM") {
				t.Errorf("at %d degrees the table is\n%s", degrees[i], text)
			}
		}
	})
	t.Run("warning below the last table", func(t *testing.T) {
		if out, _ := warming(t, Table, 60, 84, 60); !strings.HasSuffix(out, "nvme0n1: TOO WARM: 84C, and the drive's own limit is 80C: it may slow down or stop; cool it\n") {
			t.Errorf("no warning below the last table:\n%s", out)
		}
	})
	t.Run("no warning below the limit", func(t *testing.T) {
		if out, _ := warming(t, Lines, 60, 69); strings.Contains(out, "WARM") {
			t.Error(out)
		}
	})
	t.Run("a drive that does not answer is asked once and delays nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			d, at := show(JSON, &out)
			answer := make(chan struct{})
			asked := 0
			d.o.Temperature = func(devices.Disk) (devices.Temperature, bool) { asked++; <-answer; return devices.Temperature{}, true }
			began := time.Now()
			d.wholePass(d.Add(devices.Disk{Name: "sda"}), at, 1000)
			d.Close()
			if took := time.Since(began); took > 0 || !strings.Contains(out.String(), `"outcome":"verified"`) {
				t.Errorf("the job was delayed for %v; output %s", took, out.String())
			}
			synctest.Wait()
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
			close(answer)
		})
	})
	t.Run("a drive that erases itself is not asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d, _ := show(JSON, &bytes.Buffer{})
			d.o.Temperature = func(devices.Disk) (devices.Temperature, bool) {
				t.Error("it was asked for its temperature")
				return devices.Temperature{}, false
			}
			d.Update(d.Add(devices.Disk{Name: "sda"}), wipe.Event{Method: devices.NVMeSanitizeBlock, Passes: 1, Total: 1})
			synctest.Wait()
		})
	})
}

func TestErasing(t *testing.T) {
	t.Parallel()
	e := wipe.Event{Method: devices.NVMeSanitizeBlock, Passes: 1, Progress: 16384, Spent: 10 * time.Minute, Total: 1}
	for _, c := range []struct {
		change func(*wipe.Event)
		text   string
		left   time.Duration
	}{
		{func(*wipe.Event) {}, "the drive erases itself (nvme-sanitize-block), 25%", 30 * time.Minute},
		{func(e *wipe.Event) { e.Progress, e.Takes = -1, time.Hour }, "of about", 50 * time.Minute},
		{func(e *wipe.Event) { e.Progress = -1 }, "the drive erases itself (nvme-sanitize-block), ", 0},
		{func(e *wipe.Event) { e.Still = 61 * time.Minute }, "NO PROGRESS for", 0},
		{func(e *wipe.Event) { e.Progress = 0 }, "0%", 0},
		{func(e *wipe.Event) { e.Progress = 65536 }, "100%", 0},
	} {
		e := e
		c.change(&e)
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		tr := NewTracker(devices.Disk{Name: "sda"})
		tr.Update(e, at)
		s := tr.Snapshot(at)
		left, known := s.Left()
		if text := s.line(Verdict).String(); !strings.Contains(text, c.text) || left != c.left || known != (c.left > 0) {
			t.Errorf("%q, %v left (%v); want %q, %v", text, left, known, c.text, c.left)
		}
	}
}
