package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/settings"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// terminal returns both ends of a terminal; what is written to the first is typed on the second.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	return keyboard, screen
}

// learning runs rasure bay learn on the desktop and calls do, with await, which waits until stderr has had a text since the last call.
func learning(t *testing.T, file string, args []string, do func(await func(string), keyboard io.Writer, plug func(func(*devicetest.Files)), interrupt func())) (stdout string, status int) {
	t.Helper()
	text, err := os.ReadFile("../../devices/testdata/hosts/desktop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(settings.PathVariable, file)
	h := devicetest.FromArchive(t, text)
	k := kernel{changed: make(chan struct{})}
	h.Uevents = func() (devices.Uevents, error) { return kernel{k.changed, make(chan struct{})}, nil }
	keyboard, screen := terminal(t)
	r, w := io.Pipe()
	var out bytes.Buffer
	a := &app{Console: cli.Console{In: screen, Out: &out, Err: w}, host: func(...string) *devices.Host { return h }}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan int, 1)
	go func() {
		ended <- a.run(ctx, append([]string{"bay", "learn"}, args...))
		w.Close()
	}()
	await := func(want string) {
		t.Helper()
		var seen strings.Builder
		for b := make([]byte, 1); !strings.HasSuffix(seen.String(), want); {
			if _, err := r.Read(b); err != nil {
				t.Fatalf("%q came, want %q", seen.String(), want)
			}
			seen.Write(b)
		}
	}
	plug := func(change func(*devicetest.Files)) {
		change(h.Root.(*devicetest.Files))
		k.changed <- struct{}{}
	}
	do(await, keyboard, plug, interrupt)
	go io.Copy(io.Discard, r)
	status = <-ended
	return out.String(), status
}

// TestBayLearn names two bays, refuses a disk in a bay that has a name, and leaves one disk out.
func TestBayLearn(t *testing.T) {
	b := newBench(t)
	file := b.at("station.toml")
	if err := os.WriteFile(file, []byte("# ours\n[[bay]]\nname = \"A1\"\nport = \"ata 2\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	to := func(link string) func(*devicetest.Files) { // the second disk moves to another link
		return func(m *devicetest.Files) {
			m.Remove("sys/block/sdb")
			at := strings.Replace(second, "ata2", link, 1)
			for _, f := range []string{"dev", "size", "ro", "diskseq", "queue/logical_block_size"} {
				text, err := m.ReadFile(second + "/" + f)
				if err != nil {
					t.Error(err)
				}
				m.Write(at+"/"+f, string(text))
			}
			for _, f := range []string{"scsi_level", "model"} {
				m.Write(strings.Replace(at, "/block/sdb", "/"+f, 1), "6\n")
			}
			m.Link(at+"/device", "../../../1:0:0:0")
			m.Link("sys/block/sdb", "../../"+at)
		}
	}
	out, status := learning(t, file, []string{"A2", "A3"}, func(await func(string), keyboard io.Writer, plug func(func(*devicetest.Files)), _ func()) {
		await("Plug a disk into the bay A2.\n")
		plug(attribute(second+"/diskseq", "77"))
		await("sdb is in the bay A1: plug it into another\n")
		plug(to("ata7"))
		await("is on the port ata 7.\n")
		await("Enter names it A2, n waits for another disk: ")
		io.WriteString(keyboard, "n\n")
		await("Plug a disk into the bay A2.\n")
		plug(to("ata5"))
		await("Enter names it A2, n waits for another disk: ")
		io.WriteString(keyboard, "\n")
		await("Plug a disk into the bay A3.\n")
		plug(to("ata6"))
		await("Enter names it A3, n waits for another disk: ")
		io.WriteString(keyboard, "Y\n")
	})
	if text, err := os.ReadFile(file); out != "A2  ata 5\nA3  ata 6\n" || status != fault.Done || err != nil ||
		string(text) != "# ours\n[[bay]]\nname = \"A1\"\nport = \"ata 2\"\n\n[[bay]]\nname = \"A2\"\nport = \"ata 5\"\n\n[[bay]]\nname = \"A3\"\nport = \"ata 6\"\n" {
		t.Errorf("printed %q, exit status %d, file %q, %v", out, status, text, err)
	}
}

// TestBayLearnInterrupted presses Ctrl-C at the second bay, and closes the terminal at a question: what was learnt is kept.
func TestBayLearnInterrupted(t *testing.T) {
	b := newBench(t)
	file := b.at("station.toml")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	out, status := learning(t, file, []string{"A1", "A2", "--yes"}, func(await func(string), keyboard io.Writer, plug func(func(*devicetest.Files)), interrupt func()) {
		await("Plug a disk into the bay A1.\n")
		plug(attribute(second+"/diskseq", "77"))
		await("Plug a disk into the bay A2.\n")
		interrupt()
		await("1 of 2 bays were learnt\n")
	})
	const want = "[[bay]]\nname = \"A1\"\nport = \"ata 2\"\n"
	if text, err := os.ReadFile(file); out != "A1  ata 2\n" || status != fault.Interrupted || err != nil || string(text) != want {
		t.Errorf("printed %q, exit status %d, file %q, %v", out, status, text, err)
	}
	_, status = learning(t, file, []string{"A2", "--yes"}, func(await func(string), keyboard io.Writer, plug func(func(*devicetest.Files)), interrupt func()) {
		await("Plug a disk into the bay A2.\n")
		plug(func(m *devicetest.Files) {
			m.Write(second+"/diskseq", "78\n")
			m.Write("sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/diskseq", "99\n")
		})
		await("2 disks arrived together: plug in one\n")
		interrupt()
		await("0 of 1 bays were learnt\n")
	})
	if text, err := os.ReadFile(file); status != fault.Interrupted || err != nil || string(text) != want {
		t.Errorf("exit status %d, file %q, %v", status, text, err)
	}
}
