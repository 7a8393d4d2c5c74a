package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "rasure"

const (
	xsys = "golang.org/x/sys"
	xmod = "golang.org/x/mod"
	xssh = "golang.org/x/crypto/ssh"
)

// layer is where a package belongs: it imports packages of lower layers, those before it in its own layer, the standard library,
// and the third parties named.
type layer struct {
	level   int
	pkg     string
	foreign []string
}

var layers = []layer{
	{0, "cmd/message", nil},
	{0, "cmd/message/zh", nil},
	{0, "cmd/message/humanize", nil},
	{0, "devices/ioctl", []string{xsys}},
	{0, "devices/scsi", []string{xsys}},
	{0, "devices/nvme", []string{xsys}},
	{0, "devices/mmc", []string{xsys}},
	{0, "devices/tcg", []string{xsys}}, // NVMe, ATA and SCSI drives alike are reverted by one ioctl of the block layer
	{0, "wipe/pattern", []string{xsys}},
	{0, "logs/durable", []string{xsys}},

	{1, "devices/ata", nil},
	{1, "wipe/scheme", nil},
	{1, "logs", []string{xmod}},

	{2, "devices", []string{xsys}},
	{2, "devices/contents", []string{"github.com/diskfs/go-diskfs", xsys}},
	{2, "devices/format", []string{"github.com/diskfs/go-diskfs"}},
	{2, "devices/firmware", []string{xsys}},
	{2, "devices/health", nil},
	{2, "devices/capture", nil},
	{2, "logs/fleet", []string{xmod}},

	{3, "wipe/internal/pump", []string{xsys}},
	{3, "wipe", []string{xsys}},

	{4, "certify/internal/pack", nil},
	{4, "certify/internal/canon", nil},
	{4, "certify/internal/p256", nil},
	{4, "certify/statement", nil},
	{4, "certify/statement/nfc", []string{"golang.org/x/text"}},
	{4, "certify", []string{xmod}},
	{4, "certify/boot", nil},
	{4, "certify/people", []string{xssh}},
	{4, "certify/tpm", []string{"github.com/google/go-tpm", xmod}},
	{4, "certify/issue", []string{xmod}},

	{5, "certify/enrol", []string{xmod}},
	{5, "certify/register", []string{"github.com/BurntSushi/toml"}},
	{5, "certify/render", nil},
	{5, "certify/render/paper", []string{"codeberg.org/go-pdf/fpdf", "github.com/boombuler/barcode"}},
	{5, "certify/audit", []string{xmod, xssh}},
	{5, "certify/render/checks", nil},
	{5, "certify/render/forms", nil},

	{6, "cmd/internal/suggest", nil},
	{6, "cmd/internal/fault", nil},

	{6, "cmd/internal/interrupt", nil},
	{6, "cmd/internal/table", nil},
	{6, "cmd/internal/cli", []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"}},
	{6, "cmd/internal/manual", []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}},
	{6, "cmd/internal/heat", nil},
	{6, "cmd/internal/about", nil},
	{6, "cmd/internal/logind", []string{"github.com/godbus/dbus"}},
	{6, "cmd/internal/typeface", nil},
	{6, "cmd/internal/settings", []string{"github.com/BurntSushi/toml"}},
	{6, "cmd/internal/bays", nil},
	{6, "cmd/internal/intake", nil},
	{6, "cmd/internal/station", []string{xmod, xssh}},
	{6, "cmd/internal/certs", nil},
	{6, "cmd/internal/cosign", nil},
	{6, "cmd/internal/witness", nil},
	{6, "cmd/internal/annex", nil},
	{6, "cmd/internal/job", nil},
	{6, "cmd/internal/archive", []string{"github.com/klauspost/compress/zstd"}},
	{6, "cmd/internal/verifier", nil},
	{6, "cmd/internal/bundle", []string{"github.com/klauspost/compress/zstd"}},
	{6, "cmd/internal/check", nil},
	{6, "cmd/internal/complete", nil},
	{6, "cmd/internal/prepare", nil},
	{6, "cmd/internal/selftest", nil},
	{6, "cmd/internal/bridge", nil},
	{6, "cmd/internal/reformat", nil},
	{6, "cmd/internal/suspend", nil},
	{6, "cmd/internal/draft", []string{xssh}},
	{6, "cmd/internal/view", nil},
	{6, "cmd/internal/progress", []string{"golang.org/x/term"}},
	{6, "cmd/internal/after", nil},
	{6, "cmd/internal/jobs", []string{xsys}},
	{6, "cmd/internal/confirm", nil},
	{6, "cmd/internal/jobserver", []string{xsys}},
	{6, "cmd/internal/backup", nil},
	{6, "cmd/internal/retire", nil},
	{6, "cmd/internal/approve", nil},
	{6, "cmd/internal/bench", []string{"charm.land/bubbletea", "charm.land/lipgloss"}},

	{7, "cmd/rasure-page", nil},
	{6, "cmd/rasure-hub/internal/keys", []string{xmod}},
	{6, "cmd/rasure-hub/internal/roster", []string{"github.com/BurntSushi/toml"}},
	{6, "cmd/rasure-hub/internal/terms", nil},
	{6, "cmd/rasure-hub/internal/fleetlog", []string{xmod, "github.com/transparency-dev/tessera", "k8s.io/klog/v2", "github.com/BurntSushi/toml", "github.com/aws/aws-sdk-go-v2"}},
	{6, "cmd/rasure-hub/internal/hub", nil},
	{6, "cmd/rasure-hub/internal/digest", nil},
	{6, "cmd/rasure-hub/internal/login", []string{"github.com/BurntSushi/toml"}},
	{6, "cmd/rasure-hub/internal/pages", nil},
	{6, "cmd/rasure-hub/internal/web", nil},
	{6, "cmd/rasure-hub/internal/push", nil},

	{7, "cmd/rasure-hub", []string{"github.com/spf13/cobra"}},
	{7, "cmd/rasure", []string{"github.com/spf13/cobra", xssh, "golang.org/x/term"}},
}

