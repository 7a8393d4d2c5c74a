package fleet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rasure/logs/fleet"
)

func termsOf(log string, i int64) []fleet.Term {
	return fleet.SortTerms([]fleet.Term{{"serial", fmt.Sprintf("%s-%d", log, i)}, {"day", fmt.Sprintf("2026-05-%02d", i/10)}})
}

func rowsOf(log string, from, to int64) *fleet.Rows {
	r := &fleet.Rows{}
	for i := from; i < to; i++ {
		r.Add(i, termsOf(log, i))
	}
	return r
}

func openIndex(t *testing.T, dir string) *fleet.Index {
	t.Helper()
	x, err := fleet.OpenIndex(dir)
	check(t, err)
	t.Cleanup(func() { x.Close() })
	return x
}

// same compares an index with the rows that its logs have.
func same(t *testing.T, x *fleet.Index, sizes map[string]int64) {
	t.Helper()
	sums, err := x.Sums()
	check(t, err)
	for log, size := range sizes {
		var want fleet.Sum
		for from := int64(0); from < size; from += 7 { // in whatever pieces
			want.Add(rowsOf(log, from, min(size, from+7)))
		}
		if sums[log] != want || x.Size(log) != size {
			t.Errorf("%s: %+v of %d entries, want %+v of %d", log, sums[log], x.Size(log), want, size)
		}
	}
	if len(sums) != len(sizes) {
		t.Errorf("%d logs, want %d", len(sums), len(sizes))
	}
}

// filled makes an index of two logs.
func filled(t *testing.T, dir string) (*fleet.Index, map[string]int64) {
	t.Helper()
	x, sizes := openIndex(t, dir), map[string]int64{}
	for step := range int64(40) {
		log := []string{"a", "b"}[step%2]
		to := sizes[log] + 1 + step%5
		check(t, x.Add(log, to, rowsOf(log, sizes[log], to)))
		sizes[log] = to
	}
	return x, sizes
}

func TestIndex(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "index")
	x, sizes := filled(t, dir)
	if all, err := os.ReadDir(dir); err != nil || len(all) > 9 {
		t.Errorf("%d files, %v", len(all), err)
	}
	for range 2 {
		same(t, x, sizes)
		for log, size := range sizes {
			for i := range size {
				got, err := x.Find(fleet.Term{Kind: "serial", Value: fmt.Sprintf("%s-%d", log, i)})
				if err != nil || !slices.Equal(got, []fleet.Place{{log, i}}) {
					t.Errorf("%s-%d: %v, %v", log, i, got, err)
				}
			}
		}
		got, err := x.Find(fleet.Term{Kind: "day", Value: "2026-05-03"})
		if err != nil || len(got) != 20 || got[0] != (fleet.Place{Log: "a", Index: 30}) || got[19] != (fleet.Place{Log: "b", Index: 39}) {
			t.Errorf("a day: %v, %v", got, err)
		}
		if got, err := x.Find(fleet.Term{Kind: "number", Value: "a-1"}); err != nil || len(got) > 0 {
			t.Errorf("another kind: %v, %v", got, err)
		}
		several, err := x.Several()
		check(t, err)
		if !several.Has(fleet.Term{Kind: "day", Value: "2026-05-03"}) || several.Has(fleet.Term{Kind: "serial", Value: "a-1"}) {
			t.Errorf("Several = %v", several)
		}
		check(t, x.Add("a", sizes["a"], rowsOf("a", 0, 3))) // it has these entries
		check(t, x.Close())
		x = openIndex(t, dir)
	}
}

// TestIndexAfterACrash has what a crash leaves: files that the state does not name, or a state without its files.
func TestIndexAfterACrash(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "index")
	x, sizes := filled(t, dir)
	check(t, x.Close())
	check(t, os.WriteFile(filepath.Join(dir, "0-99.rows"), []byte("half"), 0o644))
	check(t, os.WriteFile(filepath.Join(dir, ".state.tmp"), []byte("half"), 0o644))
	x = openIndex(t, dir)
	same(t, x, sizes)
	if list := strings.Join(list(t, os.DirFS(dir)), " "); strings.Contains(list, "0-99") || strings.Contains(list, "tmp") {
		t.Errorf("left: %s", list)
	}
	check(t, x.Close())
	for _, name := range list(t, os.DirFS(dir)) {
		broken := filepath.Join(scratch(t), "index")
		check(t, os.CopyFS(broken, os.DirFS(dir)))
		check(t, os.Truncate(filepath.Join(broken, name), 20))
		again := openIndex(t, broken)
		same(t, again, nil)
		check(t, again.Add("a", 5, rowsOf("a", 0, 5)))
		same(t, again, map[string]int64{"a": 5})
	}
}

// TestIndexSeesAFlippedBit is what an audit relies on.
func TestIndexSeesAFlippedBit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "index")
	x, _ := filled(t, dir)
	before, err := x.Sums()
	check(t, err)
	for _, name := range list(t, os.DirFS(dir)) {
		if name == "state" {
			continue
		}
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		check(t, err)
		for _, at := range []int{0, len(data) - 1} {
			data[at] ^= 1
			check(t, os.WriteFile(path, data, 0o644))
			if after, err := x.Sums(); err == nil && after["a"] == before["a"] && after["b"] == before["b"] {
				t.Errorf("%s: bit 0 of byte %d is not seen", name, at)
			}
			data[at] ^= 1
		}
		check(t, os.WriteFile(path, data, 0o644))
	}
}
