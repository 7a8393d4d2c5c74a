package contents

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (include/uapi/linux/seccomp.h); all supported machines are little-endian, so the lower half
// of an argument comes first.
const (
	dataNumber = 0
	dataArch   = 4
	dataArgs   = 16
)

// filter lets only those system calls pass that Go's runtime makes while it computes, reads an open file and writes
// to an open pipe. All others fail with EPERM: no file is opened, no ioctl sent (not even to the disk), no socket made,
// no program run, no code mapped.
func filter() error {
	arch, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !ok {
		return errors.ErrUnsupported
	}
	program := append([]unix.SockFilter{
		load(dataArch),
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: arch, Jt: 1},
		verdict(unix.SECCOMP_RET_KILL_PROCESS),
		load(dataNumber),
	}, rules()...)
	program = append(program, verdict(unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM)))

	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&program[0])
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	stray, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	switch {
	case errno != 0:
		return errno
	case stray != 0: // a thread that could not be synchronised
		return errors.New("a thread is not filtered")
	}
	return nil
}

func rules() (program []unix.SockFilter) {
	for _, nr := range []uint32{
		unix.SYS_PREAD64, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_RESTART_SYSCALL,
		unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
		unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
		unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
		unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETRANDOM,
		unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, // Go's timers
	} {
		program = append(program, when(nr, verdict(unix.SECCOMP_RET_ALLOW))...)
	}
	no := verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM))
	yes := verdict(unix.SECCOMP_RET_ALLOW)
	bits := func(nr, arg, mask uint32, set, unset unix.SockFilter) {
		program = append(program, when(nr, load(dataArgs+8*arg),
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: mask, Jf: 1}, set, unset)...)
	}
	bits(unix.SYS_MMAP, 2, unix.PROT_EXEC, no, yes)
	bits(unix.SYS_MPROTECT, 2, unix.PROT_EXEC, no, yes)
	bits(unix.SYS_CLONE, 0, unix.CLONE_THREAD, yes, no)
	// Without clone3, glibc uses clone, whose flags a filter can see.
	program = append(program, when(unix.SYS_CLONE3, verdict(unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS)))...)
	// Go stops its own threads by signals; signals to other processes are refused.
	program = append(program, when(unix.SYS_TGKILL, load(dataArgs),
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(unix.Getpid()), Jf: 1}, yes, no)...)
	return program
}

// when runs the steps for one system call; they end in a verdict.
func when(nr uint32, steps ...unix.SockFilter) []unix.SockFilter {
	return append([]unix.SockFilter{{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jf: uint8(len(steps))}}, steps...)
}

func load(at uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
}

func verdict(v uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v}
}
