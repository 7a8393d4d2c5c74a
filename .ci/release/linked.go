package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// linked is a module of which packages are in a program.
type linked struct {
	Path, Version, Sum string
	Licences           []licence // of the module, and of linked packages that have their own
}

// program is what a program records about itself, and where its modules are.
type program struct {
	*buildinfo.BuildInfo
	Modules []linked // the standard library first, then by path
}

func (p program) setting(key string) string {
	for _, s := range p.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// read takes the modules from the program, and their licences from the source. The two must agree.
func read(path string) (program, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return program{}, err
	}
	p := program{BuildInfo: info}
	dirs, err := p.directories()
	if err != nil {
		return p, err
	}
	std := linked{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return p, fmt.Errorf("go env GOROOT: %w", err)
	}
	if std.Licences, err = licencesIn([]string{strings.TrimSpace(string(root))}); err != nil {
		return p, err
	}
	p.Modules = append(p.Modules, std)
	for _, d := range info.Deps {
		if d.Replace != nil {
			if d = d.Replace; ofThisSource(d.Path) {
				continue
			}
		}
		m := linked{Path: d.Path, Version: d.Version, Sum: d.Sum}
		if m.Licences, err = licencesIn(dirs[d.Path]); err != nil {
			return p, fmt.Errorf("%s: %w", d.Path, err)
		}
		p.Modules = append(p.Modules, m)
		delete(dirs, d.Path)
	}
	for other := range dirs {
		return p, fmt.Errorf("%s was not built from this source, which also links %s", path, other)
	}
	return p, nil
}

// ofThisSource reports whether a replacement is a directory of the same source: another module of ours, under the same licence.
func ofThisSource(path string) bool {
	return strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../")
}

// directories returns, by module, the directories of the module and of its linked packages, and those between.
func (p program) directories() (map[string][]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module,Standard", p.Path)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "CGO_ENABLED="+p.setting("CGO_ENABLED"), "GOOS="+p.setting("GOOS"), "GOARCH="+p.setting("GOARCH"))
	var why bytes.Buffer
	cmd.Stderr = &why
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w: %s", p.Path, err, why.String())
	}
	dirs := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Dir string
				Main      bool
				Replace   *struct{ Path, Dir string }
			}
		}
		if err := d.Decode(&pkg); errors.Is(err, io.EOF) {
			return dirs, nil
		} else if err != nil {
			return nil, err
		}
		m := pkg.Module
		if pkg.Standard || m == nil || m.Main || m.Replace != nil && ofThisSource(m.Replace.Path) {
			continue
		}
		name, dir := m.Path, m.Dir
		if m.Replace != nil {
			name, dir = m.Replace.Path, m.Replace.Dir
		}
		for at := pkg.Dir; ; at = filepath.Dir(at) {
			if !slices.Contains(dirs[name], at) {
				dirs[name] = append(dirs[name], at)
			}
			if at == dir || len(at) < len(dir) {
				break
			}
		}
	}
}

// licence is a text, and its identifiers in SPDX's list.
type licence struct {
	IDs  []string
	Text string
}

// licenceName leaves out PATENTS of Go's own modules, which grants rights and demands nothing.
var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)(\.txt|\.md)?$`)

func licencesIn(dirs []string) (all []licence, err error) {
	slices.Sort(dirs)
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() || !licenceName.MatchString(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			l := licence{identify(string(text)), string(text)}
			if len(l.IDs) == 0 && !strings.HasPrefix(strings.ToLower(e.Name()), "notice") {
				return nil, fmt.Errorf("%s is no licence that this program knows", filepath.Join(dir, e.Name()))
			}
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no licence in %s", strings.Join(dirs, ", "))
	}
	return all, nil
}

var spaces = regexp.MustCompile(`\s+`)

// identify names each licence in a text by words that only it has.
func identify(text string) (ids []string) {
	text = spaces.ReplaceAllString(text, " ")
	has := func(words string) bool { return strings.Contains(text, words) }
	if has("Apache License Version 2.0, January 2004") {
		ids = append(ids, "Apache-2.0")
	}
	if has("Redistribution and use in source and binary forms") {
		if has("endorse or promote products") {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	if has("Permission to use, copy, modify, and/or distribute this software") || has("Permission to use, copy, modify, and distribute this software") {
		ids = append(ids, "ISC")
	}
	if has("Permission is hereby granted, free of charge, to any person") {
		ids = append(ids, "MIT")
	}
	if has("Mozilla Public License") {
		ids = append(ids, "MPL-2.0")
	}
	return ids
}

// expression joins the identifiers of all licences as SPDX writes it.
func expression(all []licence) string {
	ids := []string{}
	for _, l := range all {
		ids = append(ids, l.IDs...)
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), " AND ")
}
