package wipe

import (
	"context"

	"rasure/devices"
	"rasure/wipe/pattern"
)

// recognisePlaces is how many places of a disk are compared.
const recognisePlaces = 32

// Recognise reports whether bytes of a pattern with a key are on a disk, between two places: one block is enough, since nobody can have them by
// chance. It reads a few. A pattern without a key is never recognised.
func Recognise(ctx context.Context, t Source, d devices.Disk, name, key string, from, to int64) bool {
	p, err := pattern.Parse(name, key)
	block := int64(d.LogicalBlock)
	if err != nil || key == "" || block <= 0 || from < 0 || to > d.Size || to-from < block {
		return false
	}
	skip, end := []Extent{}, int64(0) // all but the places
	for i := range int64(recognisePlaces) {
		at := from + (to-from-block)/recognisePlaces*i
		if at -= at % block; at < end {
			continue
		}
		if at > end {
			skip = append(skip, Extent{Offset: end, Length: at - end})
		}
		end = at + block
	}
	if end < d.Size {
		skip = append(skip, Extent{Offset: end, Length: d.Size - end})
	}
	r, _ := Check(ctx, t, p, d.Size, Full, CheckOptions{Disk: d, Skip: skip})
	return r.Verified >= block
}
