package logs_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// powerCut remembers what was done to a directory and is not yet on the disk, to
// undo it: renames, removals and new directories, until their directory is
// synced, and content that was never synced. It is the least that POSIX
// promises; that everything was kept is what a killed process leaves.
type powerCut struct {
	dir     string
	undo    []undo
	syncing string          // a directory whose fsync was called last
	written map[string]bool // files written and not synced
}

type undo struct {
	dir string // whose fsync makes it last
	do  func() error
}

func newPowerCut(dir string) *powerCut {
	return &powerCut{dir: dir, written: map[string]bool{}}
}

// before is called before each system call.
func (p *powerCut) before(call, name string) {
	p.synced()
	file := filepath.Join(p.dir, name)
	parent := path.Dir(name)
	switch call {
	case "write":
		p.written[file] = true
	case "fsync":
		if strings.HasSuffix(name, ".tmp") {
			delete(p.written, file)
		} else {
			p.syncing = name
		}
	case "rename":
		tmp := filepath.Join(p.dir, parent, "."+path.Base(name)+".tmp")
		lost := p.written[tmp]
		old, err := os.ReadFile(file)
		p.undo = append(p.undo, undo{parent, func() error {
			if lost {
				return os.WriteFile(file, nil, 0o644)
			}
			if err != nil {
				return os.Remove(file)
			}
			return os.WriteFile(file, old, 0o644)
		}})
	case "unlink":
		if old, err := os.ReadFile(file); err == nil {
			p.undo = append(p.undo, undo{parent, func() error { return os.WriteFile(file, old, 0o644) }})
		}
	case "mkdir":
		if _, err := os.Stat(file); err != nil && name != "." {
			p.undo = append(p.undo, undo{parent, func() error { return os.RemoveAll(file) }})
		}
	}
}

// synced forgets what the last fsync of a directory has made durable.
func (p *powerCut) synced() {
	if p.syncing == "" {
		return
	}
	var left []undo
	for _, u := range p.undo {
		if u.dir != p.syncing {
			left = append(left, u)
		}
	}
	p.undo, p.syncing = left, ""
}

// cut undoes what is not on the disk.
func (p *powerCut) cut(t *testing.T) {
	t.Helper()
	p.synced() // the call before the one that failed was done
	for i := len(p.undo) - 1; i >= 0; i-- {
		if err := p.undo[i].do(); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}
