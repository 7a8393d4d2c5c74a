package settings

import (
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suggest"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// maxBytes is far more than settings need.
const maxBytes = 64 << 10

// Read reads a file of settings. That there is none is no error. With an error the settings are empty, except the path.
func Read(path string) (Settings, error) {
	s := Settings{Path: path}
	text, info, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = s.parse(text)
	}
	if err != nil {
		return Settings{Path: path}, err
	}
	s.Found, s.file = true, info
	return s, nil
}

// refuse is the error for a mistake in a file. Line 0 is the whole file.
func refuse(path string, line int, err error, hint message.Text) error {
	if line > 0 {
		err = message.Errorf("settings %s, line %d: %w", path, line, err)
	} else {
		err = message.Errorf("settings %s: %w", path, err)
	}
	if hint.IsZero() {
		return fault.Usage(err)
	}
	return fault.WithHint(fault.Usage(err), "%s", hint)
}

// readFile reads a file that only root, or the user who runs this process, may write: what it says gets onto certificates and chooses
// the directory to which a process of root writes.
func readFile(path string) ([]byte, fs.FileInfo, error) {
	f, err := durable.OpenFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, fault.Usagef("reading the settings: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fault.Usagef("reading the settings: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 || !ours(info) {
		return nil, nil, refuse(path, 0, message.New("users other than root can write this file"), message.Of("check what it says, then run chown root:root %s and chmod 644 %s", path, path))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, nil, fault.Usagef("reading the settings: %w", durable.Explain(err))
	}
	if len(text) > maxBytes {
		return nil, nil, refuse(path, 0, message.Errorf("the file is longer than %d bytes", maxBytes), message.Text{})
	}
	return text, info, nil
}

func (s *Settings) parse(text []byte) error {
	var values map[string]any
	meta, err := toml.Decode(string(text), &values)
	if err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return refuse(s.Path, at.Position.Line, message.Errorf("this is not TOML: %s", at.Message), message.Of(`write each setting on a line of its own: organisation = "..."`))
		}
		return refuse(s.Path, 0, message.Errorf("this is not TOML: %w", err), message.Text{})
	}
	s.given = map[string]Given{}
	read := map[string]bool{}       // tables
	for _, k := range meta.Keys() { // in the order of the file, so that the first mistake is reported
		line := lineOf(text, k[0])
		if parse := s.tables(k[0]); parse != nil {
			if read[k[0]] {
				continue // the first key has read them all
			}
			read[k[0]] = true
			in := func(n int, key string) int { return tableLineOf(text, k[0], n, key) }
			if line, hint, err := parse(values[k[0]], in); err != nil {
				return refuse(s.Path, line, err, hint)
			}
			continue
		}
		known := find(keys, k.String())
		if known == nil {
			return refuse(s.Path, line, message.Errorf("there is no setting %q", k.String()), nearest(k.String(), keys))
		}
		v := values[known.name]
		if hint, err := known.set(s, v); err != nil {
			return refuse(s.Path, line, err, hint)
		}
		s.given[known.name] = Given{shown(v), line}
	}
	if name, hint, err := s.checkTogether(); err != nil {
		return refuse(s.Path, s.given[name].Line, err, hint)
	}
	return nil
}

// nearest is the hint about an unknown key.
func nearest[T any](name string, keys []key[T]) message.Text {
	all := []string{}
	for _, k := range keys {
		all = append(all, k.name)
	}
	if near := suggest.Nearest(name, all); near != "" {
		return message.Of("did you mean %s?", near)
	}
	return message.Of("the settings are %s", strings.Join(all, ", "))
}

// lineOf returns the line at which a key of the topmost level is set, or its table begins; 0 if it is not found, as with a key that is
// written with escapes. Package toml does not report places of keys.
func lineOf(text []byte, key string) int {
	at := regexp.MustCompile(`(?m)^[ \t]*\[*[ \t]*["']?` + regexp.QuoteMeta(key) + `["']?[ \t]*[\].=]`).FindIndex(text)
	if at == nil {
		return 0
	}
	return 1 + strings.Count(string(text[:at[0]]), "\n")
}

// tables returns what reads all tables of that name; nil for another setting.
func (s *Settings) tables(name string) func(v any, lineOf func(n int, key string) int) (line int, hint message.Text, err error) {
	switch name {
	case "bay":
		return s.parseBays
	case "bridge":
		return s.parseBridges
	}
	return nil
}

// tablesOf returns the tables of a setting that is written [[...]], or as a list of inline tables.
func tablesOf(v any) (tables []map[string]any, ok bool) {
	tables, ok = v.([]map[string]any)
	inline, _ := v.([]any)
	for _, one := range inline {
		table, is := one.(map[string]any)
		tables, ok = append(tables, table), is && (ok || len(tables) == 0)
	}
	return tables, ok
}

// heading begins a table.
var heading = regexp.MustCompile(`(?m)^[ \t]*\[+[ \t]*["']?([^"'\s\]]*)`)

// tableLineOf returns the line at which a key of the table n of a name is set, the table's first line if the key is not found or "", or as
// lineOf.
func tableLineOf(text []byte, table string, n int, key string) int {
	from, to := -1, len(text)
	for _, at := range heading.FindAllSubmatchIndex(text, -1) {
		if from >= 0 {
			to = at[0]
			break
		}
		if string(text[at[2]:at[3]]) == table {
			if n--; n < 0 {
				from = at[0]
			}
		}
	}
	if from < 0 {
		return lineOf(text, table)
	}
	first := 1 + strings.Count(string(text[:from]), "\n")
	if key == "" {
		return first
	}
	if line := lineOf(text[from:to], key); line > 0 {
		return first + line - 1
	}
	return first
}
