package wipe_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/devices"
	"rasure/wipe"
)

// raw is a device or file that is reached past this machine's cache.
type raw struct {
	*os.File
	disk devices.Disk
}

func (raw) DropCache() error     { return nil }
func (raw) Check() error         { return nil }
func (r raw) Disk() devices.Disk { return r.disk }

// BenchmarkDevice overwrites RASURE_BENCH_DISK, which holds nothing that is still wanted, with several sizes and numbers of transfers: to try
// what is better than what workersFor and blockFor choose.
func BenchmarkDevice(b *testing.B) {
	name := os.Getenv("RASURE_BENCH_DISK")
	if name == "" {
		b.Skip("RASURE_BENCH_DISK names no device to be overwritten")
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_EXCL|unix.O_DIRECT, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	size, err := f.Seek(0, 2)
	if err != nil {
		b.Fatal(err)
	}
	t := raw{f, devices.Disk{Name: "bench", Size: size, LogicalBlock: 512, PhysicalBlock: 512, Bus: devices.Loop, Medium: devices.Image}}
	for _, verify := range []wipe.VerifyMode{wipe.None, wipe.Full} {
		for _, block := range []int{64 << 10, 128 << 10, 256 << 10, 512 << 10, 1 << 20, 4 << 20} {
			for _, workers := range []int{2, 4, 8} {
				b.Run(fmt.Sprintf("%s/%dK/%d", verify, block>>10, workers), func(b *testing.B) {
					p, err := wipe.PlanFor(t.disk, wipe.PlanOptions{Verify: verify})
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(size)
					var before, after syscall.Rusage
					syscall.Getrusage(0, &before)
					for b.Loop() {
						if _, err := wipe.Run(b.Context(), t, p, wipe.RunOptions{Block: block, Workers: workers}); err != nil {
							b.Fatal(err)
						}
					}
					syscall.Getrusage(0, &after)
					gb := float64(size) * float64(b.N) / 1e9
					b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano())/1e6/gb, "user-ms/GB")
					b.ReportMetric(float64(after.Stime.Nano()-before.Stime.Nano())/1e6/gb, "sys-ms/GB")
				})
			}
		}
	}
}
