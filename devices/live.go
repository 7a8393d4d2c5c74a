package devices

import (
	"os"
	"path/filepath"
)

// Live returns the machine that we run on. The disks under each path of keep, and under the running program, are never
// targets, and neither is an image file at or below such a path. The paths need not exist yet.
func Live(keep ...string) *Host {
	h := &Host{Root: machine(), Open: openPort, PID: os.Getpid(), Backing: loopBacking, Uevents: openUevents}
	if self, err := os.Executable(); err == nil {
		keep = append([]string{self}, keep...)
	}
	for _, file := range keep {
		if abs, err := filepath.Abs(file); err == nil {
			h.Protected = append(h.Protected, realPath(abs))
		}
	}
	return h
}

// realPath follows the links in a path as far as it exists.
func realPath(file string) string {
	real, err := filepath.EvalSymlinks(file)
	if err == nil {
		return real
	}
	dir := filepath.Dir(file)
	if dir == file {
		return file
	}
	return filepath.Join(realPath(dir), filepath.Base(file))
}
