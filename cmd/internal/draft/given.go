package draft

import (
	"slices"
	"strconv"

	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
)

// What a command line need not type: the particulars of an attached disk, all media of a person, what a bar-code scanner reads.

// Set gives a flag its values, unless the command line has some.
func (g *Given) Set(flag string, values ...string) {
	if f := g.Fields[flag]; f != nil && len(*f) == 0 && len(values) > 0 {
		*f = values
	}
}

// word is the only value of a flag; "" if it has none.
func (g *Given) word(flag string) string {
	if f := g.Fields[flag]; f != nil && len(*f) == 1 {
		return (*f)[0]
	}
	return ""
}

// SetDisk takes the particulars of a medium from the disk itself, so that the register has what the drive reports.
func (g *Given) SetDisk(d devices.Disk) {
	serial := d.Serial
	if serial == "" && d.Medium == devices.Image {
		serial = d.Name // an image has no label but its name
	}
	for flag, value := range map[string]string{"serial": serial, "model": d.Model, "type": typeOf(d), "size-bytes": strconv.FormatInt(d.Size, 10)} {
		if value != "" && value != "0" {
			g.Set(flag, value)
		}
	}
}

// typeOf is the type of medium that a disk is; "" if that is not known.
func typeOf(d devices.Disk) string {
	switch {
	case d.Medium == devices.Magnetic:
		return "magnetic"
	case d.Medium == devices.Image:
		return "image"
	case d.Medium != devices.Flash:
		return ""
	case d.Bus == devices.USB:
		return "usb-flash"
	case d.Bus == devices.SD:
		return "sd"
	case d.Bus == devices.MMC:
		return "emmc"
	}
	return "ssd"
}

// SetAllOf takes all media of a person as the arguments. A handover then is of everything that the person has.
func (g *Given) SetAllOf(state *audit.State, person string) error {
	g.Arguments = state.Register.Holds(person)
	if len(g.Arguments) == 0 {
		return fault.Refuse(message.Errorf("%s has no media", person))
	}
	g.Set("everything", "true")
	return nil
}

// SetScanned makes a count of what was scanned: what the register has there and was scanned is found, what was not scanned is missing, the rest is unexpected. The
// scope is a person, a place, or all.
func (g *Given) SetScanned(state *audit.State, scanned []string) error {
	person, place := g.word("custodian"), g.word("place")
	if person == "" && place == "" && g.word("all") == "" {
		for _, who := range g.Here {
			if role, name := cutRole(who); role == "custodian" && person == "" {
				person = name
			}
		}
		g.Set("custodian", person)
	}
	expected := []string{}
	switch {
	case person != "":
		expected = state.Register.Holds(person)
	case place != "":
		expected = state.Register.InPlace(place)
	case g.word("all") != "":
		expected = state.Register.Holds("*")
	default:
		return fault.Usagef("--scan: say what is counted: --custodian NAME, --place PLACE or --all true")
	}
	found, unexpected := []string{}, []string{}
	for _, number := range scanned {
		if m := state.Register.Medium(number); m != nil {
			number = m.Number
		}
		switch {
		case slices.Contains(found, number) || slices.Contains(unexpected, number): // scanned twice
		case slices.Contains(expected, number):
			found = append(found, number)
		default:
			unexpected = append(unexpected, number)
		}
	}
	missing := slices.DeleteFunc(expected, func(number string) bool { return slices.Contains(found, number) })
	for flag, numbers := range map[string][]string{"found": found, "missing": missing, "unexpected": unexpected} {
		g.Set(flag, numbers...)
	}
	return nil
}
