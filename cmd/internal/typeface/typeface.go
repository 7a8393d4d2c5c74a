// Package typeface finds a Chinese font for PDF on the system. None comes with rasure.
package typeface

import (
	"errors"
	"io/fs"
	"os"

	"rasure/certify/render/paper"
	"rasure/cmd/internal/fault"
)

// maxFile is larger than any font that Debian has, in bytes.
const maxFile = 64 << 20

// paths are TrueType fonts with Chinese and Latin characters, the best first. Noto CJK is not among them: it has other outlines, which a PDF
// library that subsets TrueType cannot use.
var paths = []string{
	"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", // fonts-wqy-microhei
	"/usr/share/fonts/wqy-microhei/wqy-microhei.ttc", // as other distributions have it
	"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",   // fonts-wqy-zenhei
	"/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc",
	"/usr/share/fonts/truetype/arphic/gbsn00lp.ttf", // fonts-arphic-gbsn00lp: GB 2312 only
}

// Find reads the font file that is named, or the first one of the system if name is empty. It returns nil without an error if the system has
// none: a page in English needs none.
func Find(name string) (*paper.Face, error) {
	if name != "" {
		return read(name)
	}
	for _, p := range paths {
		f, err := read(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return f, err
	}
	return nil, nil
}

func read(name string) (*paper.Face, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fault.Usagef("%s: a font file has at most %d bytes", name, maxFile)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f, err := paper.ParseFace(data)
	if err != nil {
		return nil, fault.Usagef("%s: %w", name, err)
	}
	return f, nil
}

// Explain adds to an error of package paper what to do.
func Explain(err error) error {
	missing := new(paper.MissingError)
	switch {
	case errors.Is(err, paper.ErrNoFace):
		return fault.WithHint(err, "install one: apt-get install fonts-wqy-microhei; or name a TrueType font with --font, or print --html")
	case errors.As(err, &missing):
		return fault.WithHint(err, "name another TrueType font with --font, or print --html, for which the browser chooses the font")
	}
	return err
}
