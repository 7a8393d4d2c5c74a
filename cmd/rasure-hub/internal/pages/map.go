package pages

import (
	"cmp"
	"fmt"
	"slices"
)

// The size of the map of what left the office, in units of its own.
const (
	mapWidth  = 720
	mapBox    = 236 // the width of a box
	mapStep   = 46  // from one box to the next
	mapHigh   = 36  // of a box
	mapSide   = 12  // most boxes at the left
	mapOthers = 24  // and at the right
)

// Map is a picture of the media outside of the office: stations at the left, receivers at the right, and a line for each that has some.
type Map struct {
	Stations     []mapSpot          `json:"-"`
	Receivers    []mapSpot          `json:"-"`
	Lines        []mapLine          `json:"-"`
	Sums         mapSums            `json:"sums"`
	Left         int                `json:"-"` // receivers for which there is no place
	LeftStations int                `json:"-"` // and stations
	View         struct{ W, H int } `json:"-"`
}

// mapSums are media by what is known of them.
type mapSums struct {
	Acknowledged int `json:"acknowledged"`
	Open         int `json:"open"`
	Overdue      int `json:"overdue"`
}

// All is how many media there are.
func (s mapSums) All() int { return s.Acknowledged + s.Open + s.Overdue }

func (s *mapSums) add(state string) {
	switch state {
	case "overdue":
		s.Overdue++
	case "acknowledged":
		s.Acknowledged++
	default:
		s.Open++
	}
}

// mapSpot is a station or a receiver.
type mapSpot struct {
	Name string
	X, Y int
	W, H int
	mapSums
}

// mapLine is some media of a station that a receiver has.
type mapLine struct {
	Path, Class string
	N, X, Y     int // how many, and where that is said
	Width       int
}

// State is what is known of a medium that is outside: "overdue", "acknowledged" or "open".
func (r OutsideRow) State() string {
	switch {
	case r.MissingFor != nil:
		return "overdue"
	case r.Acknowledged:
		return "acknowledged"
	}
	return "open"
}

// mapOf draws the map; nil if nothing is outside.
func mapOf(rows []OutsideRow) *Map {
	if len(rows) == 0 {
		return nil
	}
	m := &Map{}
	stations, receivers := spots{}, spots{}
	type pair struct{ station, receiver, state string }
	counts := map[pair]int{}
	for _, r := range rows {
		m.Sums.add(r.State())
		stations.of(r.Station).add(r.State())
		receivers.of(r.Receiver).add(r.State())
		counts[pair{r.Station, r.Receiver, r.State()}]++
	}
	m.Stations, m.Receivers = stations.placed(0, mapSide), receivers.placed(mapWidth-mapBox, mapOthers)
	m.Left, m.LeftStations = len(receivers)-len(m.Receivers), len(stations)-len(m.Stations)
	n := max(len(m.Stations), len(m.Receivers))
	m.View.W, m.View.H = mapWidth, n*mapStep+2
	for _, s := range m.Stations {
		for _, r := range m.Receivers {
			for i, state := range []string{"acknowledged", "open", "overdue"} {
				if count := counts[pair{s.Name, r.Name, state}]; count > 0 {
					m.Lines = append(m.Lines, lineOf(s, r, (i-1)*11, count, state))
				}
			}
		}
	}
	return m
}

// lineOf draws one line; those of different states end at different heights.
func lineOf(from, to mapSpot, shift, n int, class string) mapLine {
	x1, y1, x2, y2 := from.X+from.W, from.Y+from.H/2+shift, to.X, to.Y+to.H/2+shift
	middle := (x1 + x2) / 2
	return mapLine{Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, middle, y1, middle, y2, x2-30, y2), Class: class, N: n, X: x2 - 4, Y: y2, Width: min(5, 1+n/4)}
}

// spots are stations or receivers by name.
type spots map[string]*mapSpot

func (s spots) of(name string) *mapSpot {
	if s[name] == nil {
		s[name] = &mapSpot{Name: name}
	}
	return s[name]
}

// placed are the spots with their places, those with the most that is overdue first, at most so many.
func (s spots) placed(x, most int) (all []mapSpot) {
	for _, one := range s {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b mapSpot) int {
		return cmp.Or(b.Overdue-a.Overdue, b.All()-a.All(), cmp.Compare(a.Name, b.Name))
	})
	all = all[:min(len(all), most)]
	for i := range all {
		all[i].X, all[i].Y, all[i].W, all[i].H = x, 1+i*mapStep, mapBox, mapHigh
	}
	return all
}
