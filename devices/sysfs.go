package devices

import (
	"io/fs"
	"path"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

const sysBlock = "sys/block"

// attr returns a file's text without the space around it, "" where it is missing or cannot be read. It is for what
// may be missing; what must be there is read with mustAttr.
func (h *Host) attr(elem ...string) string {
	b, err := fs.ReadFile(h.Root, path.Join(elem...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func (h *Host) mustAttr(elem ...string) (string, error) {
	b, err := fs.ReadFile(h.Root, path.Join(elem...))
	return strings.TrimSpace(string(b)), err
}

// binaryAttr returns a file as it is, nil where there is none.
func (h *Host) binaryAttr(elem ...string) []byte {
	b, err := fs.ReadFile(h.Root, path.Join(elem...))
	if err != nil {
		return nil
	}
	return b
}

// count returns an attribute that is a count, 0 where there is none. Some hold more than an int does.
func (h *Host) count(elem ...string) int {
	n, err := strconv.Atoi(h.attr(elem...))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (h *Host) exists(elem ...string) bool {
	_, err := fs.Lstat(h.Root, path.Join(elem...))
	return err == nil
}

// names lists a directory, nil where there is none.
func (h *Host) names(elem ...string) []string {
	entries, err := fs.ReadDir(h.Root, path.Join(elem...))
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// follow returns where a link in sysfs leads; a path that is no link is returned as it is.
func (h *Host) follow(elem ...string) string {
	p := path.Join(elem...)
	to, err := fs.ReadLink(h.Root, p)
	if err != nil {
		return p
	}
	return path.Join(path.Dir(p), to)
}

// linkBase returns the last element of where a link leads, "" where there is no link. It is how sysfs names drivers.
func (h *Host) linkBase(elem ...string) string {
	to, err := fs.ReadLink(h.Root, path.Join(elem...))
	if err != nil {
		return ""
	}
	return path.Base(to)
}

var errTooManyLinks = message.New("too many symbolic links")

// resolve follows every link in a path as open(2) would and returns the path that is left, with "/" in front.
func (h *Host) resolve(file string) (string, error) {
	done, todo := ".", file
	for links := 0; todo != ""; {
		first, rest, _ := strings.Cut(todo, "/")
		todo = rest
		switch first {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, first)
		info, err := fs.Lstat(h.Root, next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = next
			continue
		}
		if links++; links > 40 { // as many as Linux follows, path_resolution(7)
			return "", &fs.PathError{Op: "resolve", Path: file, Err: errTooManyLinks}
		}
		to, err := fs.ReadLink(h.Root, next)
		if err != nil {
			return "", err
		}
		if path.IsAbs(to) {
			done = "."
		}
		todo = to + "/" + todo // not cleaned: ".." behind a link is not the directory that holds the link
	}
	return path.Join("/", done), nil
}

var errNumber = message.New("malformed device number")

// ParseNumber reads a device number as sysfs and mountinfo write it, "8:0".
func ParseNumber(s string) (Number, error) {
	major, minor, ok := strings.Cut(s, ":")
	a, err1 := strconv.ParseUint(major, 10, 32)
	b, err2 := strconv.ParseUint(minor, 10, 32)
	if !ok || err1 != nil || err2 != nil {
		return Number{}, errNumber
	}
	return Number{uint32(a), uint32(b)}, nil
}

// sectors reads a size in the 512-byte units that sysfs counts in whatever the disk's block is, and returns bytes.
func sectors(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 54) // 2^54 sectors of 512 bytes are what an int64 of bytes holds
	if err != nil {
		return 0, message.Errorf("malformed size %q", s)
	}
	return int64(n) * 512, nil
}
