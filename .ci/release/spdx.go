package main

import (
	"crypto/sha1" // SPDX demands it of a file
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

type spdxDocument struct {
	Version       string             `json:"spdxVersion"`
	DataLicense   string             `json:"dataLicense"`
	ID            string             `json:"SPDXID"`
	Name          string             `json:"name"`
	Namespace     string             `json:"documentNamespace"`
	Creation      spdxCreation       `json:"creationInfo"`
	Packages      []spdxPackage      `json:"packages"`
	Files         []spdxFile         `json:"files"`
	Relationships []spdxRelationship `json:"relationships"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID        string    `json:"SPDXID"`
	Name      string    `json:"name"`
	Version   string    `json:"versionInfo"`
	Download  string    `json:"downloadLocation"`
	Analyzed  bool      `json:"filesAnalyzed"`
	Concluded string    `json:"licenseConcluded"`
	Declared  string    `json:"licenseDeclared"`
	Copyright string    `json:"copyrightText"`
	Purpose   string    `json:"primaryPackagePurpose"`
	Source    string    `json:"sourceInfo,omitempty"`
	Comment   string    `json:"comment,omitempty"`
	Refs      []spdxRef `json:"externalRefs,omitempty"`
}

type spdxRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxFile struct {
	ID        string         `json:"SPDXID"`
	Name      string         `json:"fileName"`
	Types     []string       `json:"fileTypes"`
	Checksums []spdxChecksum `json:"checksums"`
	Concluded string         `json:"licenseConcluded"`
	Copyright string         `json:"copyrightText"`
}

type spdxChecksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type spdxRelationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

const unknown = "NOASSERTION"

var notInID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// spdx lists the modules that are linked into a program. All of it comes from the program and the licences of its modules, so it is the
// same wherever it is made.
func spdx(out io.Writer, path string) error {
	p, err := read(path)
	if err != nil {
		return err
	}
	if p.setting("vcs.time") == "" {
		return fmt.Errorf("%s does not record the time of its commit: build it with -buildvcs=true", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document(p, filepath.Base(path), text))
}

// document is the list for a program with that file name and those bytes.
func document(p program, name string, text []byte) spdxDocument {
	one, two := sha1.Sum(text), sha256.Sum256(text)
	d := spdxDocument{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: name,
		Namespace: "https://spdx.org/spdxdocs/" + name + "-" + hex.EncodeToString(two[:]),
		Creation:  spdxCreation{p.setting("vcs.time"), []string{"Tool: rasure-release"}},
		Packages: []spdxPackage{{
			ID: "SPDXRef-Package", Name: filepath.Base(p.Path), Version: p.Main.Version, Download: unknown,
			Concluded: unknown, Declared: "Apache-2.0", Copyright: unknown, Purpose: "APPLICATION",
			Source: "revision " + p.setting("vcs.revision") + ", built for " + p.setting("GOOS") + "/" + p.setting("GOARCH") + " by " + p.GoVersion,
		}},
		Files: []spdxFile{{"SPDXRef-Program", "./" + name, []string{"BINARY"}, []spdxChecksum{
			{"SHA1", hex.EncodeToString(one[:])}, {"SHA256", hex.EncodeToString(two[:])},
		}, unknown, unknown}},
		Relationships: []spdxRelationship{
			{"SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Package"},
			{"SPDXRef-Program", "GENERATED_FROM", "SPDXRef-Package"},
		},
	}
	for _, m := range p.Modules {
		pkg := spdxPackage{
			ID: "SPDXRef-Module-" + notInID.ReplaceAllString(m.Path, "-"), Name: m.Path, Version: m.Version, Download: unknown,
			Concluded: unknown, Declared: expression(m.Licences), Copyright: unknown, Purpose: "LIBRARY",
			Refs: []spdxRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + m.Path + "@" + strings.ReplaceAll(m.Version, "+", "%2B")}},
		}
		if m.Sum != "" {
			pkg.Comment = "go.sum: " + m.Sum
		}
		d.Packages = append(d.Packages, pkg)
		d.Relationships = append(d.Relationships, spdxRelationship{"SPDXRef-Program", "STATIC_LINK", pkg.ID})
	}
	return d
}
