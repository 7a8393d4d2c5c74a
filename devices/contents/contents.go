// Package contents says what is on a disk: partition table, file systems, labels, the first names in them.
//
// It is for the eyes of the operator, so that he sees what will go; nothing is decided by it. A disk that shows
// nothing here may still be full of secrets: encrypted data without a header looks like noise.
//
// # Rules
//
// Every byte read is hostile. [Read] therefore belongs in a child process without privileges, which [Probe] starts
// and [Child] is; only tests call Read elsewhere. Tables, signatures and most root directories are read by code of this
// package, which is bounded whatever the disk claims. ISO 9660 and squashfs are opened by go-diskfs, which may loop or
// eat memory: the child bears it, and what was found before that is not lost.
//
// Strings are what the disk says, cut to a length, as valid UTF-8 without NUL; control and escape characters are still
// in them. Who prints them makes them safe.
package contents

import (
	"fmt"
	"io"
)

// Table kinds.
const (
	GPT     = "gpt"
	MBR     = "mbr"
	None    = "none"    // a file system straight on the disk, or zeros at both ends
	Unknown = "unknown" // data that nothing here recognises, or a disk that could not be read
)

// What we chose to report at most. 128 is also what a GPT has room for by default (UEFI 2.10, 5.3.1).
const (
	maxPartitions = 128
	maxEntries    = 12
	maxNotes      = 64
	maxText       = 80  // bytes of a name or label
	maxNote       = 240 // bytes
)

// Summary is what is on a disk. Lists are never nil.
type Summary struct {
	Table      string   `json:"table"`                // GPT, MBR, None or Unknown
	Partitions []Volume `json:"partitions"`           // in the order of the table, at most 128
	Whole      *Volume  `json:"whole_disk,omitempty"` // a file system straight on the disk, also beside a table (ISO images)
	Notes      []string `json:"notes"`                // what is odd or could not be read, and why
}

// Volume is a partition, or the whole disk. Start and Size are the table's claim: they may lie beyond the disk, and a
// note says so. A claim above 2^63-1 is given as 2^63-1.
type Volume struct {
	Index      int      `json:"index"` // as the kernel numbers partitions, from 1; 0 is the whole disk
	Start      int64    `json:"start_bytes"`
	Size       int64    `json:"size_bytes"`
	Type       string   `json:"type"` // a name for the table's type code; the code itself where no name is known
	Name       string   `json:"name"` // GPT partition name
	FileSystem string   `json:"file_system"`
	Label      string   `json:"label"`
	UUID       string   `json:"uuid"`    // or serial number, of the file system
	Listed     bool     `json:"listed"`  // the root directory was read; then Entries and More are the whole of it
	Entries    []string `json:"entries"` // first names of the root directory in byte order; directories end in "/"
	More       int      `json:"more"`    // names beyond those
}

// finding is one step of knowledge. The child prints each as it is made, so that a file system that kills it takes
// nothing along.
type finding struct {
	Summary *Summary `json:"summary,omitempty"` // first: the table and what signatures tell
	Volume  *Volume  `json:"volume,omitempty"`  // then: a volume of it, seen from inside
	Note    string   `json:"note,omitempty"`
	Done    bool     `json:"done,omitempty"` // last
}

// Read looks at size bytes of r, whose logical blocks have block bytes (a power of two, 512 to 65536). The error is for
// an impossible size or block only: what cannot be read is a note. On a hostile disk Read may not return; see [Probe].
func Read(r io.ReaderAt, size int64, block int) (Summary, error) {
	s := unread()
	err := look(r, size, block, s.add)
	return s, err
}

func geometry(size int64, block int) error {
	if size <= 0 || block < 512 || block > 1<<16 || block&(block-1) != 0 {
		return fmt.Errorf("%d bytes in blocks of %d: impossible geometry", size, block)
	}
	return nil
}

func look(r io.ReaderAt, size int64, block int, tell func(finding)) error {
	if err := geometry(size, block); err != nil {
		return err
	}
	d := disk{r: r, size: size, block: block}
	s := d.tables()
	tell(finding{Summary: &s})
	volumes := s.Partitions
	if s.Whole != nil {
		volumes = append([]Volume{*s.Whole}, volumes...)
	}
	for _, v := range volumes {
		if !d.holds(v) || !listable(v.FileSystem) {
			continue
		}
		if err := list(d.section(v), &v); err != nil {
			tell(finding{Note: fmt.Sprintf("%s: names not read: %v", v.where(), err)})
		}
		tell(finding{Volume: &v})
	}
	return nil
}

func (v Volume) where() string {
	if v.Index == 0 {
		return "whole disk"
	}
	return fmt.Sprintf("partition %d", v.Index)
}

func unread() Summary { return Summary{Table: Unknown, Partitions: []Volume{}, Notes: []string{}} }

// add takes one step of knowledge in. It believes nothing: the child it comes from has read the disk.
func (s *Summary) add(f finding) {
	if f.Summary != nil {
		notes := s.Notes
		*s = *f.Summary
		switch s.Table {
		case GPT, MBR, None:
		default:
			s.Table = Unknown
		}
		s.Partitions = append([]Volume{}, s.Partitions[:min(len(s.Partitions), maxPartitions)]...)
		for i := range s.Partitions {
			s.Partitions[i].bound()
		}
		if s.Whole != nil {
			whole := *s.Whole
			whole.bound()
			s.Whole = &whole
		}
		told := s.Notes
		s.Notes = append([]string{}, notes...)
		for _, n := range told {
			s.note("%s", n)
		}
	}
	if v := f.Volume; v != nil {
		v.bound()
		if s.Whole != nil && v.Index == 0 {
			s.Whole.learn(*v)
		}
		for i := range s.Partitions {
			if s.Partitions[i].Index == v.Index {
				s.Partitions[i].learn(*v)
			}
		}
	}
	if f.Note != "" {
		s.note("%s", f.Note)
	}
}

// learn takes over what can be seen from inside only; where the volume lies is settled.
func (v *Volume) learn(w Volume) {
	v.Label, v.Listed, v.Entries, v.More = w.Label, w.Listed, w.Entries, w.More
}

func (v *Volume) bound() {
	for _, s := range []*string{&v.Type, &v.Name, &v.FileSystem, &v.Label, &v.UUID} {
		*s = text([]byte(*s), maxText)
	}
	v.Start, v.Size, v.More = max(v.Start, 0), max(v.Size, 0), max(v.More, 0)
	if len(v.Entries) > maxEntries {
		v.More += len(v.Entries) - maxEntries
		v.Entries = v.Entries[:maxEntries]
	}
	names := make([]string, len(v.Entries))
	for i, e := range v.Entries {
		names[i] = text([]byte(e), maxText)
	}
	v.Entries = names
}

// note adds a sentence, once; the last place is for saying that there were more.
func (s *Summary) note(format string, args ...any) {
	n := text(fmt.Appendf(nil, format, args...), maxNote)
	switch {
	case len(s.Notes) >= maxNotes:
	case len(s.Notes) == maxNotes-1:
		s.Notes = append(s.Notes, "more notes than are shown")
	default:
		s.Notes = append(s.Notes, n)
	}
}
