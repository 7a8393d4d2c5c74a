package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/table"
)

// writeManual writes the pages as a package does.
func writeManual(t *testing.T, lang string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cmd := exec.Command("rasure", "man", dir)
	cmd.Env = append(os.Environ(), "RASURE_LANG="+lang, "RASURE_STATE=/srv/"+lang, "SOURCE_DATE_EPOCH=1767225600")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("rasure man: %v\n%s", err, out)
	}
	return dir
}

// TestManual holds that every command has its page in both languages, and that the programs that show pages have nothing to object to.
func TestManual(t *testing.T) {
	t.Parallel()
	dir, other := writeManual(t, "en"), writeManual(t, "zh")
	names := []string{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden {
			return
		}
		names = append(names, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCmd(&app{}))
	slices.Sort(names)
	for _, place := range []string{"man1", "zh_CN/man1"} {
		pages := []string{}
		entries, err := os.ReadDir(filepath.Join(dir, place))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			pages = append(pages, e.Name())
			one, err := os.ReadFile(filepath.Join(dir, place, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if two, err := os.ReadFile(filepath.Join(other, place, e.Name())); err != nil || string(one) != string(two) {
				t.Errorf("%s/%s depends on the language or the state directory of the command that writes it (%v)", place, e.Name(), err)
			}
		}
		if !slices.Equal(pages, names) {
			t.Errorf("%s has the pages\n%v\nof the commands\n%v", place, pages, names)
		}
		t.Run("mandoc "+place, func(t *testing.T) {
			if out := shown(t, filepath.Join(dir, place), pages, "mandoc", "-Tlint", "-Wwarning"); out != "" {
				t.Errorf("mandoc:\n%s", out)
			}
		})
		t.Run("groff "+place, func(t *testing.T) {
			groffShows(t, shown(t, filepath.Join(dir, place), pages, "groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-rLL=78n", "-P-cbou"))
		})
		t.Run("man "+place, func(t *testing.T) {
			if out := shown(t, filepath.Join(dir, place), []string{"rasure-wipe.1"}, "man", "--warnings", "-l"); strings.Contains(out, "warning") || !strings.Contains(out, "--confirm") {
				t.Errorf("man:\n%s", out)
			}
		})
	}
}

// groffShows looks at all pages in one language.
func groffShows(t *testing.T, out string) {
	if raw := regexp.MustCompile(`\\[-&(:ef]|: warning: `).FindString(out); raw != "" || !strings.Contains(out, "--classification") {
		t.Errorf("groff shows %q, or no --classification", raw)
	}
	topic := false // the tables and examples of FORMAT.md keep their lines
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if strings.HasSuffix(line, "(1)") && strings.HasPrefix(line, "RASURE") {
			topic = strings.HasPrefix(line, "RASURE-PROGRESS")
		}
		if table.Width(line) > 120 && !topic {
			t.Errorf("a line is %d cells wide: %q", table.Width(line), line)
		}
	}
}

// shown is what a program prints, on both streams, for pages.
func shown(t *testing.T, dir string, pages []string, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
	cmd := exec.Command(program, append(args, pages...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80", "MANPAGER=cat")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v", program, err)
	}
	return string(out)
}
