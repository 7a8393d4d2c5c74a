package wipe

import "sort"

// course is what a step covers, cut into blocks.
type course struct {
	list  []Extent
	first []int64 // number of the first block of each extent
	n     int64   // blocks in all
	block int64
	bytes int64
}

func plot(list []Extent, block int) course {
	c := course{list: list, block: int64(block), bytes: sum(list)}
	for _, e := range list {
		c.first = append(c.first, c.n)
		c.n += (e.Length + c.block - 1) / c.block
	}
	return c
}

// at gives block i of the course; i is below n.
func (c course) at(i int64) (off, n int64) {
	k := sort.Search(len(c.first), func(k int) bool { return c.first[k] > i }) - 1
	skip := (i - c.first[k]) * c.block
	return c.list[k].Offset + skip, min(c.block, c.list[k].Length-skip)
}
