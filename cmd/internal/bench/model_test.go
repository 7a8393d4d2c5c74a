package bench

import (
	"context"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

var update = flag.Bool("update", false, "write the pictures of the screens again")

// desk is a model with its server, driven by messages alone: no terminal, no clock.
type desk struct {
	t      *testing.T
	server *benchtest.Server
	m      *Model
	now    time.Time
	beeps  int
	left   bool // the screen was quit
}

func newDesk(t *testing.T, s jobs.State, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, server: benchtest.New(s), now: benchtest.Now}
	o := Options{Dial: d.server.Dial, Lang: message.English, Now: func() time.Time { return d.now }, Batch: jobs.Options{Operator: "li"},
		Getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color", "LANG": "C"}[name] }}
	service, _ := o.Dial(context.Background())
	d.m = newModel(context.Background(), o, service)
	d.m.after = func(_ time.Duration, f func(time.Time) tea.Msg) tea.Cmd {
		return func() tea.Msg { return f(d.now) }
	}
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	d.sync()
	return d
}

// sync passes the server's state on, as the watch does.
func (d *desk) sync() {
	ctx, cancel := context.WithCancel(context.Background())
	var s jobs.State
	d.m.service.(*benchtest.Service).Watch(ctx, func(now jobs.State) { s = now; cancel() })
	d.send(stateMsg{s})
}

// send has the model take a message, and everything that follows from it.
func (d *desk) send(msg tea.Msg) {
	_, cmd := d.m.Update(msg)
	d.run(cmd)
}

func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, beatMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tea.RawMsg:
		if msg.Msg == "\a" {
			d.beeps++
		}
	case tea.QuitMsg:
		d.left = true
	default:
		d.send(msg)
	}
}

// key presses keys by name: "space", "enter", "down".
func (d *desk) key(names ...string) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"delete": tea.KeyDelete, "backspace": tea.KeyBackspace, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd}
	for _, n := range names {
		d.now = d.now.Add(500 * time.Millisecond)
		if n == "space" {
			d.send(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
		} else if code, ok := codes[n]; ok {
			d.send(tea.KeyPressMsg{Code: code})
		} else {
			d.send(tea.KeyPressMsg{Code: []rune(n)[0], Text: n})
		}
	}
}

// typed presses the keys of a word as a hand does, and Enter.
func (d *desk) typed(word string) {
	for _, r := range word {
		d.key(string(r))
	}
	d.key("enter")
}

// scan is what a scanner does: the keys come at once, so that no timer ends in between.
func (d *desk) scan(word string) {
	for _, r := range word {
		d.now = d.now.Add(2 * time.Millisecond)
		_, cmd := d.m.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
		if d.m.held == "" {
			d.run(cmd)
		}
	}
	d.now = d.now.Add(2 * time.Millisecond)
	d.send(tea.KeyPressMsg{Code: tea.KeyEnter})
}

// text is the screen without styles.
func (d *desk) text() string {
	lines := strings.Split(ansi.Strip(d.m.View().Content), "\n")
	for i, l := range lines {
		if table.Width(l) > d.m.width {
			d.t.Errorf("line %d takes %d cells of %d: %q", i, table.Width(l), d.m.width, l)
		}
		lines[i] = strings.TrimRight(l, " ")
	}
	if len(lines) != d.m.height {
		d.t.Errorf("%d lines on a screen of %d", len(lines), d.m.height)
	}
	return strings.Join(lines, "\n") + "\n"
}

func (d *desk) shows(words ...string) {
	d.t.Helper()
	for _, w := range words {
		if text := d.text(); !strings.Contains(text, w) {
			d.t.Errorf("no %q on the screen:\n%s", w, text)
		}
	}
}

func (d *desk) lacks(words ...string) {
	d.t.Helper()
	for _, w := range words {
		if text := d.text(); strings.Contains(text, w) {
			d.t.Errorf("%q on the screen:\n%s", w, text)
		}
	}
}

// picture compares the screen with testdata.
func (d *desk) picture(name string) {
	d.t.Helper()
	file := "testdata/" + name + ".txt"
	text := d.text()
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != text {
		d.t.Errorf("%s (%v): the screen is\n%s", file, err, text)
	}
}

func (d *desk) calls(want ...string) {
	d.t.Helper()
	if got := d.server.Calls(); !reflect.DeepEqual(got, want) && (len(got) > 0 || len(want) > 0) {
		d.t.Errorf("the server was asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func ansiStrip(s string) string { return ansi.Strip(s) }
