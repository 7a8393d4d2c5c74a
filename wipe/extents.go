package wipe

import (
	"slices"
	"sort"
)

// maxExtents bounds the memory of one list: 1 MiB. A disk with more bad places than that is not to be described but destroyed.
const maxExtents = 1 << 16

// extents is a sorted list of disjoint, non-adjacent runs, with a total that also counts what had no place.
type extents struct {
	list []Extent
	cut  Total // what had no place
}

// add puts in a run that overlaps none of those there.
func (x *extents) add(off, n int64) {
	i := sort.Search(len(x.list), func(i int) bool { return x.list[i].Offset > off })
	before := i > 0 && x.list[i-1].Offset+x.list[i-1].Length == off
	after := i < len(x.list) && off+n == x.list[i].Offset
	switch {
	case before && after:
		x.list[i-1].Length += n + x.list[i].Length
		x.list = slices.Delete(x.list, i, i+1)
	case before:
		x.list[i-1].Length += n
	case after:
		x.list[i] = Extent{off, n + x.list[i].Length}
	case len(x.list) < maxExtents:
		x.list = slices.Insert(x.list, i, Extent{off, n})
	default:
		x.cut.Extents++
		x.cut.Bytes += n
	}
}

func (x *extents) total() Total {
	return Total{x.cut.Extents + len(x.list), x.cut.Bytes + sum(x.list)}
}

// sorted is the list for a report: never nil.
func (x *extents) sorted() []Extent { return append([]Extent{}, x.list...) }

func sum(list []Extent) (n int64) {
	for _, e := range list {
		n += e.Length
	}
	return n
}

// without gives what of a is not in b. Both are sorted and disjoint.
func without(a, b []Extent) []Extent {
	var rest []Extent
	for _, e := range a {
		for len(b) > 0 && b[0].Offset+b[0].Length <= e.Offset {
			b = b[1:]
		}
		for _, hole := range b {
			if hole.Offset >= e.Offset+e.Length {
				break
			}
			if n := hole.Offset - e.Offset; n > 0 {
				rest = append(rest, Extent{e.Offset, n})
			}
			end := e.Offset + e.Length
			e.Offset = min(max(hole.Offset+hole.Length, e.Offset), end)
			e.Length = end - e.Offset
		}
		if e.Length > 0 {
			rest = append(rest, e)
		}
	}
	return rest
}
