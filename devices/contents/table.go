package contents

import (
	"cmp"
	"math"
	"slices"

	"rasure/cmd/message"
)

// tables reads the partition table and the signatures, without opening any file system.
func (d disk) tables() Summary {
	var bad error
	d.bad = &bad
	s := unread()

	whole := Volume{Size: d.size, Entries: []string{}}
	recognise(d, &whole, &s)
	switch {
	case d.gpt(&s), d.sun(&s), d.sgi(&s), d.bsd(&s):
	case bootSector(whole.FileSystem): // its code is where an MBR has its entries
	case d.mbr(&s), d.atari(&s):
	}
	if whole.FileSystem != "" {
		s.Whole = &whole
	}
	if len(s.Partitions) > maxPartitions {
		s.note(message.Of("there are %d partitions; the first %d are shown", len(s.Partitions), maxPartitions))
		s.Partitions = s.Partitions[:maxPartitions]
	}
	d.fit(&s)
	for i := range s.Partitions {
		if v := &s.Partitions[i]; d.holds(*v) && v.Type != extended {
			recognise(d.section(*v), v, &s)
		}
	}

	if s.Table == Unknown {
		blank := d.blank()
		switch {
		case bad != nil:
		case whole.FileSystem != "":
			s.Table = None
		case blank:
			s.Table = None
			s.note(message.Of("the first and the last MiB are zeros"))
		default:
			s.note(message.Of("there is data without a known signature: random, encrypted, or of an unknown format"))
		}
	}
	if bad != nil {
		s.note(message.Of("not everything could be read: %v", bad))
	}
	return s
}

// fit notes impossible claims of a table.
func (d disk) fit(s *Summary) {
	var order []Volume
	for i := range s.Partitions {
		v := &s.Partitions[i]
		v.Entries = []string{}
		switch {
		case v.Size <= 0:
			s.note(message.Of("%s: ends before it begins", v.where()))
		case v.Start >= d.size:
			s.note(message.Of("%s: begins beyond the end of the disk", v.where()))
		case v.Size > d.size-v.Start:
			s.note(message.Of("%s: ends beyond the end of the disk", v.where()))
		}
		if v.Size > 0 && v.Type != extended { // an extended partition holds the logical ones
			order = append(order, *v)
		}
	}
	slices.SortStableFunc(order, func(a, b Volume) int { return cmp.Compare(a.Start, b.Start) })
	for i := 1; i < len(order); i++ {
		a, b := order[i-1], order[i]
		if a.Size > b.Start-a.Start {
			s.note(message.Of("%s: overlaps %s", a.where(), b.where()))
		}
		if end := a.Start + min(a.Size, math.MaxInt64-a.Start); end > b.Start+min(b.Size, math.MaxInt64-b.Start) {
			order[i] = a // the one that reaches furthest also meets the next
		}
	}
}
