package devices

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"

	"rasure/cmd/message"
)

// Mount is one line of mountinfo, proc_pid_mountinfo(5), with its escapes undone. Paths are hostile: who may mount names them.
type Mount struct {
	ID      int    // of the mount, for as long as it lasts
	Number  Number // of the file system; with major 0 it is made up, and Source names the device
	Root    string // directory of the file system that is mounted
	Point   string // where
	FSType  string
	Source  string // "/dev/sda1" or whatever the file system calls it
	Options string // of the file system, "lowerdir=/a:/b,upperdir=/c"

	inside string // the command of the process in whose mount namespace it is; "" for our namespace and that of process 1
	pid    int    // the process whose table it is in
}

var errMountinfo = message.New("malformed mount table")

// ParseMountinfo reads /proc/PID/mountinfo.
func ParseMountinfo(b []byte) ([]Mount, error) {
	var all []Mount
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
		front, back, ok := strings.Cut(line, " - ")
		f, g := strings.Split(front, " "), strings.SplitN(back, " ", 3)
		if !ok || len(f) < 6 || len(g) < 3 {
			return nil, errMountinfo
		}
		id, err := strconv.ParseUint(f[0], 10, 31)
		number, err2 := ParseNumber(f[2])
		if err != nil || err2 != nil {
			return nil, errMountinfo
		}
		all = append(all, Mount{
			ID: int(id), Number: number, Root: unescape(f[3]), Point: unescape(f[4]),
			FSType: unescape(g[0]), Source: unescape(g[1]), Options: unescape(g[2]),
		})
	}
	return all, nil
}

// unescape undoes the octal escapes with which proc writes space, tab, newline and backslash.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// mountOf returns the mount that a path lies in, as a process sees it: the one with the longest mount point, of those the
// last, which lies on top.
func mountOf(mounts []Mount, pid int, file string) (Mount, bool) {
	best, found := Mount{}, false
	for _, m := range mounts {
		if m.pid == pid && within(file, m.Point) && (!found || len(m.Point) >= len(best.Point)) {
			best, found = m, true
		}
	}
	return best, found
}

// within reports whether a path is dir or lies below it. Both are absolute and clean.
func within(file, dir string) bool {
	return file == dir || dir == "/" || strings.HasPrefix(file, dir+"/")
}

// mounts reads the mount tables of all mount namespaces that a process lives in, ours and that of process 1 first, and
// names the processes that it was not let into. A namespace that no process lives in (pinned by a bind mount) is not seen
// either; the exclusive claim is what guards against both.
func (h *Host) mounts(pids []int) (all []Mount, denied []int, err error) {
	seen := map[string]bool{}
	for _, pid := range h.ourselvesFirst(pids) {
		p := proc(pid)
		space, err := fs.ReadLink(h.Root, path.Join(p, "ns/mnt"))
		if vanished(err) || err == nil && seen[space] {
			continue
		}
		table, err := fs.ReadFile(h.Root, path.Join(p, "mountinfo"))
		if vanished(err) || errors.Is(err, syscall.EINVAL) { // EINVAL: ending, it has left its namespace
			continue
		}
		if err != nil {
			denied = append(denied, pid)
			continue
		}
		// A process may hide its namespace and show its mounts: one with a capability that we lack does.
		if seen[string(table)] {
			continue
		}
		seen[space], seen[string(table)] = true, true
		parsed, err := ParseMountinfo(table)
		if err != nil {
			return all, denied, message.Errorf("reading the mounts of process %d: %w", pid, err)
		}
		inside := ""
		if pid != 1 && pid != h.PID {
			inside = h.command(pid)
		}
		for i := range parsed {
			parsed[i].inside, parsed[i].pid = inside, pid
		}
		all = append(all, parsed...)
	}
	if len(all) == 0 {
		return nil, denied, message.New("there is no mount table: is /proc mounted?")
	}
	return all, denied, nil
}

func (h *Host) ourselvesFirst(pids []int) []int {
	first := make([]int, 0, len(pids))
	rest := make([]int, 0, len(pids))
	for _, pid := range pids {
		if pid == 1 || pid == h.PID {
			first = append(first, pid)
		} else {
			rest = append(rest, pid)
		}
	}
	return append(first, rest...)
}

// processes returns the numbers of all processes.
func (h *Host) processes() ([]int, error) {
	entries, err := fs.ReadDir(h.Root, "proc")
	if err != nil {
		return nil, message.Errorf("looking for processes: %w", err)
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func proc(pid int) string { return path.Join("proc", strconv.Itoa(pid)) }

func (h *Host) command(pid int) string {
	if name := Printable(h.attr(proc(pid), "comm")); name != "" {
		return name
	}
	return "?"
}
