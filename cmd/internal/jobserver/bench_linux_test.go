package jobserver_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices/firmware"
)

// loops makes loop devices of images in memory.
func loops(b *testing.B, n int, size int64) (paths []string) {
	b.Helper()
	if os.Getuid() != 0 {
		b.Skip("needs root, for loop devices")
	}
	dir, err := os.MkdirTemp("/dev/shm", "jobs-bench-")
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	for i := range n {
		image := filepath.Join(dir, fmt.Sprintf("disk%d.img", i))
		if err := os.WriteFile(image, nil, 0o600); err != nil {
			b.Fatal(err)
		}
		if err := os.Truncate(image, size); err != nil {
			b.Fatal(err)
		}
		out, err := exec.Command("losetup", "--find", "--show", image).Output()
		if err != nil {
			b.Skip(err)
		}
		path := strings.TrimSpace(string(out))
		b.Cleanup(func() { exec.Command("losetup", "--detach", path).Run() })
		paths = append(paths, path)
	}
	return paths
}

// BenchmarkStart measures how long it takes to claim many disks, and until all their jobs are in the log: "s/claim" and "s/start" are to be less
// than five seconds together for 100 disks.
func BenchmarkStart(b *testing.B) {
	paths := loops(b, 100, 1<<20)
	requests := []jobs.Request{}
	for _, p := range paths {
		requests = append(requests, jobs.Request{Disk: p})
	}
	dir, err := os.MkdirTemp("/dev/shm", "jobs-bench-")
	if err != nil {
		b.Skip(err)
	}
	defer os.RemoveAll(dir)
	host := firmware.Live(dir)
	st, err := station.Init(b.Context(), filepath.Join(dir, "state"), station.InitOptions{Name: "bench.example", Key: station.KeySoftware}, station.Options{Root: host.Root})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	var claim, start time.Duration
	var spent syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &spent); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := jobserver.New(st, host, jobserver.Options{StateDir: filepath.Join(dir, "state")})
		v := s.Service(message.English)
		begun := time.Now()
		batch, err := v.Prepare(b.Context(), jobs.Options{AllowImage: true, Operator: "bench", Scheme: "clear-random"}, requests)
		if err != nil {
			b.Fatal(err)
		}
		claim += time.Since(begun)
		for _, d := range batch.Disks() {
			if d.Refused != nil {
				b.Fatal(d.Refused)
			}
			if _, err := batch.Confirm(b.Context(), d.Word, jobs.ByFlag); err != nil {
				b.Fatal(err)
			}
		}
		begun = time.Now()
		if err := batch.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		v.Watch(ctx, func(now jobs.State) {
			n := 0
			for _, j := range now.Jobs {
				if j.ID != "" {
					n++
				}
			}
			if n == len(paths) {
				cancel()
			}
		})
		start += time.Since(begun)
		if _, err := batch.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
	b.ReportMetric(claim.Seconds()/float64(b.N), "s/claim")
	b.ReportMetric(start.Seconds()/float64(b.N), "s/start")
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	// What others on a busy machine disturb less: for everything, the erasing and the certificates included.
	b.ReportMetric(float64(r.Utime.Nano()+r.Stime.Nano()-spent.Utime.Nano()-spent.Stime.Nano())/1e9/float64(b.N), "cpu-s/all")
}
