package check

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/devices/format"
)

// A preparation of version 2 states the SHA-256 of what it writes. One that states another than its layout has is none.
func TestContent(t *testing.T) {
	t.Parallel()
	const size, block = 64 << 20, 512
	when, sum := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), sha256.Sum256([]byte("x"))
	p := &statement.Preparation{
		ByStation: statement.ByStation{ID: "01JKB2M8V0ZZZZZZZZZZZZZZZZ", Log: statement.Head{Origin: "s7.example", First: sum, Size: 9, Root: sum},
			Station: statement.Station{Name: "s7.example", Key: sum, Assurance: certify.Software}, Org: statement.Org{Organisation: "the archive"}, Clock: statement.Clock{At: when},
			Software: statement.Software{Name: "rasure", Version: "0.2.0", SHA256: sum, Go: "go1.26.8", Attested: "none"}},
		Operator:    statement.Operator{Account: "zhang", By: "flag"},
		Certificate: statement.Target{Index: 8, SHA256: sum, Kind: "rasure/certificate/v2", Outcome: "verified", At: when},
		Disk: statement.Disk{Bus: "file", MediumType: "image", Size: size, Logical: block, Physical: block, Hidden: "not-applicable", Direct: "yes",
			Node: statement.Node{Name: "stick.img"}},
		Layout: LayoutName(format.FAT), Label: "STICK7", Changed: []statement.Extent{{Offset: 0, Length: 512}}}
	signed := func() []byte {
		text, err := statement.Write(p)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(text + "\n")
	}
	of := func(signed []byte) format.Identifiers {
		id, err := LayoutOptions(&certify.Preparation{Layout: p.Layout, Label: p.Label, Started: when}, signed).Identifiers()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	p.Content = sum
	if err := checkContent(signed(), of(signed()), size, block); err == nil || !strings.Contains(err.Error(), "another SHA-256") {
		t.Errorf("another content: %v", err)
	}
	content, err := format.Sum(size, block, of(signed())) // its source is not the text, which changes now
	if err != nil {
		t.Fatal(err)
	}
	p.Content = content
	if err := checkContent(signed(), of(signed()), size, block); err != nil {
		t.Error(err)
	}
	p.ID = "01JKB2M8V0ZZZZZZZZZZZZZZZY" // another file system
	if err := checkContent(signed(), of(signed()), size, block); err == nil {
		t.Error("the content of another statement is taken")
	}
	if err := checkContent([]byte(string(certify.KindPreparation)+"\n{}\n"), format.Identifiers{}, size, block); err != nil {
		t.Errorf("version 1: %v", err)
	}
}
