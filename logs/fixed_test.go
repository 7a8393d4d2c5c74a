package logs_test

import (
	"os"
	"path/filepath"
	"testing"

	"rasure/logs"
)

// The head of an entry follows from any proof of it.
func TestAProofShowsTheHeadOfItsEntry(t *testing.T) {
	t.Parallel()
	o := plain()
	l, _ := create(t, o, 0)
	var heads []logs.Checkpoint
	for size := int64(1); size <= 70; size++ {
		add(t, l, 1)
		heads = append(heads, l.Snapshot().Checkpoint())
		for index := range size {
			proof, err := l.Prove(index)
			if err != nil {
				t.Fatal(err)
			}
			if in, err := logs.Verify(o.Identity, short(index), proof); err != nil || in.Head != heads[index] {
				t.Fatalf("entry %d of %d: head %v, %v, want %v", index, size, in.Head, err, heads[index])
			}
		}
	}
}

func TestAnEntryIsProvenAtItsOwnHead(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]logs.Options{"with a counter": counted(&counter{v: 40}, 40), "without": plain()} {
		l, dir := create(t, o, 0)
		var heads []logs.Checkpoint
		for range 260 {
			add(t, l, 1)
			heads = append(heads, l.Snapshot().Checkpoint())
		}
		for _, index := range []int64{0, 1, 254, 255, 256, 258, 259} {
			proof, err := l.ProveFixed(index)
			if err != nil {
				t.Fatal(err)
			}
			in, err := logs.Verify(o.Identity, short(index), proof)
			if err != nil || in.Checkpoint != heads[index] || in.Index != index || o.Counter != nil && in.Base() != 40 {
				t.Errorf("%s: entry %d is proven at %v, counter %d, %v", name, index, in.Checkpoint, in.Counter, err)
			}
		}
		for _, index := range []int64{-1, 260} {
			if _, err := l.ProveFixed(index); err == nil {
				t.Errorf("%s: entry %d is proven", name, index)
			}
		}
		signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		if cp, _, err := logs.OpenCheckpoint(o.Identity, signed); err != nil || cp != heads[259] {
			t.Errorf("%s: the log's checkpoint is %v, %v", name, cp, err)
		}
	}
}

// Where no record was kept, nothing attests the head any more.
func TestAnEntryWithoutARecordIsProvenAtTheNewestHead(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 5)
	if err := os.RemoveAll(filepath.Join(dir, "attest")); err != nil {
		t.Fatal(err)
	}
	o := counted(c, 40)
	l, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, 2)
	for index, size := range map[int64]int64{4: 7, 5: 6, 6: 7} {
		proof, err := l.ProveFixed(index)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := logs.Verify(o.Identity, short(index), proof); err != nil || in.Checkpoint.Size != size {
			t.Errorf("entry %d is proven at size %d, %v, want %d", index, in.Checkpoint.Size, err, size)
		}
	}
}
