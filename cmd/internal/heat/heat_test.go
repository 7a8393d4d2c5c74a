package heat

import (
	"testing"

	"rasure/devices"
)

func TestGauge(t *testing.T) {
	t.Parallel()
	own := func(celsius ...int) (all []devices.Temperature) {
		for _, c := range celsius {
			all = append(all, devices.Temperature{Celsius: c, Limit: 60, Critical: 70})
		}
		return all
	}
	for name, c := range map[string]struct {
		limit    Limit
		readings []devices.Temperature
		want     string // w: waits, -: runs
	}{
		"own limit":         {Limit{}, own(59, 60, 61, 58, 56, 55, 56, 59, 60), "-wwww---w"},
		"cool":              {Limit{}, own(20, 30, 40), "---"},
		"never":             {Limit{Never: true}, own(60, 90), "--"},
		"lower than own":    {Limit{Celsius: 50}, own(49, 50, 46, 45), "-ww-"},
		"higher than own":   {Limit{Celsius: 65}, own(64, 65, 61, 60), "-ww-"},
		"critical only":     {Limit{}, []devices.Temperature{{Celsius: 69, Critical: 70}, {Celsius: 70, Critical: 70}, {Celsius: 65, Critical: 70}}, "-w-"},
		"no limit":          {Limit{}, []devices.Temperature{{Celsius: 99}}, "-"},
		"limit is gone":     {Limit{}, []devices.Temperature{{Celsius: 60, Limit: 60}, {Celsius: 59}}, "w-"},
		"implausible limit": {Limit{}, []devices.Temperature{{Celsius: 30, Limit: 25}, {Celsius: 70, Limit: 25, Critical: 70}}, "-w"},
	} {
		g, got := Gauge{Limit: c.limit}, ""
		for _, r := range c.readings {
			got += map[bool]string{true: "w", false: "-"}[g.Read(r, true)]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestGaugeSilent has a drive that stops reporting its temperature: it does not count as cool, nor as hot.
func TestGaugeSilent(t *testing.T) {
	t.Parallel()
	g := Gauge{}
	if g.Read(devices.Temperature{}, false) {
		t.Error("waits for a drive that has reported nothing")
	}
	hot := devices.Temperature{Celsius: 60, Limit: 60}
	if !g.Read(hot, true) || !g.Read(devices.Temperature{}, false) {
		t.Error("a hot drive that reports nothing more counts as cool")
	}
	if got, want := g.Why().String(), "the drive has 60C, and the limit is 60C: the job continues at 55C"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestGaugeForced continues the job of a hot drive by hand.
func TestGaugeForced(t *testing.T) {
	t.Parallel()
	at := func(c int) devices.Temperature { return devices.Temperature{Celsius: c, Limit: 60} }
	g := Gauge{}
	g.Force() // nothing is hot: it has no effect
	if !g.Read(at(60), true) {
		t.Fatal("it does not wait")
	}
	g.Force()
	for _, c := range []int{61, 65, 58} {
		if g.Read(at(c), true) {
			t.Errorf("waits at %d degrees, and was forced", c)
		}
	}
	if g.Read(at(55), true) || !g.Read(at(60), true) {
		t.Error("once it has cooled the limit must be in force again")
	}
}
