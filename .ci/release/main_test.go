package main

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestCopyright builds a program of the laboratory and looks for the licences of what is linked into it.
func TestCopyright(t *testing.T) {
	built := filepath.Join(t.TempDir(), "tcmu")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", built, "../lab/tcmu").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var out bytes.Buffer
	if err := run(&out, []string{"copyright", built}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nFiles: *\n", "\nFiles: std/*\nCopyright: Copyright 2009 The Go Authors.\nLicense: BSD-3-Clause\n",
		"\nFiles: golang.org/x/sys/*\nCopyright: Copyright 2009 The Go Authors.\nLicense: BSD-3-Clause\n Copyright 2009 The Go Authors.\n .\n Redistribution and use",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.TrimSpace(line) == "" && line != "\n" {
			t.Errorf("a line of spaces ends a paragraph in the midst of a text: %q", line)
		}
	}
	if err := run(&out, []string{"spdx", built}); err == nil || !strings.Contains(err.Error(), "time of its commit") {
		t.Errorf("a program of no commit: %v", err)
	}
}

func TestDocument(t *testing.T) {
	p := program{BuildInfo: &buildinfo.BuildInfo{
		GoVersion: "go1.26.7", Path: "rasure/cmd/rasure", Main: debug.Module{Path: "rasure", Version: "v0.1.0"},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "386"}, {Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-11-30T09:09:48Z"}},
	}, Modules: []linked{{Path: "example.org/x/y", Version: "v1.2.3", Sum: "h1:abc=", Licences: []licence{{IDs: []string{"MIT"}}, {IDs: []string{"BSD-3-Clause", "MIT"}}}}}}
	d := document(p, "rasure_386", []byte("program"))
	pkg := d.Packages[1]
	if pkg.Declared != "BSD-3-Clause AND MIT" || pkg.Refs[0].Locator != "pkg:golang/example.org/x/y@v1.2.3" || pkg.ID != "SPDXRef-Module-example.org-x-y" || pkg.Comment != "go.sum: h1:abc=" {
		t.Errorf("%+v", pkg)
	}
	if r := d.Relationships[2]; r.From != "SPDXRef-Program" || r.Type != "STATIC_LINK" || r.To != pkg.ID {
		t.Errorf("%+v", r)
	}
	if d.Creation.Created != "2026-11-30T09:09:48Z" || d.Packages[0].Source != "revision abc, built for linux/386 by go1.26.7" || d.Packages[0].Version != "v0.1.0" {
		t.Errorf("%+v\n%+v", d.Creation, d.Packages[0])
	}
}

func TestLicences(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, err := licencesIn([]string{dir}); err == nil || !strings.Contains(err.Error(), "no licence in") {
		t.Errorf("no file: %v", err)
	}
	write("NOTICE", "This product has parts by A.")
	if all, err := licencesIn([]string{dir}); err != nil || expression(all) != "" {
		t.Errorf("a notice: %v, %v", all, err)
	}
	write("LICENSE.md", "Nobody may use this.")
	if _, err := licencesIn([]string{dir}); err == nil || !strings.Contains(err.Error(), "is no licence that this program knows") {
		t.Errorf("an unknown licence: %v", err)
	}
	write("LICENSE.md", "Redistribution and use in source and\nbinary forms ...\n\n   Apache License\n   Version 2.0, January 2004\n  TERMS\n   accepting any such warranty or additional liability.\n   END OF TERMS AND CONDITIONS\nCopyright 2019 B\n")
	all, err := licencesIn([]string{dir})
	if err != nil || expression(all) != "Apache-2.0 AND BSD-2-Clause" {
		t.Errorf("%v, %v", all, err)
	}
	text := debian(all[0].Text)
	if strings.Contains(text, "TERMS") || !strings.Contains(text, "\n The Apache License, version 2.0, is on Debian systems in\n /usr/share/common-licenses/Apache-2.0.\n Copyright 2019 B\n") {
		t.Errorf("%q", text)
	}
	if got := debian("Apache License\nVersion 2.0, January 2004\naccepting any such warranty or additional liability.\n"); strings.Contains(got, "liability") {
		t.Errorf("a text without its last line: %q", got)
	}
	if got := holdersOf(all[0].Text); len(got) != 1 || got[0] != "Copyright 2019 B" {
		t.Errorf("%q", got)
	}
}
