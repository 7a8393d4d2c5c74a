package bundle

import (
	"archive/zip"
	"io"
	"strings"

	"rasure/certify/audit"
)

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
