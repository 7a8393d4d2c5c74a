package logs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rasure/logs"
	"rasure/logs/durable"
)

// TestStep: a counter that has counted without entries is refused, until a step says from where it counts on.
func TestStep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	c := &counter{v: 100}
	o := counted(c, 100)
	l, err := logs.Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	add := func(l *logs.Log, i int64) {
		t.Helper()
		if got, err := l.Append(short(i)); err != nil || got != i {
			t.Fatalf("Append = %d, %v, want %d", got, err, i)
		}
	}
	add(l, 0)
	add(l, 1)
	c.v += 5
	if _, err := logs.Open(dir, o); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("Open of a log whose counter is ahead = %v, want ErrCutBack", err)
	}
	if got := o.Lead(c.v, 2); got != 5 {
		t.Errorf("the counter is %d ahead, want 5", got)
	}
	for _, wrong := range []logs.Step{{Size: 3, Base: 104}, {Size: 3, Base: 106}, {Size: 4, Base: 105}, {Size: 2, Base: 105}} {
		o := o
		o.Steps = []logs.Step{wrong}
		if _, err := logs.Open(dir, o); err == nil {
			t.Errorf("Open with the step %+v succeeds", wrong)
		}
	}
	o.Steps = []logs.Step{{Size: 3, Base: 105}}
	if l, err = logs.Open(dir, o); err != nil {
		t.Fatal(err)
	}
	c.fail = func(call, _ string) error { // the process is killed after it has counted
		if call == "incremented" {
			return errors.New("killed")
		}
		return nil
	}
	if _, err := l.Append(short(2)); !errors.Is(err, logs.ErrUnfinished) {
		t.Fatalf("Append = %v, want ErrUnfinished", err)
	}
	c.fail = nil
	if l, err = logs.Open(dir, o); err != nil {
		t.Fatal(err)
	}
	if at, ok := l.Recovered(); !ok || at != 2 {
		t.Errorf("Recovered = %d, %v, want 2", at, ok)
	}
	add(l, 3)
	s, err := logs.ReadCounted(durable.FS(dir), o.Identity, c)
	if err != nil || s.Size() != 4 {
		t.Fatalf("ReadCounted = %v", err)
	}
	for e, err := range s.Attested(0) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.VerifyRecord(e.Head, e.Record); err != nil {
			t.Errorf("the record of entry %d: %v", e.Index, err)
		}
	}
	old := o
	old.Steps = nil
	if _, err := logs.ReadSnapshot(durable.FS(dir), old.Identity); err == nil {
		t.Error("ReadSnapshot without the step succeeds")
	}
}

func TestDropUnfinished(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	c := &counter{v: 7}
	l, err := logs.Create(dir, counted(c, 7))
	if err != nil {
		t.Fatal(err)
	}
	c.fail = func(call, _ string) error {
		if call == "increment" {
			return errors.New("the TPM does not answer")
		}
		return nil
	}
	if _, err := l.Append(short(0)); !errors.Is(err, logs.ErrUnfinished) {
		t.Fatalf("Append = %v, want ErrUnfinished", err)
	}
	if err := logs.DropUnfinished(dir, short(0), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "intent")); err != nil {
		t.Errorf("the entry to be kept is gone: %v", err)
	}
	for range 2 { // the second time there is none
		if err := logs.DropUnfinished(dir, short(1), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "intent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the entry is still there: %v", err)
	}
}
