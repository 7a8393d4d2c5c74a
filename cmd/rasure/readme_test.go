package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/settings"
	"rasure/devices/firmware"
)

// english and chinese are the READMEs.
const (
	english = "../../README.md"
	chinese = "README.zh-CN.md"
)

// readmeBlocks returns the fenced blocks of a README with the given words behind the fence.
func readmeBlocks(t *testing.T, name, words string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, m := range regexp.MustCompile("(?ms)^```([a-z ]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		if m[1] == words {
			found = append(found, m[2])
		}
		if !strings.Contains("sh image, sh station, sh lab, sh verify, sh package, sh download, sh release, text, toml", m[1]) || m[1] == "" {
			t.Errorf("%s has a block %q, which no test runs", name, m[1])
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no block %q", name, words)
	}
	return found
}

// TestReadme runs the commands of the READMEs as they are written. Those that need a TPM and a disk are run by the laboratory, in its part
// readme, and those that install a package and sign a release by .ci/packages.
func TestReadme(t *testing.T) {
	t.Parallel()
	t.Run("commands exist", func(t *testing.T) {
		t.Parallel()
		commandsExist(t, english, 25, "sh image", "sh lab", "sh package")
		commandsExist(t, chinese, 25, "sh image", "sh lab", "sh package")
	})
	t.Run("commands in sentences exist", func(t *testing.T) {
		t.Parallel()
		commandsInSentences(t, english, 70)
		commandsInSentences(t, chinese, 70)
	})
	t.Run("practice session", func(t *testing.T) {
		t.Parallel()
		session(t, english, "sh image", "good: entry 2 of", "prepared", "verified", "medium     S-2026-017")
	})
	t.Run("practice session in Chinese", func(t *testing.T) {
		t.Parallel()
		session(t, chinese, "sh image", "有效：第 2 条（共 3 条）", "已完成重新启用", "检查报告.html", "载体       密-2026/017，非密")
	})
	t.Run("backup, move, dead TPM", func(t *testing.T) {
		t.Parallel()
		session(t, english, "sh station", "tuesday.tar: OK", "the counter says 4 entries, the log has 2", "the counter is 2 ahead of the log of 2 entries",
			"the counter counted 2 time(s) without entries", "continues  station7.example", "the station is retired")
	})
	t.Run("backup, move, dead TPM in Chinese", func(t *testing.T) {
		t.Parallel()
		session(t, chinese, "sh station", "周二.tar: OK", "日志有 2 条", "计数器比日志多 2（日志共 2 条）", "计数器有 2 次计数没有对应条目", "承接", "工作站已停用")
	})
	t.Run("verify without rasure", verifyWithoutRasure)
	t.Run("settings", readmeSettings)
}

// commandsExist parses each command line of a README, of which there are at least so many.
func commandsExist(t *testing.T, readme string, least int, kinds ...string) {
	n := 0
	blocks := []string{}
	for _, kind := range kinds {
		blocks = append(blocks, readmeBlocks(t, readme, kind)...)
	}
	for _, block := range blocks {
		for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
			line, _, _ = strings.Cut(line, "#")
			line, _, _ = strings.Cut(line, ">")
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "rasure" {
				continue
			}
			n++
			root := newRootCmd(&app{Console: cli.Console{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, host: firmware.Live})
			cmd, rest, err := root.Find(words[1:])
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
	if n < least {
		t.Errorf("%s: found only %d commands", readme, n)
	}
}

// commandsInSentences looks up each command that a README names in its sentences, and each flag there, of which there are at least so many.
func commandsInSentences(t *testing.T, readme string, least int) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(string(text), "")
	root := newRootCmd(&app{Console: cli.Console{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, host: firmware.Live})
	n := 0
	for _, span := range regexp.MustCompile("`[^`]+`").FindAllString(prose, -1) {
		words := strings.Fields(strings.Trim(span, "`"))
		if words[0] != "rasure" || len(words) < 2 || words[1] == "help" || strings.Contains(words[1], "=") { // cobra adds help later; a key has a name
			continue
		}
		n++
		cmd, rest, err := root.Find(words[1:])
		if err != nil || cmd == root || len(rest) > 0 && cmd.HasSubCommands() && regexp.MustCompile("^[a-z]").MatchString(rest[0]) {
			t.Errorf("%s: %s: there is no such command (%v)", readme, span, err)
			continue
		}
		for _, w := range rest {
			if name, _, _ := strings.Cut(strings.TrimPrefix(w, "--"), "="); name != w && name != "help" && cmd.Flag(name) == nil {
				t.Errorf("%s: %s: there is no flag --%s", readme, span, name)
			}
		}
	}
	if n < least {
		t.Errorf("%s: found only %d commands in sentences", readme, n)
	}
}

// session runs the commands of a README that need no disk; those of a station have an emulated TPM.
func session(t *testing.T, readme, kind string, wants ...string) {
	for _, tool := range []string{"sh", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	cmd := exec.Command("sh", "-euc", strings.Join(readmeBlocks(t, readme, kind), "\n"))
	cmd.Dir = t.TempDir()
	if kind == "sh station" {
		cmd.Env = append(os.Environ(), "TPM="+tpmtest.Start(t))
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range wants {
		if !strings.Contains(string(out), want) {
			t.Errorf("the session does not print %q:\n%s", want, out)
		}
	}
}

// readmeSettings reads the example of the README, which has every setting.
func readmeSettings(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "station.toml")
	if err := os.WriteFile(path, []byte(strings.Join(readmeBlocks(t, english, "toml"), "")), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := settings.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range settings.Names() {
		if _, ok := s.Given(key); !ok {
			t.Errorf("the example does not have %s", key)
		}
	}
}

// verifyWithoutRasure runs the recipes for an auditor, on a good certificate and disk and on changed ones.
func verifyWithoutRasure(t *testing.T) {
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
		a := &app{Console: cli.Console{In: strings.NewReader(""), Out: &words, Err: &words}, host: firmware.Live}
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
	recipes := strings.Join(readmeBlocks(t, english, "sh verify"), "\n")
	auditor := func(cert string) error {
		cmd := exec.Command("sh", "-euc", recipes)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "CERT="+cert, "DISK="+disk, "PEM="+filepath.Join(dir, "state", "station.pem"))
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
