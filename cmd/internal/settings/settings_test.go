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
	"rasure/cmd/internal/heat"
	"rasure/cmd/message"
	"rasure/wipe"
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
operator = "Wang Wei"
operators = ["Wang Wei", "Li Na"]
out = "/srv/certificates"
policy = "/etc/rasure/policy.toml"
paper = "letter"
logo = "/etc/rasure/logo.png"
address = "解放路 12 号"
pause_above = 55
give_up = "8h"
give_up_hour = "never"
report = "/srv/reports"
sync = "/mnt/stick"
hook = "/srv/hook"
then = "spin-down"

[[bay]]
name = "A1"
port = "usb 1-2.3"

  [[ bay ]] # the lower row
port = "enclosure 500304801f2e3a3f slot 4"
name = "左2"
intake = true
level = "purge"
countdown = 45
`

func TestRead(t *testing.T) {
	path := write(t, full)
	s, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Organisation != "市档案馆" || s.Department != "Media room" || s.Site != "Building 3" || s.Zone != "Asia/Shanghai" || s.Language != message.Chinese ||
		s.Operator != "Wang Wei" || !slices.Equal(s.Operators, []string{"Wang Wei", "Li Na"}) || s.Paper != "letter" || s.Logo != "/etc/rasure/logo.png" || s.Address != "解放路 12 号" || s.PauseAbove != (heat.Limit{Celsius: 55}) || s.GiveUp != (wipe.GiveUp{Total: 8 * time.Hour, PerHour: -1}) ||
		s.Report != "/srv/reports" || s.Sync != "/mnt/stick" || s.Hook != "/srv/hook" || s.Then != "spin-down" ||
		s.Out != "/srv/certificates" || s.Policy != "/etc/rasure/policy.toml" || s.Path != path || !s.Found {
		t.Errorf("%+v", s)
	}
	if org := s.Org(); org == nil || *org != (statement.Org{Organisation: "市档案馆", Department: "Media room", Site: "Building 3"}) {
		t.Errorf("Org: %+v", org)
	}
	for i, name := range Names() {
		want := []int{2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}[i]
		if g, ok := s.Given(name); !ok || g.Line != want || g.Text == "" {
			t.Errorf("%s: %+v, %v, want line %d", name, g, ok, want)
		}
	}
}

func TestBays(t *testing.T) {
	s, err := Read(write(t, full))
	if err != nil || len(s.Bays) != 2 {
		t.Fatalf("%+v, %v", s.Bays, err)
	}
	if got, want := s.Bays[0], (Bay{Name: "A1", Port: "usb 1-2.3", Line: 23}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	b := s.Bays[1]
	if b.Name != "左2" || b.Port != "enclosure 500304801f2e3a3f slot 4" || b.Line != 27 || b.Intake == nil ||
		*b.Intake != (Intake{wipe.PlanOptions{Level: wipe.Purge, Verify: wipe.Full}, 45 * time.Second}) {
		t.Errorf("%+v", b)
	}
	for i, want := range []string{"usb 1-2.3", "enclosure 500304801f2e3a3f slot 4, intake: purge, default scheme, verify full, countdown 45s"} {
		if got := s.Bays[i].String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	inline := `bay = [{name = "A1", port = "usb 1-2"}, {name = "A2", port = "usb 1-3", intake = true}]`
	if s, err := Read(write(t, inline)); err != nil || len(s.Bays) != 2 || s.Bays[1].Intake.Countdown != 30*time.Second {
		t.Errorf("%+v, %v", s.Bays, err)
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

const a1 = "[[bay]]\nname = \"A1\"\nport = \"ata 1\"\n"

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
		"operators":       {"operators = \"a\"\n", "line 1: operators must be a list of texts", `write operators = ["...", "..."]`},
		"operators mixed": {"operators = [\"a\", 1]\n", "line 1: operators must be a list of texts", ""},
		"operators twice": {"operators = [\"a\", \"a\"]\n", `line 1: operators: "a" is in it twice`, ""},
		"no operator":     {"operator = \"c\"\noperators = [\"a\", \"b\"]\n", `line 1: operator: "c" is not one of the operators`, "the operators are a, b"},
		"paper":           {"paper = \"A3\"\n", `line 1: paper: "A3" is not one of its values`, "write one of A4, letter"},
		"pause_above":     {"pause_above = true\n", `line 1: pause_above must be "limit", "never", or a temperature from 40 to 100`, "write pause_above = 55"},
		"give_up":         {"give_up = 45\n", "line 1: give_up must be a text", ""},
		"give_up 0":       {"give_up = \"0s\"\n", `line 1: give_up: "0s" is not a time`, `write a time such as "45m" or "6h", or "never"`},
		"give_up_hour":    {"give_up_hour = \"soon\"\n", `line 1: give_up_hour: "soon" is not a time`, ""},
		"pause_above 39":  {"pause_above = 39\n", "line 1: pause_above must be", ""},
		"pause_above 101": {"pause_above = 101\n", "line 1: pause_above must be", ""},
		"pause_above hot": {"pause_above = \"hot\"\n", "line 1: pause_above must be", ""},
		"then":            {"then = \"reboot\"\n", `line 1: then: "reboot" is not one of its values`, "write one of none, poweroff, spin-down"},
		"sync":            {"sync = \"stick\"\n", `line 1: sync: "stick" is not an absolute path`, ""},
		"hook":            {"hook = \"x\"\n", `line 1: hook: "x" is not an absolute path`, ""},
		"report":          {"report = \"x\"\n", `line 1: report: "x" is not an absolute path`, ""},
		"bay text":        {"bay = \"A1\"\n", "line 1: bay must be a table for each bay", "write [[bay]]"},
		"bay list":        {"bay = [1]\n", "line 1: bay must be a table for each bay", ""},
		"bay list mixed":  {"bay = [{name = \"A1\", port = \"ata 1\"}, 1]\n", "line 1: bay must be a table for each bay", ""},
		"bay table":       {"\n[bay]\nname = \"A1\"\n", "line 2: bay must be a table for each bay", ""},
		"bay key":         {a1 + "nmae = \"A1\"\n", `line 4: a bay has no setting "nmae"`, "did you mean name?"},
		"bay out":         {a1 + "out = \"/srv\"\n", `line 4: a bay has no setting "out"`, "write it above the first [[bay]]"},
		"bay number":      {"[[bay]]\nname = 1\nport = \"ata 1\"\n", "line 2: name must be a text", ""},
		"bay no name":     {"zone = \"UTC\"\n[[bay]]\nport = \"ata 1\"\n", "line 2: the bay has no name", `write name = "..."`},
		"bay no port":     {"[[bay]]\nname = \"A1\"\n", "line 1: the bay has no port", `write port = "..."`},
		"bay long name":   {"[[bay]]\nname = \"0123456789abc\"\nport = \"ata 1\"\n", `line 2: name: "0123456789abc" has more than 12 characters`, ""},
		"bay with spaces": {"[[bay]]\nname = \"A 1\"\nport = \"ata 1\"\n", `line 2: name: "A 1" has more`, ""},
		"bay port":        {"[[bay]]\nname = \"A1\"\nport = \"usb1\"\n", `line 3: port: "usb1" is not the name of a port`, "rasure bay list"},
		"bays one port":   {a1 + "[[bay]]\nname = \"A2\"\nport = \"ata 1\"\n", `line 6: the bay "A1" has the port "ata 1", too, at line 1`, ""},
		"bays one name":   {a1 + "[[bay]]\nname = \"a1\"\nport = \"ata 2\"\n", `line 5: another bay has the name "a1", at line 1`, ""},
		"intake text":     {a1 + "intake = \"yes\"\n", "line 4: intake must be true or false", ""},
		"plan, no intake": {a1 + "level = \"purge\"\n", "line 4: level is only for the intake mode", "write intake = true"},
		"intake off":      {a1 + "intake = false\nverify = \"full\"\n", "line 5: verify is only for the intake mode", ""},
		"intake level":    {a1 + "intake = true\nlevel = \"destroy\"\n", `line 5: level: unknown level "destroy"`, ""},
		"intake scheme":   {a1 + "intake = true\nscheme = \"gutman\"\n", `line 5: scheme: unknown scheme "gutman"`, "rasure plan --schemes"},
		"intake verify":   {a1 + "intake = true\nverify = \"half\"\n", `line 5: verify: unknown verification "half"`, ""},
		"intake purge":    {a1 + "intake = true\nlevel = \"purge\"\nverify = \"none\"\n", `line 6: after a purge the whole disk is read back, not "none"`, ""},
		"countdown 9":     {a1 + "intake = true\ncountdown = 9\n", "line 5: countdown must be a number of seconds from 10 to 600", ""},
		"countdown 601":   {a1 + "intake = true\ncountdown = 601\n", "line 5: countdown must be a number", ""},
		"countdown text":  {a1 + "intake = true\ncountdown = \"30\"\n", "line 5: countdown must be a number", ""},
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
		if len(s.given) > 0 || s.Found || s.Organisation != "" || s.Zone != "" || s.Bays != nil || s.Path != path {
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
