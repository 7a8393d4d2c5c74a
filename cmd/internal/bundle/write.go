// Package bundle is a bundle of package audit as one file: a tar archive, compressed with zstd, or a zip archive.
package bundle

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"rasure/certify/audit"
	"rasure/cmd/internal/archive"
	"rasure/cmd/internal/fault"
)

// Write packs into a temporary file next to the bundle and gives it the name only when it is complete. It replaces nothing.
func Write(name string, b *audit.Bundle) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	defer f.Close()
	write, dir := pack, strings.TrimSuffix(filepath.Base(name), ".tar.zst")
	if archive.IsZip(name) {
		write, dir = packZip, strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	if err := write(f, dir, b); err != nil {
		return err
	}
	perm := fs.FileMode(0o644)
	if b.Private {
		perm = 0o600
	}
	if err := errors.Join(f.Chmod(perm), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		err = fault.Refusef("%s already exists", name)
	}
	return err
}

// pack writes a compressed tar archive whose files are below one directory: the same bytes each time.
func pack(w io.Writer, dir string, b *audit.Bundle) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, f := range b.Files {
		if err := packFile(t, dir, f, b); err != nil {
			return errors.Join(err, z.Close())
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func packFile(t *tar.Writer, dir string, f audit.BundleFile, b *audit.Bundle) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := t.WriteHeader(&tar.Header{Name: dir + "/" + f.Name, Mode: 0o644, Size: f.Size, ModTime: b.Ended.UTC(), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = io.Copy(t, r)
	return err
}
