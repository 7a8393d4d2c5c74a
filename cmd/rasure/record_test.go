package main

import (
	"bytes"
	"encoding/json"
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

// example is the job that FORMAT.md shows, and another disk's beside it: the lines of both.
func example(t *testing.T) []string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		p, at := show(showJSON, &out)
		b, c := p.add(devices.Disk{Name: "sda", Identity: devices.Identity{Serial: "S1"}}), p.add(devices.Disk{Name: "sdb"})
		tell := func(b *bar, e wipe.Event) {
			b.update(e)
			synctest.Wait() // the reader is quick, and so is the answer how warm it is
		}
		tell(b, wipe.Event{Pass: 1, Passes: 2, Pattern: "random", Total: 1e9, JobTotal: 4e9, LaterWritten: 1e9, LaterRead: 2e9})
		*at = at.Add(10 * time.Second)
		tell(b, wipe.Event{Pass: 1, Passes: 2, Pattern: "random", Done: 5e8, Total: 1e9, JobDone: 5e8, JobTotal: 4e9, LaterWritten: 1e9, LaterRead: 2e9, Exceptions: 3, Silent: 12 * time.Second})
		tell(c, wipe.Event{Pass: 1, Passes: 1, Pattern: "zero", Total: 1e9, JobTotal: 1e9})
		*at = at.Add(50 * time.Second)
		tell(b, wipe.Event{Pass: 2, Passes: 2, Pattern: "random", Verifying: true, Total: 1e9, JobDone: 3e9, JobTotal: 4e9, Exceptions: 3})
		*at = at.Add(20 * time.Second)
		tell(b, wipe.Event{Pass: 2, Passes: 2, Pattern: "random", Verifying: true, Done: 1e9, Total: 1e9, JobDone: 4e9, JobTotal: 4e9, Exceptions: 3})
		b.end(wipe.CompletedWithExceptions)
		p.close()
	})
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestOneEventIsOneLineOfJSON(t *testing.T) {
	t.Parallel()
	lines := example(t)
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	format, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 5} {
		if !strings.Contains(string(format), "\n"+lines[i]+"\n") {
			t.Errorf("FORMAT.md does not show line %d:\n%s", i+1, lines[i])
		}
	}
	var r map[string]any
	if err := json.Unmarshal([]byte(lines[2]), &r); err != nil || r["eta_seconds"] != nil || r["temperature_celsius"] != nil {
		t.Errorf("what is not known is not null: %s, %v", lines[2], err)
	}
	for i, line := range lines {
		if json.Unmarshal([]byte(line), &r); r["outcome"] != "" && i != 5 {
			t.Errorf("an outcome before the end: %s", line)
		}
	}
}

func TestEveryFieldOfAnEventIsDescribed(t *testing.T) {
	t.Parallel()
	var described, have []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z0-9_]+) +\| (string|int|int or null|bool) +\|`).FindAllStringSubmatch(eventFormat, -1) {
		described = append(described, m[1]+" "+m[2])
	}
	for f := range reflect.TypeFor[record]().Fields() {
		kind, special := map[reflect.Kind]string{reflect.Pointer: "int or null", reflect.Int: "int", reflect.Int64: "int", reflect.Bool: "bool"}[f.Type.Kind()]
		if !special {
			kind = "string"
		}
		have = append(have, f.Tag.Get("json")+" "+kind)
	}
	if !slices.Equal(described, have) {
		t.Errorf("FORMAT.md describes\n%v, and events have\n%v", described, have)
	}
}

// No string of a drive, and no number, makes a line that a pipe could take in two pieces.
func TestALineOfJSONFitsAPipe(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p, _ := show(showJSON, &out)
	long := devices.Printable(strings.Repeat("<\x00\u2028", 1000))
	b := p.add(devices.Disk{Name: strings.Repeat("<\x00\u2028", 1000), Identity: devices.Identity{Serial: long}})
	const most = 1<<63 - 1
	b.update(wipe.Event{Pass: most, Passes: most, Pattern: "random-complement", Done: most, Total: most, JobDone: most, JobTotal: most, Exceptions: most,
		Silent: most, Method: devices.MethodID(strings.Repeat("m", 100)), Progress: most})
	b.end(wipe.CompletedWithExceptions)
	p.close()
	for line := range strings.Lines(out.String()) {
		if len(line) > 4096 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}
