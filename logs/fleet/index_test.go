package fleet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rasure/logs/fleet"
)

func termsOf(i int64) []fleet.Term {
	return []fleet.Term{{"serial", fmt.Sprintf("S-%d", i)}, {"day", fmt.Sprintf("2026-05-%02d", i/10)}}
}

func rowsOf(from, to int64) *fleet.Rows {
	r := &fleet.Rows{}
	for i := from; i < to; i++ {
		r.Add(i, termsOf(i))
	}
	return r
}

func TestIndex(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "index")
	x := fleet.OpenIndex(dir)
	at := int64(0)
	for step := range int64(40) {
		to := at + 1 + step%5
		check(t, x.Add(to, rowsOf(at, to)))
		at = to
		if size, err := x.Size(); err != nil || size != to {
			t.Fatalf("Size = %d, %v, want %d", size, err, to)
		}
		if all, err := os.ReadDir(dir); err != nil || len(all) > 8 {
			t.Errorf("%d runs at %d entries, %v", len(all), to, err)
		}
	}
	for i := range at {
		if got, err := x.Find(fleet.Term{Kind: "serial", Value: fmt.Sprintf("S-%d", i)}); err != nil || !slices.Equal(got, []int64{i}) {
			t.Errorf("S-%d: %v, %v", i, got, err)
		}
	}
	if got, err := x.Find(fleet.Term{Kind: "day", Value: "2026-05-03"}); err != nil || len(got) != 10 || !slices.IsSorted(got) {
		t.Errorf("a day: %v, %v", got, err)
	}
	if got, err := x.Find(fleet.Term{Kind: "number", Value: "S-1"}); err != nil || len(got) > 0 {
		t.Errorf("another kind: %v, %v", got, err)
	}
	if err := x.Compare(at, rowsOf(0, at)); err != nil {
		t.Error(err)
	}
	if err := x.Compare(at, rowsOf(1, at)); err == nil {
		t.Error("an index with an entry too many was good")
	}
	if err := x.Compare(at+1, rowsOf(0, at+1)); err == nil {
		t.Error("an index without the last entry was good")
	}
}

// TestIndexAfterACrash has the files that a crash leaves between the writing of a merged run and the removal of its parts.
func TestIndexAfterACrash(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "index")
	x := fleet.OpenIndex(dir)
	check(t, x.Add(4, rowsOf(0, 4)))
	old := filepath.Join(scratch(t), "old")
	check(t, os.CopyFS(old, os.DirFS(dir)))
	check(t, x.Add(8, rowsOf(4, 8)))
	for _, name := range list(t, os.DirFS(old)) {
		data, err := os.ReadFile(filepath.Join(old, name))
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	if err := x.Compare(8, rowsOf(0, 8)); err != nil {
		t.Error(err)
	}
	check(t, x.Add(9, rowsOf(8, 9)))
	if err := x.Compare(9, rowsOf(0, 9)); err != nil {
		t.Error(err)
	}
	check(t, x.Remove())
	if size, err := x.Size(); err != nil || size != 0 {
		t.Errorf("Size = %d, %v", size, err)
	}
}
