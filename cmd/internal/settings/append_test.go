package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAppendBay(t *testing.T) {
	path := write(t, strings.TrimSuffix(full, "\n"))
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	for i, b := range []Bay{{Name: `"3"`, Port: "ata 3"}, {Name: "右4", Port: "ata 4"}} {
		if err := AppendBay(path, b); err != nil {
			t.Fatal(err)
		}
		s, err := Read(path)
		if err != nil || len(s.Bays) != 3+i || s.Bays[2+i].Name != b.Name || s.Bays[2+i].Port != b.Port {
			t.Errorf("%+v, %v", s.Bays, err)
		}
	}
	text, err := os.ReadFile(path)
	if want := full + "\n[[bay]]\nname = \"\\\"3\\\"\"\nport = \"ata 3\"\n\n[[bay]]\nname = \"右4\"\nport = \"ata 4\"\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v, want %q", text, err, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for name, b := range map[string]Bay{"name in use": {Name: "a1", Port: "ata 5"}, "port in use": {Name: "A5", Port: "ata 3"}, "bad port": {Name: "A5", Port: "ata"},
		"bad name": {Name: "A 5", Port: "ata 5"}, "line in a name": {Name: "A\n5", Port: "ata 5"}} {
		if err := AppendBay(path, b); err == nil {
			t.Errorf("%s: appended", name)
		}
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(text) {
		t.Errorf("a bay that was refused changed the file: %q, %v", now, err)
	}
}

// TestAppendBayFirst appends to no file, an empty one, one behind a link, and to what cannot be written.
func TestAppendBayFirst(t *testing.T) {
	a1 := Bay{Name: "A1", Port: "ata 1"}
	dir := t.TempDir()
	fresh, empty, link := filepath.Join(dir, "rasure", "station.toml"), write(t, ""), filepath.Join(dir, "link.toml")
	if err := os.Symlink(empty, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fresh, link} {
		if err := AppendBay(path, a1); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "[[bay]]\nname = \"A1\"\nport = \"ata 1\"\n" {
			t.Errorf("%q, %v", text, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	for name, path := range map[string]string{"null": os.DevNull, "no directory": filepath.Join(dir, "a", "b", "station.toml"), "directory": dir,
		"inline bays": write(t, `bay = [{name = "A2", port = "ata 2"}]`), "not settings": write(t, "zone = 8\n")} {
		if err := AppendBay(path, a1); err == nil {
			t.Errorf("%s: appended", name)
		}
	}
}
