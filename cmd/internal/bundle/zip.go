package bundle

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/message"
)

// isZip reports whether a bundle of that name is a zip archive, which every computer opens.
func isZip(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

// packZip writes a zip archive whose files are below one directory: the same bytes each time. Evidence, mostly films and photographs, is stored as it is.
func packZip(w io.Writer, dir string, b *audit.Bundle) error {
	z := zip.NewWriter(w)
	for _, f := range b.Files {
		method := zip.Deflate
		if strings.HasPrefix(f.Name, audit.EvidenceDir) {
			method = zip.Store
		}
		if err := zipFile(z, &zip.FileHeader{Name: dir + "/" + f.Name, Method: method, Modified: b.Ended.UTC()}, f); err != nil {
			return err
		}
	}
	return z.Close()
}

func zipFile(z *zip.Writer, h *zip.FileHeader, f audit.BundleFile) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	h.SetMode(0o644)
	w, err := z.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return err
}

// openZip reads a zip archive. The caller of [Open] does not close what it returns: the file is open as long as the process runs.
func (a *archive) openZip() (fs.FS, error) {
	file, err := os.Open(a.name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	z, err := zip.NewReader(file, info.Size())
	if err == nil {
		err = a.addZip(z)
	}
	if err != nil && !errors.Is(err, fault.ErrInterrupted) {
		err = fault.NotVerified(message.Errorf("reading the bundle: %w", err))
	}
	if err != nil {
		file.Close()
	}
	return a, err
}

func (a *archive) addZip(z *zip.Reader) error {
	kept := int64(0)
	for _, f := range z.File {
		_, inner, ok := strings.Cut(path.Clean(f.Name), "/")
		switch {
		case f.FileInfo().IsDir():
			continue
		case !f.Mode().IsRegular():
			return message.Errorf("%s is not a regular file", f.Name)
		case !ok || !fs.ValidPath(path.Clean(f.Name)) || a.files[inner] != nil:
			return message.Errorf("%q is not a name of a file in a bundle, or is there twice", f.Name)
		case len(a.files) >= maxMembers || f.UncompressedSize64 > 1<<62:
			return message.Errorf("it has more than %d files", maxMembers)
		}
		m := &member{name: path.Base(inner), full: f.Name, size: int64(f.UncompressedSize64), zip: f}
		a.add(inner, m)
		if strings.HasPrefix(inner, audit.EvidenceDir) {
			continue
		}
		if kept += m.size; kept > maxKept {
			return message.Errorf("its files have more than %d bytes", int64(maxKept))
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		m.data, err = io.ReadAll(interrupt.Reader(a.ctx, io.LimitReader(r, m.size+1))) // package zip compares size and checksum at the end
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}
