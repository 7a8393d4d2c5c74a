// Package heat decides when a job must wait until its drive has cooled.
package heat

import (
	"rasure/cmd/message"
	"rasure/devices"
)

// Limit is the temperature at which a job pauses. The zero value is the drive's own limit.
type Limit struct {
	Never   bool
	Celsius int // from [Lowest] to [Highest]; 0: the drive's own
}

// What a limit can be. A drive that reports a lower one as its own is not believed: it would wait in a warm room for ever.
const (
	Lowest  = 40
	Highest = 100
)

// Cooling is how far below its limit a drive must be before its job continues, in degrees.
const Cooling = 5

// of returns the limit of a drive; 0 if it has none.
func (l Limit) of(t devices.Temperature) int {
	if l.Never {
		return 0
	}
	for _, limit := range []int{l.Celsius, t.Limit, t.Critical} {
		if limit >= Lowest {
			return limit
		}
	}
	return 0
}

// Gauge follows the temperature of one drive.
type Gauge struct {
	Limit Limit

	hot    bool // since it reached its limit and until it has cooled
	forced bool // a person continued the job meanwhile
	last   devices.Temperature
}

// Read takes what the drive reports, and returns whether its job must wait. A drive that stops reporting is neither hotter nor cooler
// than before.
func (g *Gauge) Read(t devices.Temperature, reported bool) (wait bool) {
	if reported {
		g.last = t
		limit := g.Limit.of(t)
		switch {
		case limit == 0:
			g.hot = false
		case t.Celsius >= limit:
			g.hot = true
		case t.Celsius <= limit-Cooling:
			g.hot = false
		}
		g.forced = g.forced && g.hot
	}
	return g.hot && !g.forced
}

// Force lets the job of a hot drive continue, because a person wants it. Once the drive has cooled, its limit is in force again.
func (g *Gauge) Force() { g.forced = g.hot }

// Why says what a job that must wait is waiting for.
func (g *Gauge) Why() message.Text {
	limit := g.Limit.of(g.last)
	return message.Of("the drive has %dC, and the limit is %dC: the job continues at %dC", g.last.Celsius, limit, limit-Cooling)
}
