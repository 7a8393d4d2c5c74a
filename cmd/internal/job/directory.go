package job

import (
	"os"
	"sync"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// checkDir refuses a directory for certificates that is another than when the job began: of a stick that was unmounted the mount
// point is left, a directory of the disk below, in which nobody looks for a certificate.
func (f *file) checkDir() error {
	info, err := os.Stat(f.Dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return message.Errorf("%s is not a directory", f.Dir)
	}
	if now := fileSystem(f.Dir); f.FileSystem != "" && now != "" && now != f.FileSystem {
		return message.Errorf("%s is on another file system than when the job began", f.Dir)
	}
	return nil
}

// reserveBytes is what certificate, proof and the log's next tiles may need. The largest tile is a bundle of 256
// entries; those of usual length (8 kB) fill 2 MiB.
const reserveBytes = 4 << 20

// reserve holds free space in the state and output directories while disks are being erased: hours later there must still be space for the
// certificate, even if the file system was filled meanwhile. The files have no name any more, so that the kernel frees them even when this
// process is killed.
type reserve struct {
	once  sync.Once
	files []*os.File
}

// newReserve holds space in directories. The first is that of the state, which cannot be chosen.
func newReserve(dirs ...string) (*reserve, error) {
	r := &reserve{}
	for _, dir := range dirs {
		if err := r.hold(dir); err != nil {
			r.release()
			err = message.Errorf("nothing was erased: no space for a certificate in %s: %w", dir, err)
			if dir == dirs[0] {
				return nil, fault.WithHint(err, "free at least %d bytes there", reserveBytes)
			}
			return nil, fault.WithHint(err, "free at least %d bytes there, or choose another directory with --out", reserveBytes)
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
	if err := allocate(f, reserveBytes); err != nil {
		return err
	}
	return f.Sync() // some file systems notice only now that they are full
}

func fill(f *os.File, n int64) error {
	_, err := f.Write(make([]byte, n))
	return err
}

// release frees the space; it may be called more than once.
func (r *reserve) release() {
	r.once.Do(func() {
		for _, f := range r.files {
			f.Truncate(0) // a child that is just being started has the file open too, so that closing it frees nothing until then
			f.Close()
		}
	})
}
