package logs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"rasure/logs"
)

// A fault makes the n-th call fail that changes anything: a system call, a
// reading or an increment of the counter, before or after it was done.
type fault struct {
	n       int
	forEver bool // as if the process had died: all calls after it fail too
	after   func(call, name string)

	calls int
	hit   string // the call that failed
}

func (f *fault) ask(call, name string) error {
	f.calls++
	if f.calls == f.n || f.forEver && f.calls > f.n {
		if f.hit == "" {
			f.hit = call + " " + name
		}
		return syscall.ENOSPC
	}
	if f.after != nil {
		f.after(call, name)
	}
	return nil
}

// filled returns the directory of a log of n entries and a counter that fits.
func filled(t *testing.T, n int64) (string, *counter) {
	t.Helper()
	dir, c := filepath.Join(scratch(t), "log"), &counter{v: 40 + uint64(n)}
	made, _ := filledOnce.LoadOrStore(n, sync.OnceValue(func() fstest.MapFS {
		dir := filepath.Join(scratch(t), "log")
		if err := logs.Fill(dir, counted(&counter{v: 40}, 40), n, short); err != nil {
			t.Error(err)
		}
		return inMemory(t, dir)
	}))
	if err := os.CopyFS(dir, made.(func() fstest.MapFS)()); err != nil {
		t.Fatal(err)
	}
	return dir, c
}

// filledOnce has the files of filled logs by size: signing is what takes time.
var filledOnce sync.Map

// whole checks that dir is a log of size entries that can be appended to.
func whole(t *testing.T, dir string, c *counter, size int64) {
	t.Helper()
	o := counted(c, 40)
	if cp, err := audit(t, dir, o, nil); err != nil || cp.Size != size || c.v != 40+uint64(size) {
		t.Fatalf("audit = size %d, %v, with the counter at %d; want %d", cp.Size, err, c.v, size)
	}
	l, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, 1)
	if _, err := os.Stat(filepath.Join(dir, "intent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the intent is still there: %v", err)
	}
}

// crash appends to a log of size entries with the n-th call failing, and checks
// that the log can be continued. It reports whether there was an n-th call.
func crash(t *testing.T, size int64, n int, mode string) bool {
	dir, c := filled(t, size)
	f := &fault{n: n, forEver: mode != "one call fails"}
	o := counted(c, 40)
	cut := newPowerCut(dir)
	if mode == "power cut" {
		f.after = cut.before
	}
	l, err := logs.Open(dir, o.WithFault(func(call, name string) error { return f.ask(call, name) }))
	if err != nil {
		return crashedInOpen(t, f, dir, c, size, err)
	}
	c.fail = f.ask
	before := f.calls
	index, err := l.Append(short(size))
	c.fail = nil
	if f.hit == "" {
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
	if f.n <= before {
		t.Fatal("the fault hit Open, and Open returned no error")
	}
	at := fmt.Sprintf("%s: append to %d entries, call %d (%s)", mode, size, n, f.hit)
	if err != nil {
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v does not say that the directory is full", at, err)
		}
		calls, v := f.calls, c.v
		_, again := l.Append(short(size))
		switch {
		case f.hit == "read counter" && !errors.Is(err, logs.ErrUnfinished) && mode == "one call fails":
			if again != nil {
				t.Errorf("%s: nothing was written, and the handle refuses to continue: %v", at, again)
			}
			err = nil // the second attempt was acknowledged
		case again == nil || errors.Is(again, logs.ErrUnfinished):
			t.Errorf("%s: the handle continued: %v", at, again)
		case f.hit != "read counter" && (calls != f.calls || v != c.v):
			t.Errorf("%s: the handle wrote once more", at)
		}
	}
	if mode == "power cut" {
		cut.cut(t)
	}
	_, stat := os.Stat(filepath.Join(dir, "intent"))
	again, openErr := logs.Open(dir, o)
	if openErr != nil {
		t.Fatalf("%s: opening again: %v", at, openErr)
	}
	got := again.Size()
	if got != size && got != size+1 {
		t.Fatalf("%s: %d entries after it", at, got)
	}
	if err == nil && got != size+1 {
		t.Fatalf("%s: an acknowledged entry is lost", at)
	}
	if unfinished := errors.Is(err, logs.ErrUnfinished); unfinished && index != size {
		t.Errorf("%s: unfinished entry %d, want %d", at, index, size)
	} else if err != nil && mode != "power cut" && unfinished != (got == size+1) {
		t.Errorf("%s: %d entries after %v", at, got, err)
	}
	if stat == nil && got != size+1 {
		t.Errorf("%s: the intent was not finished", at)
	}
	if i, ok := again.Recovered(); ok && (i != size || err == nil) {
		t.Errorf("%s: Recovered = %d, and Append had returned %v", at, i, err)
	}
	whole(t, dir, c, got)
	return true
}

