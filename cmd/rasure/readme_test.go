package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rasure/devices/firmware"
)

// blocks returns the fenced blocks of the README with the given language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		if m[1] == language {
			found = append(found, m[2])
		}
	}
	if len(found) == 0 {
		t.Fatalf("README.md has no block of %q", language)
	}
	return found
}

func TestEveryCommandInTheReadmeIsOne(t *testing.T) {
	t.Parallel()
	n := 0
	for _, block := range blocks(t, "") {
		for line := range strings.Lines(block) {
			words := strings.Fields(line)
			if len(words) < 2 || words[1] != "rasure" {
				t.Errorf("not a command: %q", line)
				continue
			}
			n++
			root := newRootCmd(&app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, host: firmware.Live})
			cmd, rest, err := root.Find(words[2:])
			if err != nil || cmd == root {
				t.Errorf("%q: %v", line, err)
				continue
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("%q: %v", line, err)
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d commands found", n)
	}
}

// The README tells an auditor how to do without us: those very lines are run here.
func TestTheReadmesRecipesVerifyAndFindAFlippedBit(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "openssl", "cmp"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk.img")
	if err := os.WriteFile(disk, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) {
		t.Helper()
		var words strings.Builder
		a := &app{in: strings.NewReader(""), out: &words, err: &words, host: firmware.Live}
		if code := a.run(t.Context(), append(args, "--state", filepath.Join(dir, "state"))); code != 0 {
			t.Fatalf("rasure %v: exit status %d\n%s", args, code, &words)
		}
	}
	do("station", "init", "--name", "demo.example", "--key", "software")
	do("wipe", disk, "--allow-image", "--confirm", "disk.img", "--out", dir)
	certs, err := filepath.Glob(filepath.Join(dir, "*.cert"))
	if err != nil || len(certs) != 1 {
		t.Fatalf("certificates %v, %v", certs, err)
	}
	recipes := strings.Join(blocks(t, "sh"), "\n")
	auditor := func(cert string) error {
		cmd := exec.Command("sh", "-euc", recipes)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "CERT="+cert, "DISK="+disk, "PEM="+filepath.Join(dir, "state", publicKeyFile))
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	if err := auditor(certs[0]); err != nil {
		t.Errorf("the recipes do not verify a good certificate and disk: %v", err)
	}
	signed, err := os.ReadFile(certs[0])
	if err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(dir, "forged")
	if err := os.WriteFile(forged, []byte(strings.Replace(string(signed), `"verified"`, `"Verified"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if auditor(forged) == nil {
		t.Error("the recipes verify a forged certificate")
	}
	image, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	image[len(image)-1] ^= 1
	if err := os.WriteFile(disk, image, 0o600); err != nil {
		t.Fatal(err)
	}
	if auditor(certs[0]) == nil {
		t.Error("the recipes do not find a flipped bit on the disk")
	}
}
