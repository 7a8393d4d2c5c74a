package progress

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// example is the job that FORMAT.md shows, and another disk's: the lines of both.
func example(t *testing.T) []string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		d, at := show(JSON, &out)
		b, c := d.Add(devices.Disk{Name: "sda", Identity: devices.Identity{Serial: "S1"}}), d.Add(devices.Disk{Name: "sdb"})
		send := func(i int, e wipe.Event) {
			d.Update(i, e)
			synctest.Wait() // the reader is quick, and so is the answer about the temperature
		}
		// steady sends an event a second, at 50 MB/s, up to the one before done.
		steady := func(e wipe.Event, done int64) {
			for ; e.Done < done; *at = at.Add(time.Second) {
				send(b, e)
				e.Done, e.JobDone = e.Done+5e7, e.JobDone+5e7
			}
		}
		first := wipe.Event{Pass: 1, Passes: 2, Pattern: "random", Total: 1e9, JobTotal: 4e9, LaterWritten: 1e9, LaterRead: 2e9}
		steady(first, 5e8)
		first.Done, first.JobDone, first.Exceptions, first.Silent = 5e8, 5e8, 3, 12*time.Second
		send(b, first)
		send(c, wipe.Event{Pass: 1, Passes: 1, Pattern: "zero", Total: 1e9, JobTotal: 1e9})
		*at = at.Add(50 * time.Second)
		last := wipe.Event{Pass: 2, Passes: 2, Pattern: "random", Verifying: true, Total: 1e9, JobDone: 3e9, JobTotal: 4e9, Exceptions: 3}
		steady(last, 1e9)
		last.Done, last.JobDone = 1e9, 4e9
		send(b, last)
		d.End(b, wipe.CompletedWithExceptions)
		d.Close()
	})
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestJSON(t *testing.T) {
	t.Parallel()
	format, err := os.ReadFile("../../rasure/FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("one event is one line", func(t *testing.T) {
		lines := example(t)
		for _, i := range []int{10, len(lines) - 1} {
			if !strings.Contains(string(format), "\n"+lines[i]+"\n") {
				t.Errorf("FORMAT.md does not show line %d:\n%s", i+1, lines[i])
			}
		}
		var r map[string]any
		if err := json.Unmarshal([]byte(lines[11]), &r); err != nil || r["eta_seconds"] != nil || r["temperature_celsius"] != nil || r["progress_percent"] != nil {
			t.Errorf("what is not known is not null: %s, %v", lines[11], err)
		}
		for i, line := range lines {
			if json.Unmarshal([]byte(line), &r); r["outcome"] != "" && i != len(lines)-1 {
				t.Errorf("an outcome before the end: %s", line)
			}
		}
	})
	t.Run("FORMAT.md describes every field", func(t *testing.T) {
		var described, have []string
		events, _, _ := strings.Cut(string(format), "\n# ") // another heading begins another format
		for _, m := range regexp.MustCompile(`(?m)^\| ([a-z0-9_]+) +\| (string|int|int or null|bool) +\|`).FindAllStringSubmatch(events, -1) {
			described = append(described, m[1]+" "+m[2])
		}
		for f := range reflect.TypeFor[Snapshot]().Fields() {
			if !f.IsExported() {
				continue
			}
			kind, special := map[reflect.Kind]string{reflect.Pointer: "int or null", reflect.Int: "int", reflect.Int64: "int", reflect.Bool: "bool"}[f.Type.Kind()]
			if !special {
				kind = "string"
			}
			have = append(have, f.Tag.Get("json")+" "+kind)
		}
		if !slices.Equal(described, have) {
			t.Errorf("FORMAT.md describes\n%v, and events have\n%v", described, have)
		}
	})
	t.Run("a drive's own progress is a percentage, and 65536ths as before", func(t *testing.T) {
		var out bytes.Buffer
		d, _ := show(JSON, &out)
		d.Update(d.Add(devices.Disk{Name: "sdc"}), wipe.Event{Method: devices.NVMeSanitizeBlock, Passes: 1, Progress: 16384, Total: 1})
		d.Close()
		if !strings.Contains(out.String(), `"progress_65536ths":16384,"progress_percent":25`) {
			t.Error(out.String())
		}
	})
	// No string of a drive, and no number, makes a line that a pipe could take in two pieces.
	t.Run("a line fits into a pipe", func(t *testing.T) {
		var out bytes.Buffer
		d, _ := show(JSON, &out)
		long := devices.Printable(strings.Repeat("<\x00\u2028", 1000))
		d.Add(devices.Disk{Name: strings.Repeat("<\x00\u2028", 1000), Identity: devices.Identity{Serial: long}})
		const most, mostInt = math.MaxInt64, math.MaxInt
		d.Update(0, wipe.Event{Pass: mostInt, Passes: mostInt, Pattern: "random-complement", Done: most, Total: most, JobDone: most, JobTotal: most, Exceptions: mostInt,
			Silent: most, Method: devices.MethodID(strings.Repeat("m", 100)), Progress: mostInt})
		d.End(0, wipe.CompletedWithExceptions)
		d.Close()
		for line := range strings.Lines(out.String()) {
			if len(line) > 4096 {
				t.Errorf("a line of %d bytes", len(line))
			}
		}
	})
}
