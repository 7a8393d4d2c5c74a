package table

import (
	"slices"
	"testing"
)

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "sda": 3, "绝密": 4, "—": 1, "⟦a⟧": 3, "e\u0301": 1, "\u200b": 0, "ｘ": 2, "é": 1, "\U00020000": 2} {
		if got := Width(s); got != want {
			t.Errorf("%q: got %d cells, want %d", s, got, want)
		}
	}
	for i := 1; i < len(wideRunes); i++ {
		if wideRunes[i].first <= wideRunes[i-1].last {
			t.Errorf("range %x is out of order", wideRunes[i].first)
		}
	}
}

func TestCut(t *testing.T) {
	if got := Cut("绝密", 3); got != "绝" {
		t.Errorf("cut to 3 cells: %q", got)
	}
	if got := Clip("SERIAL", 4); got != "SER~" {
		t.Errorf("clipped to 4 cells: %q", got)
	}
	if got := Clip("SERIAL", 6); got != "SERIAL" {
		t.Errorf("clipped to 6 cells: %q", got)
	}
}

func TestLayout(t *testing.T) {
	rows := [][]string{{"DISK", "SIZE", "STATE"}, {"绝密.img", "1 GB", "ready"}, {"sda", "12 GB", "mounted"}}
	tab := Table{Right: []int{1}, Spare: []int{1}}
	for width, want := range map[int][]string{
		80: {"DISK       SIZE  STATE", "绝密.img   1 GB  ready", "sda       12 GB  mounted"},
		20: {"DISK      STATE", "绝密.img  ready", "sda       mounted"},
	} {
		if got, _ := tab.Layout(rows, width); !slices.Equal(got, want) {
			t.Errorf("%d cells: got %q, want %q", width, got, want)
		}
	}
}
