package main

import (
	"io/fs"
	"strings"
	"testing"

	"rasure/devices"
)

// leaving is a machine: a disk leaves it when its processes are read.
type leaving struct{ before, after fs.FS }

func (l *leaving) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "proc/") && l.after != nil {
		l.before, l.after = l.after, nil
	}
	return l.before.Open(name)
}

// A disk that leaves while the list is made is not on it.
func TestListDiskLeaves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plug("sda", "S1")
	stays := b.host().Root
	b.plug("sdb", "S2")
	h := b.host()
	h.Root = &leaving{h.Root, stays}
	_, out, text := command(t.Context(), func(...string) *devices.Host { return h }, b.dir, "list")
	if !strings.Contains(out, "S1") || strings.Contains(out, "S2") || text != "" {
		t.Errorf("%s%s", out, text)
	}
}
