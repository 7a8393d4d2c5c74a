package station

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestToolUpgraded runs a copy of this test, which puts another file in the place of its own program, as an upgrade of a package does.
func TestToolUpgraded(t *testing.T) {
	if name := os.Getenv("STATION_TEST_UPGRADE"); name != "" {
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
		tool, err := Tool()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("runs", tool.BinarySHA256)
		return
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "program")
	for name, text := range map[string][]byte{copied: program, copied + ".new": []byte("the next version")} {
		if err := os.WriteFile(name, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(copied, "-test.run", "^TestToolUpgraded$", "-test.v")
	cmd.Env = append(os.Environ(), "STATION_TEST_UPGRADE="+copied)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sum := sha256.Sum256(program)
	if want := "runs " + hex.EncodeToString(sum[:]); !strings.Contains(string(out), want) {
		t.Errorf("got\n%swant %s", out, want)
	}
}

func TestReleaseOf(t *testing.T) {
	for version, want := range map[string]string{
		"v0.1.0":                               "v0.1.0",
		"v0.2.0-rc1":                           "v0.2.0-rc1",
		"(devel)":                              "",
		"":                                     "",
		"v0.0.0-20261130090948-6c2366fcd513":   "",
		"v0.1.1-0.20261130090948-6c2366fcd513": "",
		"v0.1.0+dirty":                         "",
		"v0.1.1-0.20261130090948-6c2366fcd513+dirty": "",
	} {
		if got := releaseOf(version); got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
}
