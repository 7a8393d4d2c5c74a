package suspend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sys makes a machine of attributes; none for an empty text.
func sys(t *testing.T, state, kind, clock string) Machine {
	t.Helper()
	m := Machine{t.TempDir()}
	for name, text := range map[string]string{states: state, kinds: kind, alarm: clock} {
		if text == "" {
			continue
		}
		file := filepath.Join(m.Root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// TestFor: the clock is set before the machine is suspended, and a machine that would not take the power away or not wake up stays awake.
func TestFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ state, kind, clock, why string }{
		{"freeze mem disk\n", "s2idle [deep]\n", "\n", ""},
		{"freeze mem disk\n", "[s2idle] deep\n", "\n", ""},
		{"freeze mem disk\n", "", "\n", ""},
		{"freeze\n", "[s2idle]\n", "\n", "cannot be suspended"},
		{"freeze mem\n", "[s2idle]\n", "\n", "may keep their power"},
		{"freeze mem\n", "[deep]\n", "", "no clock"},
	} {
		m := sys(t, c.state, c.kind, c.clock)
		err := m.For(5 * time.Second)
		state, _ := m.read(states)
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) || strings.HasPrefix(state, "mem") != (c.why == "") {
			t.Errorf("%q: %v, state %q", c, err, state)
		}
		if at, _ := m.read(alarm); c.why == "" && !strings.HasPrefix(at, "+5") {
			t.Errorf("%q: alarm %q", c, at)
		}
		if kind, _ := m.read(kinds); c.kind == "[s2idle] deep\n" && !strings.HasPrefix(kind, "s2idle") {
			t.Errorf("the kind of sleep stays %q", kind)
		}
	}
	m := sys(t, "mem", "", "\n")
	if err := os.Remove(filepath.Join(m.Root, alarm)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(m.Root, alarm), 0o755); err != nil { // it cannot be set
		t.Fatal(err)
	}
	if err := m.For(time.Second); err == nil {
		t.Error("suspended without an alarm")
	}
}
