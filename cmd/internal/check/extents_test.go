package check

import (
	"slices"
	"testing"

	"rasure/certify"
	"rasure/wipe"
)

func TestExtents(t *testing.T) {
	t.Parallel()
	merged := Merged([]certify.Extent{{Offset: 30, Length: 10}, {Offset: 0, Length: 10}}, []certify.Extent{{Offset: 5, Length: 5}, {Offset: 10, Length: 5}})
	if want := []wipe.Extent{{Offset: 0, Length: 15}, {Offset: 30, Length: 10}}; !slices.Equal(merged, want) {
		t.Errorf("merged: %v, want %v", merged, want)
	}
	for _, c := range []struct{ list, want []wipe.Extent }{
		{merged, []wipe.Extent{{Offset: 15, Length: 15}, {Offset: 40, Length: 10}}},
		{nil, []wipe.Extent{{Offset: 0, Length: 50}}},
		{[]wipe.Extent{{Offset: 0, Length: 50}}, []wipe.Extent{}},
	} {
		if got := complement(c.list, 50); !slices.Equal(got, c.want) {
			t.Errorf("complement of %v: %v, want %v", c.list, got, c.want)
		}
	}
}
