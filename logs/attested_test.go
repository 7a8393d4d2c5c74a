package logs_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rasure/logs"
)

// withoutRecords are the options of a program that keeps no records, such as rasure 0.1.0.
func withoutRecords(o logs.Options) logs.Options {
	o.Records = nil
	return o
}

// recorded returns the sizes at which the log in dir has a record, which must verify, and checks that the heads are those of the log.
func recorded(t testing.TB, dir string, o logs.Options, roots []logs.Checkpoint) (sizes []int64) {
	t.Helper()
	s := snapshot(t, os.DirFS(dir), o)
	next := int64(0)
	for e, err := range s.Attested(0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Index != next || e.Head.Size != next+1 || roots != nil && e.Head != roots[next] {
			t.Errorf("entry %d: index %d, head %v", next, e.Index, e.Head)
		}
		if next++; e.Record == nil {
			continue
		}
		if _, err := o.VerifyRecord(e.Head, e.Record); err != nil {
			t.Errorf("the record of size %d: %v", e.Head.Size, err)
		}
		sizes = append(sizes, e.Head.Size)
	}
	if next != s.Size() {
		t.Errorf("%d entries of %d", next, s.Size())
	}
	return sizes
}

// span returns the numbers from first to last.
func span(first, last int64) (all []int64) {
	for i := first; i <= last; i++ {
		all = append(all, i)
	}
	return all
}

func TestEveryEntryHasItsRecord(t *testing.T) {
	t.Parallel()
	c := &counter{v: 40}
	o := counted(c, 40)
	l, dir := create(t, o, 0)
	var heads []logs.Checkpoint
	for range 515 {
		add(t, l, 1)
		heads = append(heads, l.Snapshot().Checkpoint())
	}
	if got := recorded(t, dir, o, heads); !slices.Equal(got, span(1, 515)) {
		t.Errorf("records at sizes %v", got)
	}
	var names []string
	for name := range inMemory(t, dir) {
		if filepath.Dir(name) == "attest" || filepath.Dir(filepath.Dir(name)) == "attest" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if want := []string{"attest/000", "attest/001", "attest/002.p/3"}; !slices.Equal(names, want) {
		t.Errorf("the files are %q, want %q", names, want)
	}
	s := l.Snapshot()
	for _, from := range []int64{1, 255, 256, 257, 300, 512, 514, 515} {
		next := from
		for e, err := range s.Attested(from) {
			if err != nil || e.Index != next || e.Head != heads[next] || string(e.Data) != string(short(next)) {
				t.Fatalf("from %d: entry %d is %d, %v, %v", from, next, e.Index, e.Head, err)
			}
			if _, err := o.VerifyRecord(e.Head, e.Record); err != nil {
				t.Errorf("from %d: %v", from, err)
			}
			next++
		}
		if next != 515 {
			t.Errorf("from %d: ended at %d", from, next)
		}
	}
	for _, from := range []int64{-1, 516} {
		for _, err := range s.Attested(from) {
			if err == nil {
				t.Errorf("from %d: an entry", from)
			}
		}
	}
	for size := range int64(516) {
		head, err := s.Head(size)
		if err != nil || size > 0 && head != heads[size-1] {
			t.Errorf("Head(%d) = %v, %v", size, head, err)
		}
	}
	for _, size := range []int64{1, 2, 255, 256, 257, 512, 513, 515} {
		head, record, err := s.Record(size)
		if err != nil || head != heads[size-1] {
			t.Errorf("Record(%d) = %v, %v", size, head, err)
		}
		if _, err := o.VerifyRecord(head, record); err != nil {
			t.Errorf("the record of size %d: %v", size, err)
		}
	}
	for _, size := range []int64{-1, 0, 516} {
		if _, _, err := s.Record(size); err == nil {
			t.Errorf("a record of size %d", size)
		}
	}
}

func TestARecordIsOfOneHeadAndOneValue(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 5)
	o := counted(c, 40)
	s := snapshot(t, os.DirFS(dir), o)
	head, record, err := s.Record(3)
	if err != nil {
		t.Fatal(err)
	}
	other, otherRecord, err := s.Record(4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.VerifyRecord(head, record); err != nil {
		t.Fatal(err)
	}
	shifted := o.Identity
	shifted.Base--
	renamed := head
	renamed.Origin += "x"
	for name, try := range map[string]func() ([]byte, error){
		"the record of another size": func() ([]byte, error) { return o.VerifyRecord(head, otherRecord) },
		"the head of another size":   func() ([]byte, error) { return o.VerifyRecord(other, record) },
		"another log":                func() ([]byte, error) { return o.VerifyRecord(renamed, record) },
		"another base":               func() ([]byte, error) { return shifted.VerifyRecord(head, record) },
		"no record":                  func() ([]byte, error) { return o.VerifyRecord(head, nil) },
		"a byte more":                func() ([]byte, error) { return o.VerifyRecord(head, append(bytes.Clone(record), 0)) },
		"a log without records":      func() ([]byte, error) { return withoutRecords(o).VerifyRecord(head, record) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s verifies", name)
		}
	}
	if _, err := logs.ReadSnapshot(os.DirFS(dir), logs.Identity{Origin: o.Origin, Log: o.Log, Records: o.Records}); err == nil {
		t.Error("records without a counter are accepted")
	}
}

// A log by rasure 0.1.0 has no records. They begin with the next append, and what is not known stays zero.
func TestRecordsBeginWithTheNextAppend(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 3, 254, 255, 256, 257, 300} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			dir, c := filled(t, size)
			if err := os.RemoveAll(filepath.Join(dir, "attest")); err != nil {
				t.Fatal(err)
			}
			o := counted(c, 40)
			if got := recorded(t, dir, o, nil); got != nil {
				t.Errorf("before it: records at %v", got)
			}
			l, err := logs.Open(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			add(t, l, 4)
			if got := recorded(t, dir, o, nil); !slices.Equal(got, span(size+1, size+4)) {
				t.Errorf("records at %v, want from %d on", got, size+1)
			}
			if again, err := logs.Open(dir, o); err != nil || again.Size() != size+4 {
				t.Errorf("opening it again: %v", err)
			}
		})
	}
}

