package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// second is the desktop's second disk, in sysfs.
const second = "sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb"

func pull(m *devicetest.Files)   { m.Remove("sys/block/sdb") }
func plugIn(m *devicetest.Files) { m.Link("sys/block/sdb", "../../"+second) }
func nothing(*devicetest.Files)  {}

// attribute writes a file in sysfs.
func attribute(name, text string) func(*devicetest.Files) {
	return func(m *devicetest.Files) { m.Write(name, text) }
}

// kernel reports a change as often as a test sends to changed.
type kernel struct{ changed, closed chan struct{} }

func (k kernel) Close() error { close(k.closed); return nil }

func (k kernel) Receive() ([]byte, uint32, error) {
	select {
	case <-k.changed:
		return nil, 0, devices.ErrMissed
	case <-k.closed:
		return nil, 0, os.ErrClosed
	}
}

// watching runs "list --watch" on the desktop, does the steps, reports each and waits until a burst is over. Then it
// presses Ctrl-C. It returns what was printed at the start and after each step.
func watching(t *testing.T, steps []func(*devicetest.Files), arg ...string) (out []string, stderr string, status int) {
	t.Helper()
	text, err := os.ReadFile("../../devices/testdata/hosts/desktop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		k := kernel{make(chan struct{}), make(chan struct{})}
		h := devicetest.FromArchive(t, text)
		h.Uevents = func() (devices.Uevents, error) { return k, nil }
		var printed, errs bytes.Buffer
		a := &app{Console: cli.Console{Out: &printed, Err: &errs}, host: func(...string) *devices.Host { return h }}
		ctx, interrupt := context.WithCancel(t.Context())
		ended := make(chan int)
		go func() { ended <- a.run(ctx, append([]string{"list", "--watch"}, arg...)) }()
		for _, step := range append([]func(*devicetest.Files){nothing}, steps...) {
			synctest.Wait() // until the command waits for events
			step(h.Root.(*devicetest.Files))
			k.changed <- struct{}{}
			time.Sleep(250 * time.Millisecond)
			synctest.Wait()
			out = append(out, printed.String())
			printed.Reset()
		}
		interrupt()
		status, stderr = <-ended, errs.String()
	})
	return out, stderr, status
}

type steps = []func(*devicetest.Files)

// heads returns the first line of each text, which reports the change.
func heads(texts []string) []string {
	all := []string{}
	for _, text := range texts {
		head, _, _ := strings.Cut(text, "\n")
		all = append(all, head)
	}
	return all
}

// The list is printed again only when it changed.
func TestWatch(t *testing.T) {
	t.Parallel()
	out, stderr, status := watching(t, steps{
		nothing,
		pull,
		nothing,
		plugIn,
		func(m *devicetest.Files) { m.Write(second+"/diskseq", "77\n") }, // another disk under the same name
		attribute(second+"/ro", "1"),
	})
	want := []string{"2000-01-01T00:00:00Z", "", "2000-01-01T00:00:00Z: gone sdb", "", "2000-01-01T00:00:01Z: new sdb",
		"2000-01-01T00:00:01Z: gone sdb, new sdb", "2000-01-01T00:00:01Z: changed sdb"}
	if got := heads(out); !slices.Equal(got, want) || status != 0 || stderr != "" {
		t.Errorf("heads %q\nwant  %q\nexit status %d, stderr %q", got, want, status, stderr)
	}
	for i, there := range []bool{0: true, 2: false, 4: true} {
		if out[i] != "" && strings.Contains(out[i], "\nsdb ") != there {
			t.Errorf("list %d shows sdb: %v\n%s", i, !there, out[i])
		}
	}
	if last := out[len(out)-1]; !strings.Contains(last, "read-only") {
		t.Errorf("the last list is\n%s", last)
	}
}

// I/O on a disk that is in use anyway does not print the list again.
func TestWatchInUse(t *testing.T) {
	t.Parallel()
	const system = "sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/inflight"
	for _, arg := range [][]string{nil, {"--json"}} {
		out, _, _ := watching(t, steps{attribute(system, "1 0"), attribute(second+"/inflight", "1 0"), attribute(second+"/inflight", "0 0")}, arg...)
		if out[1] != "" || out[2] == "" || out[3] == "" {
			t.Errorf("%v: printed %q", arg, out)
		}
	}
}

// With --json every list is one line.
func TestWatchJSON(t *testing.T) {
	t.Parallel()
	out, stderr, status := watching(t, steps{pull, nothing, plugIn}, "--json")
	got := []int{}
	for line := range strings.Lines(strings.Join(out, "")) {
		var disks []view.Disk
		if err := json.Unmarshal([]byte(line), &disks); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append(got, len(disks))
	}
	if want := []int{2, 1, 2}; !slices.Equal(got, want) || status != 0 || stderr != "" {
		t.Errorf("lists of %v disks, want %v; exit status %d, stderr %q", got, want, status, stderr)
	}
}

// An incomplete list is not shown as one without the disk.
func TestWatchIncomplete(t *testing.T) {
	t.Parallel()
	size := second + "/size"
	do := steps{attribute(size, "nonsense"), nothing, attribute(size, "156301488"), attribute(size, "nonsense")}
	out, stderr, status := watching(t, do, "--json")
	if out[1] != "" || out[2] != "" || out[3] != out[0] || out[4] != "" || strings.Count(stderr, "reading what sdb is") < 2 || status != fault.Failed {
		t.Errorf("printed %q, exit status %d, stderr %q", out, status, stderr)
	}
	out, _, status = watching(t, do)
	want := []string{"2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z: not all disks could be examined", "", "2000-01-01T00:00:00Z: new sdb",
		"2000-01-01T00:00:01Z: not all disks could be examined"}
	if got := heads(out); !slices.Equal(got, want) || status != fault.Failed {
		t.Errorf("heads %q\nwant  %q\nexit status %d", got, want, status)
	}
}

// No disk is called wipeable while another could not be examined.
func TestWatchUnknown(t *testing.T) {
	t.Parallel()
	out, _, _ := watching(t, steps{attribute("sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/size", "nonsense")})
	if !strings.Contains(out[0], "wipeable") || strings.Contains(out[1], "wipeable") || !strings.Contains(out[1], " unknown\n") {
		t.Errorf("printed %q", out)
	}
}
