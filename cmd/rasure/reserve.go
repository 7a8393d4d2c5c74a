package main

import (
	"fmt"
	"os"
	"sync"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/humanize"
)

// reserveBytes is what certificate, proof and the log's next tiles may need. The largest tile is a bundle of 256
// entries; those of usual length (8 kB) fill 2 MiB.
const reserveBytes = 4 << 20

// reserve holds room in the state and output directories while disks are being erased: hours later the certificate
// must still find room, whoever filled the file system in between. The files have no name any more, so the kernel
// gives the room back even when this process is killed.
type reserve struct {
	once  sync.Once
	files []*os.File
}

func (a *app) reserve(out string) (*reserve, error) {
	r := &reserve{}
	for _, dir := range []string{a.stateDir, out} {
		if err := r.hold(dir); err != nil {
			r.release()
			return nil, fault.WithHint(fmt.Errorf("no room in %s for a certificate: nothing was erased: %w", dir, err), "free at least %s there, or name another directory with --out", humanize.Size(reserveBytes))
		}
	}
	return r, nil
}

func (r *reserve) hold(dir string) error {
	f, err := os.CreateTemp(dir, ".reserve-")
	if err != nil {
		return err
	}
	r.files = append(r.files, f)
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	if _, err := f.Write(make([]byte, reserveBytes)); err != nil {
		return err
	}
	return f.Sync() // some file systems find out only now that they are full
}

// release gives the room back; it may be called more than once.
func (r *reserve) release() {
	r.once.Do(func() {
		for _, f := range r.files {
			f.Truncate(0) // a child that is just being started has the file open too, and closing ours gives nothing back until then
			f.Close()
		}
	})
}
