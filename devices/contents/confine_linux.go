package contents

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// nobody is the user and group without rights of their own (overflowuid in the kernel, nobody in every distribution).
const nobody = 65534

// confine gives up everything that reading a disk does not need. strace of a child that began as root:
//
//	prlimit64(...)                            processor time, memory, descriptors, threads; no files, no core
//	mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)
//	mount("none", "/proc", "tmpfs", ...)      only in a mount namespace of its own: an empty directory,
//	chroot("/proc")                           its new root
//	chdir("/")
//	setgroups(0, NULL)
//	setresgid(65534, 65534, 65534)            also drops the capabilities
//	setresuid(65534, 65534, 65534)
//	prctl(PR_SET_DUMPABLE, 0)                 other processes of nobody cannot trace it
//	prctl(PR_SET_NO_NEW_PRIVS, 1)
//	seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, ...)
//
// Changes of user reach every thread by Go's runtime, no_new_privs and the filter by TSYNC.
func confine() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := limit(); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := hide(); err != nil {
			return err
		}
		if err := demote(); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("dumpable: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if err := filter(); err != nil {
		return fmt.Errorf("system call filter: %w", err)
	}
	return nil
}

// limit sets resource limits. RLIMIT_AS is not among them: Go reserves address space that it never touches.
// RLIMIT_DATA counts what can be written to (since Linux 4.7).
func limit() error {
	for _, l := range []struct {
		what int
		max  uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_CPU, limitCPU},
		{unix.RLIMIT_DATA, limitData},
		{unix.RLIMIT_NOFILE, 16},
		{unix.RLIMIT_NPROC, 256}, // counts all threads of nobody in the system
		{unix.RLIMIT_MEMLOCK, 0},
		{unix.RLIMIT_MSGQUEUE, 0},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.max, Max: l.max}); err != nil {
			return fmt.Errorf("resource limit %d: %w", l.what, err)
		}
	}
	return nil
}

// hide leaves the file system. Without its own mount namespace the child must not mount anything: it would cover the machine's /proc.
func hide() error {
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return err
	}
	parents, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", os.Getppid()))
	if err != nil || own == parents {
		return nil // Probe notes that
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	const flags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("none", "/proc", "tmpfs", flags, "size=4k,nr_inodes=1,mode=0"); err != nil {
		return fmt.Errorf("empty root: %w", err)
	}
	if err := unix.Chroot("/proc"); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	return unix.Chdir("/")
}

// demote becomes nobody.
func demote() error {
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("setgroups: %w", err)
	}
	if err := syscall.Setresgid(nobody, nobody, nobody); err != nil {
		return fmt.Errorf("setresgid: %w", err)
	}
	if err := syscall.Setresuid(nobody, nobody, nobody); err != nil {
		return fmt.Errorf("setresuid: %w", err)
	}
	if r, e, s := unix.Getresuid(); r != nobody || e != nobody || s != nobody {
		return errors.New("the user did not change")
	}
	return nil
}
