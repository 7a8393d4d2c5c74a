package bays

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rasure/cmd/internal/settings"
	"rasure/devices/devicetest"
)

// TestRules has a rule for the port of every disk of real machines, and matches it with the kernel's paths of all of their disks, as udev
// does: it names the disks on this port, and no others.
func TestRules(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("../../../devices/testdata/hosts/*.txtar")
	if err != nil || len(archives) < 5 {
		t.Fatal(archives, err)
	}
	matched := 0
	for _, name := range archives {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h := devicetest.FromArchive(t, text)
		disks, err := h.Disks()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range disks {
			if d.Port == "" {
				continue
			}
			rules := Rules([]settings.Bay{{Name: "A1", Port: d.Port}}, h.PeerPort)
			found := regexp.MustCompile(`DEVPATH=="([^"]*)", ENV\{UDISKS_IGNORE\}="1"\n$`).FindStringSubmatch(rules)
			if found == nil {
				if !strings.HasPrefix(d.Port, "sas ") && !strings.Contains(string(text), "nvme-subsystem") {
					t.Errorf("%s, %s: no rule in %q", name, d.Name, rules)
				}
				continue
			}
			for _, o := range disks {
				to, err := h.Root.(*devicetest.Files).ReadLink("sys/block/" + o.Name)
				if err != nil {
					t.Fatal(err)
				}
				at := strings.TrimPrefix(path.Join("sys/block", to), "sys")
				matches := false
				for _, pattern := range strings.Split(found[1], "|") {
					matches = matches || regexp.MustCompile("^"+strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")+"$").MatchString(at)
				}
				same := socket(o.Port) == socket(d.Port)
				if multipath := strings.Contains(at, "/virtual/"); matches != same && !multipath {
					t.Errorf("%s: the rule for %s (%s) matches %s (%s, %s): %v", name, d.Name, d.Port, o.Name, o.Port, at, matches)
				}
				if matches {
					matched++
				}
			}
		}
	}
	if matched < 15 {
		t.Errorf("%d disks were matched", matched)
	}
}

// socket is a port without the logical unit, or the area of a chip.
func socket(port string) string {
	port, _, _ = strings.Cut(port, " lun ")
	if strings.HasPrefix(port, "mmc ") {
		port, _, _ = strings.Cut(port, " boot")
	}
	return port
}

// TestRulesVerify has udev itself read rules of every kind.
func TestRulesVerify(t *testing.T) {
	t.Parallel()
	all := []settings.Bay{}
	for i, port := range []string{"usb 1-2.3", "usb 1-5 lun 1", "ata 3", "ata 3.2", "nvme 0000:01:00.0", "mmc 0", "virtio 0000:00:06.0", "virtio 0000:00:03.0 0:1", "scsi 0000:02:00.0 0:5", "sas 0:4",
		"enclosure 500304801f2e3a3f slot 4"} {
		all = append(all, settings.Bay{Name: "A" + string(rune('a'+i)), Port: port})
	}
	rules := Rules(all, func(port string) string { return map[string]string{"usb 1-2.3": "usb 2-2.3"}[port] })
	for _, want := range []string{"# Aa (usb 1-2.3)\nSUBSYSTEM==\"block\", DEVPATH==\"*/1-2.3/1-2.3:*|*/2-2.3/2-2.3:*\", ENV{UDISKS_IGNORE}=\"1\"\n",
		"# Ak (enclosure 500304801f2e3a3f slot 4): no rule can name this port\n", "*/ata3/host*/target*:2:0/*|*/ata3/host*/target*:0:2/*"} {
		if !strings.Contains(rules, want) {
			t.Errorf("%q is missing in\n%s", want, rules)
		}
	}
	udevadm, err := exec.LookPath("udevadm")
	if err != nil || exec.Command(udevadm, "verify", "--help").Run() != nil {
		t.Skip("udevadm verify is not here: it needs systemd 254")
	}
	file := filepath.Join(t.TempDir(), path.Base(RulesFile))
	if err := os.WriteFile(file, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(udevadm, "verify", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRulesExample holds the example that packages have: the rules of the bays in the README's settings.
func TestRulesExample(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/60-rasure-bays.rules")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := []settings.Bay{}
	for _, m := range regexp.MustCompile(`(?m)^name = "(.+?)".*\nport = "(.+?)"`).FindAllStringSubmatch(string(readme), -1) {
		named = append(named, settings.Bay{Name: m[1], Port: m[2]})
	}
	if got := Rules(named, func(string) string { return "" }); got != string(want) || len(named) == 0 {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
