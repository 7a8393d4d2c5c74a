package message

import (
	"io/fs"
	"strings"
)

// readCatalog reads all files of a catalog, one an area: an English format on a line, and its translation behind a tab on the next one. \\n is a line
// break. A test finds a line that is in the wrong place, and an English format that is there twice.
func readCatalog(files fs.FS) map[string]string {
	all := map[string]string{}
	eachPair(files, func(_ string, en, zh string) { all[en] = zh })
	return all
}

// eachPair calls f for each pair of lines, with the name of its file. A line without its partner comes with an empty one.
func eachPair(files fs.FS, f func(file, en, zh string)) {
	names, _ := fs.Glob(files, "*.txt")
	for _, name := range names {
		text, _ := fs.ReadFile(files, name)
		en := ""
		for line := range strings.Lines(string(text)) {
			line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), `\n`, "\n")
			translated, ok := strings.CutPrefix(line, "\t")
			switch {
			case line == "" || strings.HasPrefix(line, "#"):
			case ok:
				f(name, en, translated)
				en = ""
			case en != "":
				f(name, en, "")
				en = line
			default:
				en = line
			}
		}
		if en != "" {
			f(name, en, "")
		}
	}
}
