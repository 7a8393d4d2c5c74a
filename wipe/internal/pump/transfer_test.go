package pump

import (
	"bytes"
	"testing"
)

func TestRemains(t *testing.T) {
	t.Parallel()
	marker := bytes.Repeat([]byte("0123456789abcdef"), 32)
	for _, c := range []struct {
		at, n int // bytes that are still there
		want  bool
	}{{0, 512, true}, {0, 16, true}, {496, 16, true}, {240, 16, true}, {0, 15, false}, {1, 16, false}, {8, 23, false}, {0, 0, false}} {
		got := make([]byte, 512)
		copy(got[c.at:c.at+c.n], marker[c.at:])
		if remains(got, marker) != c.want {
			t.Errorf("%d bytes at %d: kept is %v", c.n, c.at, !c.want)
		}
	}
}
