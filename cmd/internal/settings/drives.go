package settings

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"rasure/cmd/message"
	"rasure/devices"
)

// DrivesName is the file, beside the settings, with what the office knows of drives, adapters and bridges.
const DrivesName = "drives.toml"

// driveRow is a row of that file. Every kind warns or forbids: a file cannot take back what the tables of rasure say.
type driveRow struct {
	Kind     string   `toml:"kind"`
	Models   []string `toml:"models"`
	Firmware string   `toml:"firmware"`
	Oldest   string   `toml:"oldest"`
	Adapter  string   `toml:"adapter"`
	Bridge   string   `toml:"bridge"`
	Methods  []string `toml:"methods"`
	What     string   `toml:"what"`
	Source   string   `toml:"source"`
}

// driveKinds are the kinds that a file may have.
var driveKinds = []devices.KnownKind{devices.Trouble, devices.Refuses, devices.Outdated, devices.RAIDVolume, devices.KeepsMax}

var bridgeForm = regexp.MustCompile(`^[0-9a-f]{4}:[0-9a-f]{4}$`)

// Drives reads the file of drives that is beside the settings at path. That there is none is no error.
func Drives(path string) ([]devices.Known, error) {
	if path == "" || !filepath.IsAbs(path) || filepath.Dir(path) == "/dev" { // /dev/null is a file without settings
		return nil, nil
	}
	path = filepath.Join(filepath.Dir(path), DrivesName)
	text, _, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := parseDrives(string(text))
	if err != nil {
		return nil, refuse(path, 0, err, message.Text{})
	}
	return all, nil
}

func parseDrives(text string) (all []devices.Known, err error) {
	var file struct {
		Drive []driveRow `toml:"drive"`
	}
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, message.Errorf("unknown key %q", unknown[0].String())
	}
	for i, r := range file.Drive {
		k, err := r.known()
		if err != nil {
			return nil, message.Errorf("drive %d: %w", i+1, err)
		}
		all = append(all, k)
	}
	return all, nil
}

// known checks a row. A row that matches every drive is refused, and so is one that says nothing.
func (r driveRow) known() (devices.Known, error) {
	k := devices.Known{Kind: devices.KnownKind(r.Kind), Firmware: strings.ToUpper(r.Firmware), Oldest: strings.ToUpper(r.Oldest), Adapter: r.Adapter, Bridge: strings.ToLower(r.Bridge),
		What: message.Of("%s", devices.Printable(r.What)), Source: devices.Printable(r.Source)}
	for _, m := range r.Models {
		if strings.Trim(m, "* ") == "" {
			return k, message.New("a model that matches every drive")
		}
		k.Models = append(k.Models, strings.ToUpper(m))
	}
	forbids := k.Kind == devices.Refuses || k.Kind == devices.Outdated
	for _, m := range r.Methods {
		if !slices.Contains(devices.Methods(), devices.MethodID(m)) {
			return k, message.Errorf("unknown method %q", m)
		}
		k.Methods = append(k.Methods, devices.MethodID(m))
	}
	if forbids && len(k.Methods) == 0 { // all of them
		k.Methods = devices.Methods()
	}
	switch {
	case !slices.Contains(driveKinds, k.Kind):
		return k, message.Errorf("unknown kind %q", r.Kind)
	case len(k.Models) == 0 && k.Adapter == "" && k.Bridge == "":
		return k, message.New("it names no models, no adapter and no bridge")
	case k.Bridge != "" && !bridgeForm.MatchString(k.Bridge):
		return k, message.Errorf("malformed bridge %q: want VID:PID, as in 152d:0562", r.Bridge)
	case (k.Kind == devices.Outdated) != (k.Oldest != ""):
		return k, message.Errorf("oldest belongs to the kind %q, and only to that", string(devices.Outdated))
	case len(k.Methods) > 0 && !forbids:
		return k, message.Errorf("methods do not belong to the kind %q", r.Kind)
	case r.What == "" || r.Source == "":
		return k, message.New("it needs what is known, and the source")
	}
	return k, nil
}
