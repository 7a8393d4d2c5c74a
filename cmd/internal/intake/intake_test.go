package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/settings"
	"rasure/cmd/message"
	"rasure/devices"
)

var named = []settings.Bay{
	{Name: "A", Port: "ata 1", Intake: &settings.Intake{Countdown: 30 * time.Second}},
	{Name: "B", Port: "ata 2", Intake: &settings.Intake{Countdown: 30 * time.Second}},
	{Name: "C", Port: "ata 3"},
}

func disk(key, port, serial string) Seen {
	return Seen{Key: key, Examined: true, Disk: devices.Disk{Name: key, Port: port, Size: 1 << 30, Medium: devices.Magnetic, Bus: devices.SATA,
		Identity: devices.Identity{Serial: serial}, SerialSource: devices.SerialATA}}
}

// look is what is attached at a second after the mode was armed.
type look struct {
	at    int
	disks []Seen
}

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestMode(t *testing.T) {
	t.Parallel()
	d := disk("sdb", "ata 1", "S1")
	with := func(change func(*Seen)) Seen { s := d; change(&s); return s }
	hazard := with(func(s *Seen) {
		s.Hazards = []devices.Hazard{{Kind: devices.Mounted, Detail: message.Of("sdb is mounted on /media")}}
	})
	open := with(func(s *Seen) {
		s.Hazards = []devices.Hazard{{Kind: devices.Busy, Detail: message.Of("sdb is open in a viewer")}}
	})
	for name, c := range map[string]struct {
		there []Seen
		looks []look
		want  string
	}{
		"arrives":                {nil, []look{{1, []Seen{d}}, {30, []Seen{d}}, {31, []Seen{d}}, {90, []Seen{d}}}, "31 start sdb in A"},
		"was there":              {[]Seen{d}, []look{{1, []Seen{d}}, {90, []Seen{d}}}, ""},
		"was there, comes back":  {[]Seen{d}, []look{{1, nil}, {90, []Seen{disk("sdc", "ata 1", "S1")}}, {130, []Seen{disk("sdc", "ata 1", "S1")}}}, "90 sdc in A: it was there"},
		"was elsewhere":          {[]Seen{disk("sdb", "ata 3", "S1")}, []look{{1, nil}, {90, []Seen{disk("sdc", "ata 1", "S1")}}}, "90 sdc in A: it was there"},
		"no intake":              {nil, []look{{1, []Seen{disk("sdb", "ata 3", "S1")}}, {90, []Seen{disk("sdb", "ata 3", "S1")}}}, ""},
		"no bay":                 {nil, []look{{1, []Seen{disk("sdb", "usb 1-1", "S1")}}, {90, []Seen{disk("sdb", "usb 1-1", "S1")}}}, ""},
		"leaves in time":         {nil, []look{{1, []Seen{d}}, {30, nil}, {90, nil}}, ""},
		"leaves, comes again":    {nil, []look{{1, []Seen{d}}, {30, nil}, {35, []Seen{disk("sdc", "ata 1", "S1")}}, {64, []Seen{disk("sdc", "ata 1", "S1")}}, {65, []Seen{disk("sdc", "ata 1", "S1")}}}, "65 start sdc in A"},
		"no serial":              {nil, []look{{1, []Seen{disk("sdb", "ata 1", "")}}, {90, []Seen{disk("sdb", "ata 1", "")}}}, "1 sdb in A: it has no serial number of its own"},
		"no serial, then one":    {nil, []look{{1, []Seen{disk("sdb", "ata 1", "")}}, {5, nil}, {50, []Seen{disk("sdc", "ata 1", "S2")}}}, "1 sdb in A: it has no serial number of its own, 50 sdc in A: sdb left less than a minute before"},
		"another identity":       {[]Seen{disk("sda", "ata 1", "S0")}, []look{{1, nil}, {60, []Seen{d}}, {99, []Seen{d}}}, "60 sdb in A: sda left less than a minute before"},
		"another bay":            {[]Seen{disk("sda", "ata 3", "S0")}, []look{{1, nil}, {60, []Seen{d}}, {99, []Seen{d}}}, "60 sdb in A: sda left less than a minute before"},
		"in one look":            {[]Seen{disk("sda", "ata 1", "S0")}, []look{{60, []Seen{d}}, {99, []Seen{d}}}, "60 sdb in A: sda left less than a minute before"},
		"after a minute":         {[]Seen{disk("sda", "ata 1", "S0")}, []look{{1, nil}, {61, []Seen{d}}, {91, []Seen{d}}}, "91 start sdb in A"},
		"again after refusal":    {[]Seen{disk("sda", "ata 1", "S0")}, []look{{1, nil}, {60, []Seen{d}}, {61, nil}, {200, []Seen{disk("sdc", "ata 1", "S1")}}}, "60 sdb in A: sda left less than a minute before, 200 sdc in A: it was there"},
		"a guest leaves":         {nil, []look{{1, []Seen{disk("sda", "ata 1", "S0")}}, {5, nil}, {60, []Seen{d}}, {99, []Seen{d}}}, "60 sdb in A: sda left less than a minute before"},
		"a guest leaves, bay B":  {nil, []look{{1, []Seen{disk("sda", "ata 2", "S0")}}, {5, nil}, {20, []Seen{d}}, {50, []Seen{d}}}, "50 start sdb in A"},
		"world wide name":        {[]Seen{with(func(s *Seen) { s.Serial, s.WWN = "S0", "naa.5" })}, []look{{1, nil}, {99, []Seen{with(func(s *Seen) { s.Key, s.WWN = "x", "naa.5" })}}}, "99 sdb in A: it was there"},
		"hazard":                 {nil, []look{{1, []Seen{hazard}}, {31, []Seen{hazard}}, {90, []Seen{d}}}, "31 sdb in A: sdb is mounted on /media"},
		"hazard that goes":       {nil, []look{{1, []Seen{hazard}}, {30, []Seen{d}}, {31, []Seen{d}}}, "31 start sdb in A"},
		"hazard that comes":      {nil, []look{{1, []Seen{d}}, {30, []Seen{d}}, {31, []Seen{hazard}}}, "31 sdb in A: sdb is mounted on /media"},
		"open for a while":       {nil, []look{{1, []Seen{d}}, {31, []Seen{open}}, {60, []Seen{open}}, {60, []Seen{d}}}, "60 start sdb in A"},
		"open for long":          {nil, []look{{1, []Seen{d}}, {31, []Seen{open}}, {61, []Seen{open}}, {62, []Seen{d}}}, "61 sdb in A: sdb is open in a viewer"},
		"not examined":           {nil, []look{{1, []Seen{d}}, {31, []Seen{with(func(s *Seen) { s.Examined = false })}}}, "31 sdb in A: not all of its hazards could be looked for"},
		"busy":                   {nil, []look{{1, []Seen{d}}, {10, []Seen{with(func(s *Seen) { s.Busy = true })}}, {31, []Seen{d}}, {90, []Seen{d}}}, ""},
		"changes its identity":   {nil, []look{{1, []Seen{d}}, {31, []Seen{disk("sdb", "ata 1", "S2")}}}, "31 sdb in A: it is not the disk that arrived any more"},
		"changes its size":       {nil, []look{{1, []Seen{d}}, {31, []Seen{with(func(s *Seen) { s.Size = 1 })}}}, "31 sdb in A: it is not the disk that arrived any more"},
		"registered":             {nil, []look{{1, []Seen{d}}, {31, []Seen{with(func(s *Seen) { s.Medium = "S-1" })}}}, "31 sdb in A: medium S-1 has no approval"},
		"registered, approved":   {nil, []look{{1, []Seen{d}}, {31, []Seen{with(func(s *Seen) { s.Medium, s.Approved = "S-1", true })}}}, "31 start sdb in A"},
		"two bays, in their own": {nil, []look{{1, []Seen{d}}, {11, []Seen{d, disk("sdc", "ata 2", "S2")}}, {31, []Seen{d, disk("sdc", "ata 2", "S2")}}, {41, []Seen{d, disk("sdc", "ata 2", "S2")}}}, "31 start sdb in A, 41 start sdc in B"},
	} {
		m, got := Arm(named, c.there), []string{}
		for _, l := range c.looks {
			start, refused := m.Look(t0.Add(time.Duration(l.at)*time.Second), l.disks, true)
			for _, s := range start {
				got = append(got, fmt.Sprintf("%d start %s in %s", l.at, s.Name, s.Bay.Name))
			}
			for _, r := range refused {
				got = append(got, fmt.Sprintf("%d %s in %s: %s", l.at, r.Disk.Name, r.Bay.Name, r.Why))
			}
		}
		wants := strings.Split(c.want, ", ")
		if c.want == "" {
			wants = nil
		}
		ok := len(got) == len(wants)
		for i := range got {
			ok = ok && strings.HasPrefix(got[i], wants[i])
		}
		if !ok {
			t.Errorf("%s: %q, want %q", name, got, wants)
		}
	}
}

