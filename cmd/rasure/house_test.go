package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floor is a package's place in the house: it imports only lower floors, the standard library, and these third parties.
type floor struct {
	level   int
	foreign []string
}

const xsys = "golang.org/x/sys"

var house = map[string]floor{
	"devices/ioctl":    {-1, []string{xsys}}, // the cellar: what all who build commands stand on
	"devices/scsi":     {0, []string{xsys}},
	"devices/nvme":     {0, nil},
	"devices/mmc":      {0, nil},
	"devices/tcg":      {0, nil},            // NVMe, ATA and SCSI drives alike are reverted by one ioctl of the block layer
	"wipe/pattern":     {0, []string{xsys}}, // asks what the processor can
	"logs/durable":     {0, []string{xsys}},
	"devices/ata":      {1, nil},
	"logs":             {1, []string{"golang.org/x/mod"}},
	"devices":          {2, []string{xsys}},
	"wipe":             {3, []string{xsys}},
	"certify":          {4, []string{"golang.org/x/mod"}},
	"certify/tpm":      {4, []string{"github.com/google/go-tpm", "golang.org/x/mod"}},
	"certify/people":   {4, []string{"golang.org/x/crypto/ssh"}},    // people's keys are SSH keys
	"certify/register": {5, []string{"github.com/BurntSushi/toml"}}, // folds certify's types, so it stands above it
	"certify/render":   {5, nil},                                    // reads certify's types, so it stands above it
	"cmd/rasure":       {6, []string{"github.com/spf13/cobra", "golang.org/x/mod", "github.com/vbauerster", "golang.org/x/crypto/ssh", "golang.org/x/term", "github.com/klauspost/compress/zstd"}},
	"devices/contents": {2, []string{"github.com/diskfs/go-diskfs", xsys}},
	"devices/format":   {2, []string{"github.com/diskfs/go-diskfs"}},
}

// forTests are packages that only tests may import.
var forTests = []string{"devices/devicetest", "certify/tpm/tpmtest"}

const module = "rasure"

// imports returns, for every package below the module's root, what its files import, tests left out.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	root := moduleRoot(t)
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, _ := filepath.Rel(root, filepath.Dir(name))
		dir = filepath.ToSlash(dir)
		for _, spec := range f.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			found[dir] = append(found[dir], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEveryPackageImportsOnlyLowerFloors(t *testing.T) {
	t.Parallel()
	for pkg, all := range imports(t) {
		if slices.Contains(forTests, pkg) {
			continue
		}
		f, ok := house[pkg]
		if !ok {
			t.Errorf("package %s has no room in the house", pkg)
			continue
		}
		for _, p := range all {
			own, ours := strings.CutPrefix(p, module+"/")
			switch {
			case ours && slices.Contains(forTests, own):
				t.Errorf("%s imports %s, which is for tests", pkg, own)
			case ours && house[own].level >= f.level:
				t.Errorf("%s (floor %d) imports %s (floor %d)", pkg, f.level, own, house[own].level)
			case !ours && strings.Contains(firstPart(p), ".") && !slices.ContainsFunc(f.foreign, func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") }):
				t.Errorf("%s imports %s, which is not in its row", pkg, p)
			}
		}
	}
}

func firstPart(p string) string { first, _, _ := strings.Cut(p, "/"); return first }

func TestWallsThatFloorsDoNotShow(t *testing.T) {
	t.Parallel()
	for pkg, all := range imports(t) {
		for _, p := range all {
			switch {
			case p == "net/http":
				t.Errorf("%s imports net/http, which enters no root process", pkg)
			case p == "os/exec" && pkg != "devices/contents" && !slices.Contains(forTests, pkg):
				t.Errorf("%s imports os/exec: the product does not shell out", pkg)
			case strings.HasPrefix(pkg, "certify") && (p == module+"/logs" || strings.HasPrefix(p, module+"/logs/")):
				t.Errorf("%s imports %s: certificates know nothing of the log", pkg, p)
			case strings.HasPrefix(pkg, "logs") && strings.HasPrefix(p, module+"/") && !strings.HasPrefix(p, module+"/logs/"):
				t.Errorf("%s imports %s: the log knows nothing of disks", pkg, p)
			case pkg != "cmd/rasure" && !slices.Contains(forTests, pkg) && (p == module+"/certify/tpm" || p == module+"/certify/render"):
				t.Errorf("%s imports %s, which is for cmd alone", pkg, p)
			}
		}
	}
}

func TestNoFileIsLongerThan400Lines(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		text, err := os.ReadFile(name)
		if n := strings.Count(string(text), "\n"); n > 400 {
			t.Errorf("%s has %d lines", name, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheTopLevelHoldsOnlyWhatWasAgreed(t *testing.T) {
	t.Parallel()
	agreed := []string{"cmd", "wipe", "devices", "certify", "logs", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE", ".gitignore", ".ci", ".git"}
	entries, err := os.ReadDir(moduleRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(agreed, e.Name()) && e.Name() != "rasure" && e.Name() != "bin" { // what make builds
			t.Errorf("%s is not part of the house", e.Name())
		}
	}
}

func TestAnAuditorCanBuildOnAnySystem(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds everything twice")
	}
	for _, system := range []string{"darwin", "windows"} {
		cmd := exec.Command("go", "vet", "./certify/...", "./logs/...", "./wipe/...", "./cmd/...")
		cmd.Dir = moduleRoot(t)
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("GOOS=%s go vet: %v\n%s", system, err, out)
		}
	}
}
