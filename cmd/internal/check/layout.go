package check

import (
	"io"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/devices/format"
)

// checkLayout makes the blocks of a preparation again and compares them.
func (v *Result) checkLayout(disk io.ReaderAt, p *certify.Preparation, signed []byte) error {
	size, block := p.Disk.Size, p.Disk.Logical
	id, err := LayoutOptions(p, signed).Identifiers()
	if err != nil {
		return err
	}
	if err := checkContent(signed, id, size, block); err != nil {
		return err
	}
	n, differs, err := format.Compare(disk, size, block, id)
	v.Layout.Identifiers = "stated"
	if err == nil && len(differs) > 0 && p.Layout == LayoutName(format.FAT) { // by rasure 0.1, perhaps
		found, err := format.ReadIdentifiers(disk, size, block, p.Label)
		if err != nil {
			return err
		}
		v.Layout.Identifiers = "found"
		n, differs, err = format.Compare(disk, size, block, found)
	}
	v.Prepared, v.Layout.State, v.Layout.Differs = n, "good", append([]format.Extent{}, differs...)
	if len(differs) > 0 {
		v.Layout.State = "differs"
	}
	return err
}

// checkContent compares the SHA-256 that a preparation of version 2 states with that of the layout that follows from it.
func checkContent(signed []byte, id format.Identifiers, size int64, block int) error {
	if certify.KindOf(signed) == certify.KindPreparation {
		return nil // version 1 states none
	}
	s, err := statement.Read(certify.TextOf(signed))
	if err != nil {
		return err
	}
	sum, err := format.Sum(size, block, id)
	if err == nil && sum != s.Body.(*statement.Preparation).Content {
		err = fault.NotVerifiedf("the preparation states another SHA-256 than that of the layout that follows from it")
	}
	return err
}

// LayoutOptions are the choices of a preparation's file system. All of them follow from its statement.
func LayoutOptions(p *certify.Preparation, signed []byte) format.Options {
	fs, _ := FileSystemOf(p.Layout)
	return format.Options{FileSystem: fs, Label: p.Label, Random: audit.LayoutRandom(signed), Now: func() time.Time { return p.Started.UTC() }}
}

// layoutPrefix is how the layouts of preparations begin: a partition table, and then the file system.
const layoutPrefix = "gpt-"

// LayoutName is how a preparation names the layout of a file system: gpt-fat32 or gpt-exfat.
func LayoutName(fs format.FileSystem) string { return layoutPrefix + string(fs) }

// FileSystemOf is the file system of a layout; false if it is not known.
func FileSystemOf(layout string) (format.FileSystem, bool) {
	fs := format.FileSystem(strings.TrimPrefix(layout, layoutPrefix))
	return fs, layout == LayoutName(fs) && (fs == format.FAT || fs == format.ExFAT)
}

// layoutExtents returns what the layout of a preparation consists of. What the statement lists as changed is not taken for it: a list
// that is too long would hide blocks from the check.
func layoutExtents(p *certify.Preparation) ([]certify.Extent, error) {
	if p == nil {
		return nil, nil
	}
	fs, known := FileSystemOf(p.Layout)
	if !known {
		return nil, fault.NotVerifiedf("unknown layout %q", p.Layout)
	}
	list, err := format.Extents(fs, p.Disk.Size, p.Disk.Logical)
	if err != nil {
		return nil, fault.NotVerified(err)
	}
	all := []certify.Extent{}
	for _, e := range list {
		all = append(all, certify.Extent(e))
	}
	return all, nil
}
