package bundle

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// PageFile is the name of the page with which a browser verifies.
const PageFile = "rasure-page.html"

// pageDirs are where the package and make install put the page.
var pageDirs = []string{"/usr/local/share/rasure", "/usr/share/rasure"}

const maxPage = 1 << 26

// Page is the page with which a browser verifies. It is no part of this program: it is installed beside it.
type Page []byte

// ReadPage reads the page from a file, or where it is installed if file is "".
func ReadPage(file string) (Page, error) {
	files := []string{file}
	if file == "" {
		files = nil
		for _, dir := range pageDirs {
			files = append(files, filepath.Join(dir, PageFile))
		}
	}
	for _, f := range files {
		text, err := durable.ReadFile(f, maxPage)
		switch {
		case errors.Is(err, fs.ErrNotExist) && file == "":
			continue
		case err != nil:
			return nil, err
		case !bytes.HasPrefix(text, []byte("<!DOCTYPE html>")):
			return nil, fault.Usagef("%s is not the page that verifies in a browser", f)
		}
		return text, nil
	}
	return nil, fault.WithHint(message.Errorf("the page that verifies in a browser is not installed: %s is not in %s", PageFile, pageDirs[len(pageDirs)-1]),
		"install the package rasure-page, or name the file in RASURE_PAGE")
}

// Check refuses to replace another file of that name in a directory, which need not exist.
func (p Page) Check(dir string) error {
	have, err := os.ReadFile(filepath.Join(dir, PageFile))
	if errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(have, p) {
		return nil
	}
	if err == nil {
		err = fault.Refusef("%s already exists, and is another page", filepath.Join(dir, PageFile))
	}
	return err
}

// Put writes the page to a directory.
func (p Page) Put(dir string) error {
	if err := p.Check(dir); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, PageFile), p, 0o644)
}
