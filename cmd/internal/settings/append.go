package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// AppendBay adds a bay to a file of settings, which it makes if there is none. What is in the file stays as it is; comments too. The file
// is replaced whole or not at all, and only if the new one can be read.
func AppendBay(path string, b Bay) error {
	if path == os.DevNull {
		return message.Errorf("%s is no file that could keep bays: %s names it", path, PathVariable)
	}
	perm := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		perm = info.Mode().Perm()
	}
	text, _, err := readFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	more := fmt.Sprintf("[[bay]]\nname = %q\nport = %q\n", b.Name, b.Port)
	if len(text) > 0 {
		more = strings.TrimSuffix("\n", string(text[len(text)-1:])) + "\n" + more
	}
	text = append(text, more...)
	if err := (&Settings{Path: path}).parse(text); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return durable.Explain(err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the file that a link leads to, and not the link
	}
	return durable.WriteFile(path, text, perm)
}
