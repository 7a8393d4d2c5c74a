package durable

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// held reports whether a process holds the flock of f, which this open file does not. The kernel is asked, by taking a share of the lock for a
// moment: those who take the lock meanwhile see that it is only looked at, and try again. /proc/locks would not do: the kernel hands it
// out page by page, and a lock is missing if others are freed between two pages.
//
//	flock(3, LOCK_SH|LOCK_NB) = -1 EWOULDBLOCK    somebody holds it
//	flock(3, LOCK_UN)                             otherwise
func held(f *os.File) bool {
	fd := int(f.Fd())
	for {
		switch err := unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB); err {
		case nil:
			unix.Flock(fd, unix.LOCK_UN)
			return false
		case unix.EINTR:
		default:
			return err == unix.EWOULDBLOCK
		}
	}
}

// locksReads is how often /proc/locks is read for a lock that is held and not in it. Chosen; see [held].
const locksReads = 20

// holder returns the process that took the flock of f, as /proc/locks has it; 0 if it cannot be found.
func holder(f *os.File) (pid int) {
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return 0
	}
	// 3: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF
	file := fmt.Sprintf("%02x:%02x:%d", unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev)), st.Ino)
	for range locksReads {
		text, err := os.ReadFile("/proc/locks")
		if err != nil {
			return 0
		}
		for line := range bytes.Lines(text) {
			words := strings.Fields(string(line))
			if len(words) > 5 && words[1] == "FLOCK" && words[5] == file {
				pid, _ = strconv.Atoi(words[4])
				return max(pid, 0)
			}
		}
	}
	return 0
}

// Holder reports whether a process holds the lock of the file name, and which one; pid is 0 if none does, or if that cannot be seen, as
// in another PID namespace. A lock that cannot be opened counts as one that nobody holds.
func (d *Dir) Holder(name string) (pid int, isHeld bool) {
	root, err := d.root(".")
	if err != nil {
		return 0, false
	}
	defer root.Close()
	f, err := openIn(root, name)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	if !held(f) {
		return 0, false
	}
	return holder(f), true
}

// usersOf returns the user ids of a process: real, effective, saved and of the file system. ended is true if there is no such
// process; both are empty if this cannot be found out.
func usersOf(pid int) (ids []int, ended bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, os.IsNotExist(err) && unix.Kill(pid, 0) == unix.ESRCH
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			for _, word := range strings.Fields(rest) {
				if id, err := strconv.Atoi(word); err == nil {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids, false
}

// heldByStranger reports whether a process holds the flock of f that cannot write here: none of its user ids is root
// or ours, or it has ended and left its descriptor to a child, which rasure never does.
func heldByStranger(f *os.File) bool {
	pid := holder(f)
	if pid == 0 {
		return false
	}
	ids, ended := usersOf(pid)
	for _, id := range ids {
		if id == 0 || id == os.Geteuid() {
			return false
		}
	}
	return ended || len(ids) > 0
}

func lockedError(root *os.Root, name, path string, waited time.Duration) error {
	e := &LockedError{Path: path, Waited: waited, User: -1}
	f, err := openIn(root, name)
	if err != nil {
		return e
	}
	defer f.Close()
	if e.PID = holder(f); e.PID == 0 {
		return e
	}
	if ids, ended := usersOf(e.PID); len(ids) > 0 {
		e.User = ids[0]
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", e.PID))
		e.Command = strings.TrimSpace(string(command))
	} else if !ended {
		e.PID = 0
	}
	return e
}