// Rasure 0.1.0 appends to a log with records, and this program continues. Nothing is invented for what lies between.
func TestRecordsWithAGap(t *testing.T) {
	t.Parallel()
	for _, gap := range []struct{ from, to int64 }{{2, 5}, {250, 256}, {250, 260}, {256, 258}, {3, 600}} {
		t.Run(fmt.Sprint(gap), func(t *testing.T) {
			t.Parallel()
			dir, c := filled(t, gap.from)
			o := counted(c, 40)
			old, err := logs.Open(dir, withoutRecords(o))
			if err != nil {
				t.Fatal(err)
			}
			add(t, old, gap.to-gap.from)
			if got := recorded(t, dir, o, nil); !slices.Equal(got, span(1, gap.from)) {
				t.Errorf("after the gap: records at %v, want up to %d", got, gap.from)
			}
			l, err := logs.Open(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			add(t, l, 3)
			if got, want := recorded(t, dir, o, nil), append(span(1, gap.from), span(gap.to+1, gap.to+3)...); !slices.Equal(got, want) {
				t.Errorf("records at %v, want %v", got, want)
			}
			to := filepath.Join(scratch(t), "copy")
			if err := l.Export(to); err != nil {
				t.Fatal(err)
			}
			if got, want := recorded(t, to, o, nil), recorded(t, dir, o, nil); !slices.Equal(got, want) {
				t.Errorf("in the copy: records at %v, want %v", got, want)
			}
		})
	}
}

func TestExportTakesTheRecordsAlong(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 300)
	o := counted(c, 40)
	l, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	s := l.Snapshot()
	add(t, l, 2) // what is appended meanwhile is not in the copy
	to := filepath.Join(scratch(t), "copy")
	if err := s.Export(to); err != nil {
		t.Fatal(err)
	}
	if got := recorded(t, to, o, nil); !slices.Equal(got, span(1, 300)) {
		t.Errorf("records at %v", got)
	}
	if _, err := os.Stat(filepath.Join(to, "attest/001.p/44")); err != nil {
		t.Error(err)
	}
	name := filepath.Join(dir, "attest/000")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[77*72+3] ^= 1 // the counter in the record of size 78
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(filepath.Join(scratch(t), "copy")); !errors.Is(err, logs.ErrDamaged) || !bytes.Contains([]byte(err.Error()), []byte("attest/000: the record of size 78")) {
		t.Errorf("a copy of a record that does not verify: %v", err)
	}
}

// A record that has rotten is not copied into the next file.
func TestAppendRefusesDamagedRecords(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]byte) []byte{
		"a bit":         func(b []byte) []byte { b[100] ^= 1; return b },
		"a record less": func(b []byte) []byte { return b[:len(b)-72] },
		"empty":         func(b []byte) []byte { return nil },
	} {
		dir, c := filled(t, 3)
		o := counted(c, 40)
		l, err := logs.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		second, err := logs.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		add(t, second, 1)
		file := filepath.Join(dir, "attest/000.p/4")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := change(data)
		if err := os.WriteFile(file, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(short(4)); !errors.Is(err, logs.ErrDamaged) {
			t.Errorf("%s: Append = %v, want %v", name, err, logs.ErrDamaged)
		}
		if _, err := logs.Open(dir, o); !errors.Is(err, logs.ErrDamaged) {
			t.Errorf("%s: Open = %v, want %v", name, err, logs.ErrDamaged)
		}
		if now, _ := os.ReadFile(file); !bytes.Equal(now, bad) || c.v != 44 {
			t.Errorf("%s: the damage was written over, or counter at %d", name, c.v)
		}
	}
}

func TestCreateRefusesADirectoryWithRecords(t *testing.T) {
	t.Parallel()
	dir := scratch(t)
	if err := os.Mkdir(filepath.Join(dir, "attest"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := logs.Create(dir, counted(&counter{v: 40}, 40)); !errors.Is(err, os.ErrExist) {
		t.Errorf("Create = %v, want %v", err, os.ErrExist)
	}
}

// liar writes records that are not what it says.
type liar struct {
	attester
	record []byte
}

func (l liar) Record([]byte) ([]byte, error) { return l.record, nil }

func TestARecorderThatDoesNotFitFailsTheAppend(t *testing.T) {
	t.Parallel()
	for name, record := range map[string][]byte{"all zero": make([]byte, 72), "too short": []byte("x"), "none": nil} {
		c := &counter{v: 40}
		o := counted(c, 40)
		o.Records = liar{newAttester(c), record}
		l, _ := create(t, o, 0)
		if _, err := l.Append(short(0)); !errors.Is(err, logs.ErrUnfinished) {
			t.Errorf("%s: Append = %v, want %v", name, err, logs.ErrUnfinished)
		}
	}
}
