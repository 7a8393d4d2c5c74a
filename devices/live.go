package devices

import (
	"os"
	"path/filepath"
	"strconv"
)

// Live returns the machine that we run on. The disks under each protected path, and under the running program, are never
// targets, and neither is an image file at or below such a path. The paths need not exist yet.
func Live(protected ...string) *Host {
	h := &Host{Root: machine(), Open: openPort, PID: ownPID(), LoopStatus: loopStatus, Uevents: openUevents, Light: switchLight, Rescan: rescan, Umount: umount, shared: &sharedLook{}}
	if self, err := os.Executable(); err == nil {
		protected = append([]string{self}, protected...)
	}
	for _, file := range protected {
		if abs, err := filepath.Abs(file); err == nil {
			h.Protected = append(h.Protected, realPath(abs))
		}
	}
	return h
}

// ownPID is our number as /proc counts, which may be the /proc of an outer PID namespace.
func ownPID() int {
	if self, err := os.Readlink("/proc/self"); err == nil {
		if pid, err := strconv.Atoi(self); err == nil {
			return pid
		}
	}
	return os.Getpid()
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
