package pump

import "sort"

// blockMap cuts what a step covers into blocks.
type blockMap struct {
	list  []Extent
	first []int64 // number of the first block of each extent
	n     int64   // blocks in all
	block int64
	bytes int64
}

func mapBlocks(list []Extent, block int64) blockMap {
	m := blockMap{list: list, block: block, bytes: Sum(list)}
	for _, e := range list {
		m.first = append(m.first, m.n)
		m.n += (e.Length + m.block - 1) / m.block
	}
	return m
}

// at returns block i; i is below n.
func (m blockMap) at(i int64) (off, n int64) {
	k := sort.Search(len(m.first), func(k int) bool { return m.first[k] > i }) - 1
	skip := (i - m.first[k]) * m.block
	return m.list[k].Offset + skip, min(m.block, m.list[k].Length-skip)
}
