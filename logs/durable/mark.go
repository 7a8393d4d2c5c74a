package durable

import (
	"os"

	"rasure/cmd/message"
)

// ErrMoved reports that a path leads to another directory than before: a stick was unmounted, or somebody exchanged the
// directory.
var ErrMoved = message.New("the directory is not the same as before")

// Mark identifies a directory by its file system and inode. The zero Mark identifies none.
type Mark struct {
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
}

// MarkOf returns the mark of the directory at path, to be recorded when a job begins and given to [Dir.Expect] when it ends. A
// device number holds until the device is taken away or the machine restarts.
func MarkOf(path string) (Mark, error) {
	root, err := openRoot(path)
	if err != nil {
		return Mark{}, Explain(err)
	}
	defer root.Close()
	return markOf(root)
}

// Expect makes every call fail with [ErrMoved] when the directory is not the one that has the mark.
func (d *Dir) Expect(m Mark) *Dir {
	d.mark = m
	return d
}

func markOf(root *os.Root) (Mark, error) {
	info, err := root.Stat(".")
	if err != nil {
		return Mark{}, err
	}
	return markFrom(info), nil
}
