package check

import (
	"cmp"
	"slices"

	"rasure/certify"
	"rasure/wipe"
)

// Merged returns extents sorted, those that overlap or touch joined: what wipe.CheckOptions.Skip wants.
func Merged(lists ...[]certify.Extent) []wipe.Extent {
	all := extents(slices.Concat(lists...))
	slices.SortFunc(all, func(a, b wipe.Extent) int { return cmp.Compare(a.Offset, b.Offset) })
	out := []wipe.Extent{}
	for _, e := range all {
		if n := len(out); n > 0 && e.Offset <= out[n-1].Offset+out[n-1].Length {
			out[n-1].Length = max(out[n-1].Length, e.Offset+e.Length-out[n-1].Offset)
			continue
		}
		out = append(out, e)
	}
	return out
}

// complement returns what of a disk is not in the extents.
func complement(list []wipe.Extent, size int64) []wipe.Extent {
	out, at := []wipe.Extent{}, int64(0)
	for _, e := range list {
		if e.Offset > at {
			out = append(out, wipe.Extent{Offset: at, Length: e.Offset - at})
		}
		at = e.Offset + e.Length
	}
	if at < size {
		out = append(out, wipe.Extent{Offset: at, Length: size - at})
	}
	return out
}

func extents(list []certify.Extent) []wipe.Extent {
	all := make([]wipe.Extent, 0, len(list))
	for _, e := range list {
		all = append(all, wipe.Extent{Offset: e.Offset, Length: e.Length})
	}
	return all
}