// TestErased lets another disk into a bay at once, if the one before was erased.
func TestErased(t *testing.T) {
	t.Parallel()
	for _, erased := range []bool{true, false} {
		m := Arm(named, nil)
		d, next := []Seen{disk("sdb", "ata 1", "S1")}, []Seen{disk("sdc", "ata 1", "S2")}
		m.Look(t0, d, true)
		if start, _ := m.Look(t0.Add(30*time.Second), d, true); len(start) != 1 {
			t.Fatal(start)
		}
		if erased {
			m.Erased("sdb")
		}
		m.Look(t0.Add(40*time.Second), nil, true)
		if _, refused := m.Look(t0.Add(45*time.Second), next, true); (len(refused) == 0) != erased || len(m.Starting()) == 1 != erased {
			t.Errorf("erased: %v, refused %+v, counts down %+v", erased, refused, m.Starting())
		}
	}
}

// TestHold holds a disk, which is then not erased in this run of the mode, also if it is plugged in again.
func TestHold(t *testing.T) {
	t.Parallel()
	m := Arm(named, nil)
	d := []Seen{disk("sdb", "ata 1", "S1")}
	m.Look(t0, d, true)
	if at, ok := m.Next(); !ok || !at.Equal(t0.Add(30*time.Second)) || len(m.Starting()) != 1 || strings.Join(m.Bays(), "") != "AB" {
		t.Errorf("%v, %v", at, ok)
	}
	if m.Hold("sdx") || !m.Hold("sdb") || m.Hold("sdb") {
		t.Error("Hold does not say whether the disk counted down")
	}
	if _, ok := m.Next(); ok {
		t.Error("it counts down still")
	}
	start, _ := m.Look(t0.Add(time.Hour), d, true)
	m.Look(t0.Add(2*time.Hour), nil, true)
	again := []Seen{disk("sdc", "ata 1", "S1")}
	more, refused := m.Look(t0.Add(3*time.Hour), again, true)
	if len(start)+len(more) > 0 || len(refused) != 1 || len(m.Starting()) > 0 {
		t.Errorf("%v, %v, %v", start, more, refused)
	}
}

// TestIncomplete does nothing at a look that may miss a disk.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	m := Arm(named, []Seen{disk("sda", "ata 3", "S0")})
	d := []Seen{disk("sdb", "ata 1", "S1")}
	m.Look(t0, d, false) // sda was not read, and has not left
	start, refused := m.Look(t0.Add(30*time.Second), d, false)
	if len(start)+len(refused) > 0 || len(m.Starting()) != 1 {
		t.Errorf("%v, %v", start, refused)
	}
	if start, _ = m.Look(t0.Add(31*time.Second), append(d, disk("sda", "ata 3", "S0")), true); len(start) != 1 {
		t.Errorf("%v", start)
	}
}
