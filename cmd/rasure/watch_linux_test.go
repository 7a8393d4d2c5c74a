package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/view"
	"rasure/devices"
	"rasure/devices/firmware"
)

// A loop device that comes and goes makes two more lists.
func TestWatchLive(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("loop devices need root")
	}
	if _, err := exec.LookPath("losetup"); err != nil {
		t.Skip("losetup is not installed")
	}
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithTimeout(t.Context(), 2*time.Minute)
	defer interrupt()
	r, w := io.Pipe()
	t.Cleanup(func() { r.Close() })
	var errs bytes.Buffer
	host := func(keep ...string) *devices.Host {
		h := firmware.Live(keep...)
		h.LookAgain = time.Hour // so that only the kernel's message makes it look
		return h
	}
	a := &app{Console: cli.Console{Out: w, Err: &errs}, host: host}
	ended := make(chan int, 1)
	go func() {
		ended <- a.run(ctx, []string{"list", "--watch", "--json", "--state", t.TempDir()})
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	// until reads lists to the first in which our device is there, or is not; other tests attach devices of their own.
	var dev string
	until := func(there bool) {
		for lines.Scan() {
			var disks []view.Disk
			if err := json.Unmarshal(lines.Bytes(), &disks); err != nil {
				t.Fatalf("%q: %v", lines.Bytes(), err)
			}
			if slices.ContainsFunc(disks, func(d view.Disk) bool { return d.Path == dev && d.Size == 1<<20 }) == there {
				return
			}
		}
		t.Fatalf("no list with the device there: %v; stderr %q", there, errs.String())
	}
	until(false)
	out, err := exec.Command("losetup", "--show", "-f", image).Output()
	if err != nil {
		t.Skipf("losetup: %v", err)
	}
	dev = strings.TrimSpace(string(out))
	detach := sync.OnceValue(func() error { return exec.Command("losetup", "-d", dev).Run() })
	t.Cleanup(func() { detach() })
	until(true)
	if err := detach(); err != nil {
		t.Error(err)
	}
	until(false)
	interrupt()
	if status := <-ended; status != 0 || errs.Len() > 0 {
		t.Errorf("exit status %d, stderr %q", status, errs.String())
	}
}
