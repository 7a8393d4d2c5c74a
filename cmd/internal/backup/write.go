package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Written is a backup that was written.
type Written struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of the whole file, in hex
	Bytes  int64  `json:"bytes"`
	Contents
	Left     []string `json:"left_out"`         // names of links, sockets and devices in the state directory
	SameDisk bool     `json:"same_file_system"` // as the state directory: what destroys one destroys the other
}

// Write writes a backup of the state in a directory to a new file. settings is the text of the settings file, nil if there is none. The file has its name
// only when it is complete and on the disk.
func Write(ctx context.Context, dir string, settings []byte, name string) (w *Written, err error) {
	name, err = filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if err := checkPlace(dir, name); err != nil {
		return nil, err
	}
	c, err := take(ctx, dir)
	if err != nil {
		return nil, err
	}
	k := c.station
	w = &Written{Path: name, Left: c.others, Contents: Contents{Format: format, Station: k.Name, KeySHA256: k.KeySHA256, First: k.First, Entries: k.Log.Size(), Made: station.Now(),
		Program: station.Version, Secret: c.secret}}
	there, err := durable.MarkOf(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	here, err := durable.MarkOf(dir)
	if err != nil {
		return nil, err
	}
	w.SameDisk = here.Device == there.Device
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // 0600
	if err != nil {
		return nil, durable.Explain(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	sum := sha256.New()
	p := &packer{ctx: ctx, dir: dir, made: w.Made}
	p.t = tar.NewWriter(io.MultiWriter(f, sum))
	if err := p.pack(w.Contents, settings, c); err != nil {
		return nil, durable.Explain(err)
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, durable.Explain(err)
	}
	w.Bytes, w.SHA256 = info.Size(), hex.EncodeToString(sum.Sum(nil))
	return w, publish(f.Name(), name)
}

// checkPlace refuses a name that is taken, or that is in the directory that is saved.
func checkPlace(dir, name string) error {
	if _, err := os.Lstat(name); err == nil {
		return exists(name)
	}
	below, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return durable.Explain(err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil // that there is no station is said later
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if rel, err := filepath.Rel(dir, below); err == nil && filepath.IsLocal(rel) {
		return fault.WithHint(fault.Refusef("%s is in the state directory: it would be lost with it", name), "name a file on another machine's disk or on a stick")
	}
	return nil
}

func exists(name string) error { return fault.Refusef("%s already exists", name) }

// publish gives a complete file its name, and replaces no file that is there.
func publish(tmp, name string) error {
	err := os.Link(tmp, name)
	if errors.Is(err, fs.ErrExist) {
		return exists(name)
	}
	if err != nil { // a stick with FAT has no links: there a file that comes just then is replaced
		if _, there := os.Lstat(name); there == nil {
			return exists(name)
		}
		err = os.Rename(tmp, name)
	}
	if err != nil {
		return durable.Explain(err)
	}
	return syncDir(filepath.Dir(name))
}

// syncDir puts the names in a directory on the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return durable.Explain(err)
	}
	return durable.Explain(errors.Join(d.Sync(), d.Close()))
}

// packer writes the archive.
type packer struct {
	ctx  context.Context
	dir  string
	made time.Time
	t    *tar.Writer
	sums strings.Builder
}

func (p *packer) pack(about Contents, settings []byte, c *cut) error {
	text, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	if err := p.bytes(contentsFile, append(text, '\n'), 0o600); err != nil {
		return err
	}
	if settings != nil {
		if err := p.bytes(settingsFile, settings, 0o600); err != nil {
			return err
		}
	}
	for _, m := range c.members {
		if err := p.member(m); err != nil {
			return message.Errorf("saving %s: %w", m.name, err)
		}
	}
	if err := p.bytes(sumsFile, []byte(p.sums.String()), 0o600); err != nil {
		return err
	}
	return p.t.Close()
}

func (p *packer) member(m member) error {
	name := stateDir + "/" + m.name
	mode := int64(m.info.Mode().Perm())
	switch {
	case m.info.IsDir():
		return p.t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: top + "/" + name + "/", Mode: mode, ModTime: p.made, Format: tar.FormatPAX})
	case m.data != nil:
		return p.bytes(name, m.data, mode)
	}
	f, err := m.open(p.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return p.file(name, f, m.info.Size(), mode)
}

func (p *packer) bytes(name string, data []byte, mode int64) error {
	return p.file(name, bytes.NewReader(data), int64(len(data)), mode)
}

// file adds a file, and its line to the sums.
func (p *packer) file(name string, r io.Reader, size, mode int64) error {
	if err := p.t.WriteHeader(&tar.Header{Name: top + "/" + name, Size: size, Mode: mode, ModTime: p.made, Format: tar.FormatPAX}); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(p.t, sum), interrupt.Reader(p.ctx, r)); err != nil {
		return err
	}
	fmt.Fprintf(&p.sums, "%x  %s\n", sum.Sum(nil), name)
	return nil
}
