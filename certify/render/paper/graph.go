package paper

import (
	"math"
	"slices"
)

// top is the highest value of a graph, rounded up to a number that an axis can have.
func (g Graph) top() int64 {
	top := int64(1)
	for _, s := range g.Series {
		top = max(top, slices.Max(append([]int64{0}, s.Values...)))
	}
	step := int64(math.Pow(10, math.Floor(math.Log10(float64(top)))))
	for _, n := range []int64{1, 2, 5, 10} {
		if n*step >= top {
			return n * step
		}
	}
	return top
}
