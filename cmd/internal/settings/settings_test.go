package settings

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "station.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const full = `# the archive
organisation = "市档案馆"
department = "Media room"

site = 'Building 3' # a comment
zone = "Asia/Shanghai"
language = "zh"
out = "/srv/certificates"
policy = "/etc/rasure/policy.toml"
`

func TestRead(t *testing.T) {
	path := write(t, full)
	s, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Organisation != "市档案馆" || s.Department != "Media room" || s.Site != "Building 3" || s.Zone != "Asia/Shanghai" || s.Language != message.Chinese ||
		s.Out != "/srv/certificates" || s.Policy != "/etc/rasure/policy.toml" || s.Path != path || !s.Found {
		t.Errorf("%+v", s)
	}
	if org := s.Org(); org == nil || *org != (statement.Org{Organisation: "市档案馆", Department: "Media room", Site: "Building 3"}) {
		t.Errorf("Org: %+v", org)
	}
	for i, name := range Names() {
		want := []int{2, 3, 5, 6, 7, 8, 9}[i]
		if g, ok := s.Given(name); !ok || g.Line != want || g.Text == "" {
			t.Errorf("%s: %+v, %v, want line %d", name, g, ok, want)
		}
	}
}

// TestReadNone reads no file, an empty one, and /dev/null.
func TestReadNone(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "station.toml")
	s, err := Read(missing)
	if err != nil || s.Found || s.Org() != nil || s.Path != missing {
		t.Errorf("missing: %+v, %v", s, err)
	}
	if s, err = Read(write(t, "# nothing yet\n")); err != nil || !s.Found || s.Org() != nil {
		t.Errorf("empty: %+v, %v", s, err)
	}
	named := func(path string) func(string) string {
		return func(name string) string {
			if name != PathVariable {
				t.Errorf("asks for %s", name)
			}
			return path
		}
	}
	if s, err = FromEnvironment(named(os.DevNull)); err != nil || s.Found {
		t.Errorf("/dev/null: %+v, %v", s, err)
	}
	if s, err = FromEnvironment(named(write(t, full))); err != nil || s.Zone != "Asia/Shanghai" {
		t.Errorf("named: %+v, %v", s, err)
	}
	if _, err = FromEnvironment(named(missing)); err == nil || fault.Code(err) != fault.BadUsage {
		t.Errorf("a file that RASURE_SETTINGS names and that is missing: %v", err)
	}
	if s, _ = FromEnvironment(named("")); s.Path != DefaultPath {
		t.Errorf("not named: %q", s.Path)
	}
}

// TestRefused has a row for everything that makes a file no settings.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want, hint string }{
		"unknown key":     {"zone = \"UTC\"\nsiet = \"x\"\n", `line 2: there is no setting "siet"`, "did you mean site?"},
		"far key":         {"nosuchthing = 1\n", `line 1: there is no setting "nosuchthing"`, "the settings are organisation, department, "},
		"other case":      {"Zone = \"UTC\"\n", `line 1: there is no setting "Zone"`, "did you mean zone?"},
		"table":           {"\n[bench]\nbays = 4\n", `line 2: there is no setting "bench"`, "the settings are"},
		"key in a table":  {"[other]\nzone = \"UTC\"\n", `line 1: there is no setting "other"`, ""},
		"dotted key":      {"zone.name = \"UTC\"\n", `line 1: there is no setting "zone.name"`, ""},
		"number":          {"zone = 8\n", "line 1: zone must be a text", `write zone = "..."`},
		"list":            {"organisation = [\"a\"]\n", "line 1: organisation must be a text", ""},
		"no quotes":       {"zone = UTC\n", "line 1: this is not TOML", "on a line of its own"},
		"twice":           {"site = \"a\"\nsite = \"b\"\n", "line 2: this is not TOML", ""},
		"not UTF-8":       {"organisation = \"\xff\"\n", "line 1: this is not TOML", ""},
		"empty":           {"organisation = \"\"\n", "line 1: organisation: it is empty", "leave the line out"},
		"newline":         {"organisation = \"a\\nb\"\n", "line 1: organisation: the character U+000A is not allowed", ""},
		"escape":          {"organisation = \"a\\u001B[2J\"\n", "line 1: organisation: the character U+001B is not allowed", ""},
		"direction":       {"organisation = \"a\\u202Eb\"\n", "line 1: organisation: the character U+202E is not allowed", ""},
		"private use":     {"organisation = \"\ue000\"\n", "line 1: organisation: U+E000 is a private-use character", ""},
		"long text":       {"organisation = \"" + strings.Repeat("x", 1001) + "\"\n", "line 1: organisation: it has 1001 bytes", ""},
		"department":      {"organisation = \"a\"\ndepartment = \"\\u200B\"\n", "line 2: department: the character U+200B", ""},
		"site":            {"organisation = \"a\"\nsite = \"\"\n", "line 2: site: it is empty", ""},
		"site alone":      {"site = \"a\"\n", "line 1: site needs organisation", `write organisation = "..."`},
		"department only": {"zone = \"UTC\"\ndepartment = \"a\"\n", "line 2: department needs organisation", ""},
		"zone":            {"zone = \"Asia/Peking\"\n", `line 1: zone: there is no time zone "Asia/Peking"`, "Asia/Shanghai"},
		"no zone":         {"zone = \"\"\n", `line 1: zone: there is no time zone ""`, ""},
		"zone CST":        {"zone = \"CST\"\n", `line 1: zone: there is no time zone "CST"`, ""},
		"zone Local":      {"zone = \"Local\"\n", `line 1: zone: there is no time zone "Local"`, ""},
		"zone localtime":  {"zone = \"localtime\"\n", `line 1: zone: there is no time zone "localtime"`, ""},
		"zone right/":     {"zone = \"right/Asia/Shanghai\"\n", `line 1: zone: there is no time zone "right/Asia/Shanghai"`, ""},
		"zone file":       {"zone = \"../../etc/passwd\"\n", `line 1: zone: there is no time zone`, ""},
		"language":        {"language = \"fr\"\n", `line 1: language: rasure does not know the language "fr"`, "write en or zh"},
		"out":             {"out = \"certificates\"\n", `line 1: out: "certificates" is not an absolute path`, "write the path from / on"},
		"out empty":       {"out = \"\"\n", "line 1: out: it is empty", ""},
		"policy":          {"policy = \"~/policy.toml\"\n", `line 1: policy: "~/policy.toml" is not an absolute path`, ""},
		"long file":       {"#" + strings.Repeat("x", maxBytes), "the file is longer than 65536 bytes", ""},
	} {
		path := write(t, c.text)
		s, err := Read(path)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		hint, _ := fault.HintOf(err)
		if !strings.HasPrefix(err.Error(), "settings "+path) || !strings.Contains(err.Error(), c.want) || !strings.Contains(hint.String(), c.hint) || fault.Code(err) != fault.BadUsage {
			t.Errorf("%s: %v; hint: %s; exit status %d", name, err, hint, fault.Code(err))
		}
		if len(s.given) > 0 || s.Found || s.Organisation != "" || s.Zone != "" || s.Path != path {
			t.Errorf("%s: a part is kept: %+v", name, s)
		}
	}
	if s, err := Read(write(t, "#"+strings.Repeat("x", maxBytes-1))); err != nil || !s.Found {
		t.Errorf("64 KiB: %v", err)
	}
}

// TestZones takes zones of several kinds.
func TestZones(t *testing.T) {
	for _, zone := range []string{"UTC", "Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT-8"} {
		if hint, err := checkZone(zone); err != nil || !hint.IsZero() {
			t.Errorf("%s: %v", zone, err)
		}
	}
}

func TestNames(t *testing.T) {
	all := Names()
	slices.Sort(all)
	if len(slices.Compact(all)) != len(keys) {
		t.Error("a setting is in the table twice")
	}
}

func TestLocation(t *testing.T) {
	s := Settings{Zone: "Asia/Shanghai"}
	if got := s.OffsetMinutes(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)); got != 480 {
		t.Errorf("Shanghai is %d minutes east of UTC, want 480", got)
	}
	if got := (&Settings{}).Location(); got != time.Local {
		t.Errorf("without a zone it is %v", got)
	}
}