// forTests are packages that only tests may import.
var forTests = []string{"cmd/internal/cli/clitest", "devices/devicetest", "certify/tpm/tpmtest", "cmd/internal/bench/benchtest", "cmd/rasure-hub/internal/hubtest"}

func rank(pkg string) int {
	return slices.IndexFunc(layers, func(l layer) bool { return l.pkg == pkg })
}

func layersOf(root fs.FS) (problems []string, err error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	err = walk(root, func(name string, text []byte) error {
		pkg := path.Dir(name)
		if strings.HasSuffix(name, "_test.go") || slices.Contains(forTests, pkg) || strings.HasPrefix(pkg, ".ci") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		at := rank(pkg)
		if at < 0 {
			wrong("%s: package %s has no layer", name, pkg)
			return nil
		}
		for _, spec := range f.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			own, ours := strings.CutPrefix(p, module+"/")
			switch {
			case ours && slices.Contains(forTests, own):
				wrong("%s imports %s, which is for tests", name, own)
			case ours && (rank(own) < 0 || rank(own) >= at):
				wrong("%s, of layer %d, imports %s, which is not below it", name, layers[at].level, own)
			case !ours && strings.Contains(strings.Split(p, "/")[0], ".") && !slices.ContainsFunc(layers[at].foreign, func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") }):
				wrong("%s imports %s, which its layer does not list", name, p)
			}
			for _, rule := range forbidden {
				if rule.from(pkg) && rule.to(p) {
					wrong("%s imports %s: %s", name, p, rule.why)
				}
			}
		}
		return nil
	})
	return problems, err
}

func only(name string) func(string) bool { return func(s string) bool { return s == name } }

func under(dir string) func(string) bool {
	return func(s string) bool { return s == dir || strings.HasPrefix(s, dir+"/") }
}

// forbidden are rules that the order of layers does not show.
var forbidden = []struct {
	from, to func(string) bool
	why      string
}{
	{func(p string) bool { return !under("cmd/rasure-hub")(p) }, only("net/http"), "no root process speaks HTTP"},
	{func(p string) bool { return !under("cmd/rasure-hub")(p) }, under(module + "/cmd/rasure-hub"), "the hub is a module of its own"},
	{func(p string) bool { return p != "devices/contents" }, only("os/exec"), "the product does not shell out"},
	{only("certify"), under(module + "/logs"), "a statement knows nothing of the log"},
	{under("certify/people"), under(module + "/logs"), "a statement knows nothing of the log"},
	{under("certify/register"), under(module + "/logs"), "the register gets the entries of the log from its caller"},
	{only("logs"), func(p string) bool {
		return under(module)(p) && !under(module+"/logs")(p) && p != module+"/cmd/message"
	}, "the log knows nothing of disks"},
}
