package archive

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"rasure/certify/audit"
	"rasure/cmd/message"
)

// IsZip reports whether a bundle of that name is a zip archive, which every computer opens.
func IsZip(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

func (a *archive) openZip() error {
	z, err := zip.NewReader(a.file, a.file.Size())
	if err != nil {
		return err
	}
	return a.addZip(z)
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
		m.data, err = io.ReadAll(io.LimitReader(r, m.size+1)) // package zip compares size and checksum at the end
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}
