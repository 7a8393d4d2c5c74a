package pump

import (
	"slices"
	"sort"
)

// Extent is a run of bytes, a whole number of logical blocks.
type Extent struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// Total counts a list of extents, also where the list itself was cut.
type Total struct {
	Extents int   `json:"extents"`
	Bytes   int64 `json:"bytes"`
}

// MaxExtents bounds the memory of one list to 1 MiB. A disk with more bad places than that should be destroyed, not described.
const MaxExtents = 1 << 16

// Extents is a sorted list of disjoint, non-adjacent runs. Its total also counts the runs that no longer fit in the list.
type Extents struct {
	List []Extent
	Cut  Total // did not fit
}

// Add inserts a run that overlaps none of the list.
func (x *Extents) Add(off, n int64) {
	i := sort.Search(len(x.List), func(i int) bool { return x.List[i].Offset > off })
	before := i > 0 && x.List[i-1].Offset+x.List[i-1].Length == off
	after := i < len(x.List) && off+n == x.List[i].Offset
	switch {
	case before && after:
		x.List[i-1].Length += n + x.List[i].Length
		x.List = slices.Delete(x.List, i, i+1)
	case before:
		x.List[i-1].Length += n
	case after:
		x.List[i] = Extent{off, n + x.List[i].Length}
	case len(x.List) < MaxExtents:
		x.List = slices.Insert(x.List, i, Extent{off, n})
	default:
		x.Cut.Extents++
		x.Cut.Bytes += n
	}
}

// Total counts the list and what was cut from it.
func (x *Extents) Total() Total {
	return Total{x.Cut.Extents + len(x.List), x.Cut.Bytes + Sum(x.List)}
}

// Sorted returns a copy of the list; it is never nil.
func (x *Extents) Sorted() []Extent { return append([]Extent{}, x.List...) }

// Sum is the length of all extents together.
func Sum(list []Extent) (n int64) {
	for _, e := range list {
		n += e.Length
	}
	return n
}

// Without returns the part of a that is not in b. Both are sorted and disjoint.
func Without(a, b []Extent) []Extent {
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

// Merge joins the extents of a list sorted by offset that touch or overlap. The list is not empty, and is overwritten.
func Merge(list []Extent) []Extent {
	out := list[:1]
	for _, e := range list[1:] {
		if last := &out[len(out)-1]; e.Offset <= last.Offset+last.Length {
			last.Length = max(last.Length, e.Offset+e.Length-last.Offset)
		} else {
			out = append(out, e)
		}
	}
	return slices.Clip(out)
}
