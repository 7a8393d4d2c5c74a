// Package contents recognises what is on a disk: partition table, file systems, labels, and the first names in them.
//
// It shows the operator what an erase will destroy; nothing is decided by it. A disk that shows nothing here may still be full
// of secrets: encrypted data without a header looks like noise.
//
// # Rules
//
// Every byte read is hostile. [Read] therefore belongs in a child process without privileges, which [Probe] starts
// and [Child] is; only tests call Read elsewhere. Code of this package reads tables, signatures and most root directories, and
// is bounded whatever the disk claims. go-diskfs opens ISO 9660 and squashfs, and may loop or use up memory: that ends the child,
// and what it found before is not lost.
//
// Strings are the disk's own, cut to a length, as valid UTF-8 without NUL. They still contain control and escape characters: the
// caller makes them safe before it prints them.
package contents

import (
	"io"
	"slices"

	"rasure/cmd/message"
)

// Table kinds.
const (
	GPT     = "gpt"
	MBR     = "mbr"
	Sun     = "sun"
	SGI     = "sgi"
	BSD     = "bsd"
	Atari   = "atari"
	None    = "none"    // a file system straight on the disk, or zeros at both ends
	Unknown = "unknown" // data without a known signature, or a disk that could not be read
)

// The most that is reported: our choice. 128 is also what a GPT has room for by default (UEFI 2.10, 5.3.1).
const (
	maxPartitions = 128
	maxEntries    = 12
	maxNotes      = 64
	maxText       = 80  // bytes of a name or label
	maxNote       = 240 // bytes
)

// tableKinds are all of them but [Unknown].
var tableKinds = []string{GPT, MBR, Sun, SGI, BSD, Atari, None}

// Summary is what is on a disk. Lists are never nil.
type Summary struct {
	Table      string         `json:"table"`                // one of the kinds above
	Partitions []Volume       `json:"partitions"`           // in the order of the table, at most 128
	Whole      *Volume        `json:"whole_disk,omitempty"` // a file system straight on the disk, also beside a table (ISO images)
	Notes      []message.Text `json:"notes"`                // what is odd or could not be read, and why; at most 64, English in JSON
}

// Volume is a partition, or the whole disk. Start and Size are the table's claim: they may be beyond the end of the disk, and a note
// says so. A claim above 2^63-1 is given as 2^63-1.
type Volume struct {
	Index      int      `json:"index"` // as the kernel numbers partitions, from 1; 0 is the whole disk
	Start      int64    `json:"start_bytes"`
	Size       int64    `json:"size_bytes"`
	Type       string   `json:"type"` // a name for the table's type code; the code itself where no name is known
	Name       string   `json:"name"` // GPT partition name
	FileSystem string   `json:"file_system"`
	Label      string   `json:"label"`
	UUID       string   `json:"uuid"`    // or serial number, of the file system
	Listed     bool     `json:"listed"`  // the root directory was read; Entries and More are all of it
	Entries    []string `json:"entries"` // first names of the root directory in byte order; directories end in "/"
	More       int      `json:"more"`    // names beyond those
}

// finding is one step of knowledge. The child prints each at once, so that nothing is lost if a file system kills the child later.
type finding struct {
	Summary *Summary  `json:"summary,omitempty"` // first: the table and what signatures show, without notes
	Note    *sentence `json:"note,omitempty"`
	Volume  *Volume   `json:"volume,omitempty"` // then: a volume of it, seen from inside
	Done    bool      `json:"done,omitempty"`   // last
}

// Read examines size bytes of r, whose logical blocks have block bytes (a power of two, 512 to 65536). Only an impossible size or
// block is an error: what cannot be read is a note. On a hostile disk Read may not return; see [Probe].
func Read(r io.ReaderAt, size int64, block int) (Summary, error) {
	s := unread()
	err := examine(r, size, block, s.add)
	return s, err
}

func geometry(size int64, block int) error {
	if size <= 0 || block < 512 || block > 1<<16 || block&(block-1) != 0 {
		return message.Errorf("impossible geometry: %d bytes in blocks of %d", size, block)
	}
	return nil
}

// examine calls emit with each finding.
func examine(r io.ReaderAt, size int64, block int, emit func(finding)) error {
	if err := geometry(size, block); err != nil {
		return err
	}
	d := disk{r: r, size: size, block: block}
	s := d.tables()
	notes := s.Notes
	s.Notes = nil
	emit(finding{Summary: &s})
	for _, n := range notes {
		emit(finding{Note: sentenceOf(n)})
	}
	volumes := s.Partitions
	if s.Whole != nil {
		volumes = append([]Volume{*s.Whole}, volumes...)
	}
	for _, v := range volumes {
		if !d.holds(v) || !listable(v.FileSystem) {
			continue
		}
		if err := list(d.section(v), &v); err != nil {
			emit(finding{Note: sentenceOf(message.Of("%s: names not read: %v", v.where(), err))})
		}
		emit(finding{Volume: &v})
	}
	return nil
}

func (v Volume) where() message.Text {
	if v.Index == 0 {
		return message.Of("whole disk")
	}
	return message.Of("partition %d", v.Index)
}

func unread() Summary {
	return Summary{Table: Unknown, Partitions: []Volume{}, Notes: []message.Text{}}
}

// add takes in one finding. It trusts nothing in it: the child that it comes from has read the disk.
func (s *Summary) add(f finding) {
	if f.Summary != nil {
		notes := s.Notes
		*s = *f.Summary
		if !slices.Contains(tableKinds, s.Table) {
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
		s.Notes = notes
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
	if f.Note != nil {
		s.note(f.Note.message())
	}
}

// learn takes what only the inside of the file system shows.
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
