package settings

import (
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// maxBytes is far more than settings need.
const maxBytes = 64 << 10

// Read reads a file of settings. That there is none is no error. With an error the settings are empty, except the path.
func Read(path string) (Settings, error) {
	s := Settings{Path: path}
	text, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = s.parse(text)
	}
	if err != nil {
		return Settings{Path: path}, err
	}
	s.Found = true
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
func readFile(path string) ([]byte, error) {
	f, err := durable.OpenFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fault.Usagef("reading the settings: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Usagef("reading the settings: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 || !ours(info) {
		return nil, refuse(path, 0, message.New("users other than root can write this file"), message.Of("check what it says, then run chown root:root %s and chmod 644 %s", path, path))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fault.Usagef("reading the settings: %w", durable.Explain(err))
	}
	if len(text) > maxBytes {
		return nil, refuse(path, 0, message.Errorf("the file is longer than %d bytes", maxBytes), message.Text{})
	}
	return text, nil
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
	for _, k := range meta.Keys() { // in the order of the file, so that the first mistake is reported
		line := lineOf(text, k[0])
		known := find(k.String())
		if known == nil {
			return refuse(s.Path, line, message.Errorf("there is no setting %q", k.String()), nearest(k.String()))
		}
		v, ok := values[known.name].(string)
		if !ok {
			return refuse(s.Path, line, message.Errorf("%s must be a text", known.name), message.Of(`write %s = "..."`, known.name))
		}
		if hint, err := known.set(s, v); err != nil {
			return refuse(s.Path, line, message.Errorf("%s: %w", known.name, err), hint)
		}
		s.given[known.name] = Given{v, line}
	}
	for _, name := range []string{"department", "site"} {
		if g, ok := s.given[name]; ok && s.Organisation == "" {
			return refuse(s.Path, g.Line, message.Errorf("%s needs organisation: a certificate names them together", name), message.Of(`write organisation = "..."`))
		}
	}
	return nil
}

// nearest is the hint about an unknown key.
func nearest(name string) message.Text {
	if near := cli.Nearest(name, Names()); near != "" {
		return message.Of("did you mean %s?", near)
	}
	return message.Of("the settings are %s", strings.Join(Names(), ", "))
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