// crashedInOpen checks that an Open that failed harmed nothing.
func crashedInOpen(t *testing.T, f *fault, dir string, c *counter, size int64, err error) bool {
	if f.hit == "" {
		t.Fatal(err)
	}
	whole(t, dir, c, size)
	return true
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"one call fails", "all later calls fail", "power cut"} {
		for _, size := range []int64{0, 1, 2, 255, 256, 257} {
			t.Run(fmt.Sprintf("%s at %d entries", mode, size), func(t *testing.T) {
				t.Parallel()
				n := 1
				for crash(t, size, n, mode) {
					n++
				}
				t.Logf("%d calls failed in turn", n-1)
				if n < 20 {
					t.Errorf("only %d calls: the fault does not reach them", n-1)
				}
			})
		}
	}
}

func TestCrashTwice(t *testing.T) {
	t.Parallel()
	pairs := 0
	for first := 1; ; first += 2 {
		dir, c := filled(t, 3)
		f := &fault{n: first, forEver: true}
		o := counted(c, 40)
		l, err := logs.Open(dir, o.WithFault(f.ask))
		if err != nil {
			continue
		}
		c.fail = f.ask
		_, err = l.Append(short(3))
		if f.hit == "" {
			break
		}
		for second := 1; ; second++ {
			dir, c := copyDir(t, dir), &counter{v: c.v}
			g := &fault{n: second, forEver: true}
			c.fail = g.ask
			_, err := logs.Open(dir, counted(c, 40).WithFault(g.ask))
			c.fail = nil
			if (err != nil) != (g.hit != "") {
				t.Fatalf("%s, then %q: Open returned %v", f.hit, g.hit, err)
			}
			l, err := logs.Open(dir, counted(c, 40))
			if err != nil {
				t.Fatalf("%s, then %s: opening again: %v", f.hit, g.hit, err)
			}
			whole(t, dir, c, l.Size())
			if g.hit == "" {
				break
			}
			pairs++
		}
	}
	t.Logf("%d pairs of crashes", pairs)
	if pairs < 100 {
		t.Errorf("only %d pairs of crashes: the faults do not reach", pairs)
	}
}

// The first append with records to a log that has none, by rasure 0.1.0.
func TestCrashInTheFirstAppendWithRecords(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 3, 255, 256} {
		for _, mode := range []string{"one call fails", "all later calls fail", "power cut"} {
			for n := 1; ; n++ {
				dir, c := filled(t, size)
				if err := os.RemoveAll(filepath.Join(dir, "attest")); err != nil {
					t.Fatal(err)
				}
				f, cut := &fault{n: n, forEver: mode != "one call fails"}, newPowerCut(dir)
				if mode == "power cut" {
					f.after = cut.before
				}
				o := counted(c, 40)
				l, err := logs.Open(dir, o.WithFault(f.ask))
				if err == nil {
					c.fail = f.ask
					_, err = l.Append(short(size))
				}
				c.fail = nil
				if f.hit == "" {
					break
				}
				if mode == "power cut" {
					cut.cut(t)
				}
				at := fmt.Sprintf("%s: %d entries, call %d (%s)", mode, size, n, f.hit)
				again, openErr := logs.Open(dir, o)
				if openErr != nil || err == nil && again.Size() != size+1 {
					t.Fatalf("%s: Append = %v, then Open = %v", at, err, openErr)
				}
				now := again.Size()
				add(t, again, 1)
				if got := recorded(t, dir, o, nil); !slices.Equal(got, span(size+1, now+1)) {
					t.Errorf("%s: records at %v, want from %d to %d", at, got, size+1, now+1)
				}
			}
		}
	}
}

func TestCrashInCreate(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		dir, c := filepath.Join(scratch(t), "log"), &counter{v: 40}
		f := &fault{n: n, forEver: true}
		_, err := logs.Create(dir, counted(c, 40).WithFault(f.ask))
		if (err != nil) != (f.hit != "") {
			t.Fatalf("%s: Create returned %v", f.hit, err)
		}
		if _, err := logs.Open(dir, counted(c, 40)); err != nil {
			if _, err := logs.Create(dir, counted(c, 40)); err != nil {
				t.Fatalf("%s: creating again: %v", f.hit, err)
			}
		}
		whole(t, dir, c, 0)
		if f.hit == "" {
			return
		}
	}
}

func TestUnfinishedEntryOfAnother(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 3)
	o := counted(c, 40)
	broken := o.WithFault(func(call, name string) error {
		if name == "checkpoint" {
			return syscall.EIO
		}
		return nil
	})
	l, err := logs.Open(dir, broken)
	if err != nil {
		t.Fatal(err)
	}
	second, err := logs.Open(dir, broken)
	if err != nil {
		t.Fatal(err)
	}
	third, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if i, err := l.Append(short(3)); i != 3 || !errors.Is(err, logs.ErrUnfinished) {
		t.Errorf("Append = %d, %v, want 3, %v", i, err, logs.ErrUnfinished)
	}
	if _, err := second.Append(short(4)); err == nil || errors.Is(err, logs.ErrUnfinished) || !errors.Is(err, syscall.EIO) {
		t.Errorf("Append over another's unfinished entry = %v, want %v", err, syscall.EIO)
	}
	if i, err := third.Append(short(4)); i != 4 || err != nil {
		t.Errorf("Append = %d, %v, want 4", i, err)
	}
	if i, ok := third.Recovered(); i != 3 || !ok {
		t.Errorf("Recovered = %d, %v, want 3", i, ok)
	}
	whole(t, dir, c, 5)
}
