package logs_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"rasure/logs"
)

func TestCutBack(t *testing.T) {
	t.Parallel()
	c := &counter{v: 40}
	o := counted(c, 40)
	l, dir := create(t, o, 5)
	old := copyDir(t, dir)
	before, err := audit(t, dir, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, 4)
	now, err := audit(t, dir, o, &before)
	if err != nil {
		t.Fatal(err)
	}

	_, err = logs.Open(old, o)
	if want := "the log was cut back or replaced: the counter says 9 entries, the log has 5"; !errors.Is(err, logs.ErrCutBack) || !strings.Contains(err.Error(), want) {
		t.Errorf("opening the old files: %v, want %s", err, want)
	}
	if _, err := audit(t, old, o, &now); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("auditing the old files since 9 entries: %v, want %v", err, logs.ErrCutBack)
	}

	// The files are exchanged under a handle that is open.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append([]byte("x")); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("appending to files that were cut back: %v, want %v", err, logs.ErrCutBack)
	}
	if c.v != 49 {
		t.Errorf("the counter went to %d", c.v)
	}
}

func TestOtherHistory(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 5, 256, 300} {
		dir, c := filled(t, size)
		o := counted(c, 40)
		now, err := audit(t, dir, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		l, err := logs.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		other := scratch(t)
		if err := logs.Fill(other, o, size, func(i int64) []byte { return append(short(i), 'x') }); err != nil {
			t.Fatal(err)
		}
		if _, err := auditLog(os.DirFS(other), o.Identity, &now, nil); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("audit of another log of %d entries: %v, want %v", size, err, logs.ErrCutBack)
		}
		os.RemoveAll(dir)
		if err := os.CopyFS(dir, os.DirFS(other)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append([]byte("x")); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("appending to another log of %d entries: %v, want %v", size, err, logs.ErrCutBack)
		}
	}
}

func TestCounter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		v     uint64
		want  error
		words string
	}{
		{"one ahead", 46, logs.ErrCutBack, "the counter says 6 entries, the log has 5"},
		{"far ahead", 1 << 40, logs.ErrCutBack, "the log has 5"},
		{"one behind", 44, logs.ErrCounterBehind, "the counter says 4 entries, the log has 5"},
		{"before its base", 3, logs.ErrCounterBehind, "the counter says -37 entries, the log has 5"},
		{"fits", 45, nil, ""},
	}
	dir, _ := filled(t, 5)
	for _, tt := range tests {
		o := counted(&counter{v: tt.v}, 40)
		_, err := logs.Open(copyDir(t, dir), o)
		if !errors.Is(err, tt.want) || tt.want != nil && !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: Open = %v, want %v: %s", tt.name, err, tt.want, tt.words)
		}
	}
	wrong := counted(&counter{v: 45}, 39)
	if _, err := auditLog(os.DirFS(dir), wrong.Identity, nil, nil); err == nil {
		t.Error("an audit does not see that the counter began elsewhere")
	}
	// A reader has no counter to ask.
	o := counted(&counter{v: 99}, 40)
	o.Signers, o.Counter = nil, nil
	l, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(nil); err == nil {
		t.Error("a log that was opened to be read can be appended to")
	}
}

func TestCounterMoved(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 5)
	l, err := logs.Open(dir, counted(c, 40))
	if err != nil {
		t.Fatal(err)
	}
	c.fail = func(call, _ string) error {
		if call == "increment" {
			c.v++
		}
		return nil
	}
	if _, err := l.Append([]byte("x")); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("Append = %v", err)
	}
	c.fail = nil
	if _, err := logs.Open(dir, counted(c, 40)); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("Open = %v, want %v", err, logs.ErrCutBack)
	}
}

func TestCreateRefused(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 1)
	if _, err := logs.Create(dir, counted(c, 41)); !errors.Is(err, os.ErrExist) {
		t.Errorf("Create over a log = %v, want %v", err, os.ErrExist)
	}
	if _, err := logs.Create(scratch(t), counted(c, 40)); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("Create with a counter that is not at its base = %v, want %v", err, logs.ErrCutBack)
	}
	if _, err := logs.Open(scratch(t), counted(c, 40)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of an empty directory = %v, want %v", err, os.ErrNotExist)
	}
}
