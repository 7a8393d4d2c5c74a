package main

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
func warming(t *testing.T, how string, degrees ...int) (printed string, tables []string) {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		p, at := show(how, &out)
		p.size = func() (int, int, error) { return 120, 24, nil }
		celsius := 0
		p.heat = func(devices.Disk) (devices.Temperature, bool) {
			return devices.Temperature{Celsius: celsius, Limit: 70, Critical: 80}, true
		}
		b := p.add(devices.Disk{Name: "nvme0n1"})
		p.start()
		for _, celsius = range degrees {
			for range 2 {
				*at = at.Add(heatEvery)
				b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, JobTotal: 2000})
				synctest.Wait()
			}
			tables = append(tables, strings.Join(p.table(200, 24), "\n"))
		}
		time.Sleep(time.Second)
		b.end(wipe.Verified)
		p.close()
	})
	return out.String(), tables
}

func TestADiskThatIsTooWarmIsToldOfOnceForEachOfItsLimits(t *testing.T) {
	t.Parallel()
	degrees := []int{69, 70, 75, 60, 72, 80, 85, 79}
	out, tables := warming(t, showLines, degrees...)
	warnings := []string{}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "WARM") {
			warnings = append(warnings, line)
		}
	}
	want := "nvme0n1: TOO WARM: 70C, and the drive's own limit is 70C: it may slow down or stop; cool it\n" +
		"nvme0n1: TOO WARM: 80C, and the drive's own limit is 80C: it may slow down or stop; cool it\n"
	if got := strings.Join(warnings, ""); got != want {
		t.Errorf("it was told\n%swant\n%s", got, want)
	}
	for i, text := range tables {
		over := []string{"", "70C", "70C", "", "70C", "80C", "80C", "70C"}[i]
		if got := strings.Contains(text, "TOO WARM (its limit is "+over+"), writing random"); got != (over != "") || over == "" && strings.Contains(text, "WARM") {
			t.Errorf("at %d degrees the table is\n%s", degrees[i], text)
		}
	}
	if out, _ := warming(t, showTable, 60, 84, 60); !strings.HasSuffix(out, "nvme0n1: TOO WARM: 84C, and the drive's own limit is 80C: it may slow down or stop; cool it\n") {
		t.Errorf("it is not told below the last table:\n%s", out)
	}
	if out, _ := warming(t, showLines, 60, 69); strings.Contains(out, "WARM") {
		t.Errorf("a disk that was never too warm: %s", out)
	}
}
