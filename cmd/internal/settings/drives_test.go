package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/devices"
)

// TestDrives: the office's rows apply as those of rasure do, and none can permit anything.
func TestDrives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	settings := filepath.Join(dir, "station.toml")
	if all, err := Drives(settings); err != nil || all != nil {
		t.Errorf("without a file: %v, %v", all, err)
	}
	read := func(text string) ([]devices.Known, error) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, DrivesName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Drives(settings)
	}
	all, err := read(`[[drive]]
kind = "refuses"
models = ["Acme *9000"]
what = "its own erase left data in our test"
source = "our test of 2026-10-02"

[[drive]]
kind = "trouble"
bridge = "152D:0578"
what = "it hangs"
source = "our test"
`)
	if err != nil || len(all) != 2 || all[0].Models[0] != "ACME *9000" || len(all[0].Methods) != len(devices.Methods()) || all[1].Bridge != "152d:0578" || all[1].Methods != nil {
		t.Errorf("%+v, %v", all, err)
	}
	const rest = "what = \"w\"\nsource = \"s\"\n"
	for text, want := range map[string]string{
		"kind = \"native-high\"\nmodels = [\"A\"]\n" + rest:                                 "unknown kind",
		"kind = \"allows\"\nmodels = [\"A\"]\n" + rest:                                      "unknown kind",
		"kind = \"trouble\"\n" + rest:                                                       "names no models",
		"kind = \"trouble\"\nmodels = [\"*\"]\n" + rest:                                     "matches every drive",
		"kind = \"trouble\"\nmodels = [\"A\"]\nmethods = [\"nvme-format-user\"]\n" + rest:   "do not belong",
		"kind = \"refuses\"\nmodels = [\"A\"]\nmethods = [\"x\"]\n" + rest:                  "unknown method",
		"kind = \"outdated\"\nmodels = [\"A\"]\n" + rest:                                    "oldest belongs",
		"kind = \"trouble\"\nbridge = \"152d\"\n" + rest:                                    "malformed bridge",
		"kind = \"trouble\"\nmodels = [\"A\"]\nwhat = \"w\"\n":                              "the source",
		"kind = \"trouble\"\nmodels = [\"A\"]\nunless = true\n" + rest:                      "unknown key",
		"kind = \"trouble\"\nmodels = [\"A\"]\n" + rest + "[[model]]\nkind = \"trouble\"\n": "unknown key",
	} {
		if _, err := read("[[drive]]\n" + text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
