package wipe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rasure/devices"
)

// ErrPurgeUnavailable says that no way to purge the disk is known here. Nothing weaker is chosen instead.
var ErrPurgeUnavailable = errors.New("purge unavailable: destroy it physically")

// UnavailableError is an [ErrPurgeUnavailable] with the reasons.
type UnavailableError struct {
	Disk    string
	Reasons []string // one for each method that the drive offers, or why it could not be asked; never empty
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("%s: %v (%s)", e.Disk, ErrPurgeUnavailable, strings.Join(e.Reasons, "; "))
}

func (e *UnavailableError) Unwrap() error { return ErrPurgeUnavailable }

// Considered is a method that the drive offers, as a plan shows it.
type Considered struct {
	ID    devices.MethodID `json:"id"`
	Level devices.Level    `json:"level"` // the most it may claim on this medium
	Why   string           `json:"why"`   // "" if it was chosen; else why not
}

// purge chooses the method: the first of the drive's own that may claim to purge and can be used.
func (p *Plan) purge(d devices.Disk, offer *devices.Capabilities) error {
	no := &UnavailableError{Disk: d.Name}
	switch {
	case p.Verify != Full:
		return fmt.Errorf("planning %s: after a purge the whole disk is read back, not %q", d.Name, p.Verify)
	case d.Medium == devices.Image:
		no.Reasons = append(no.Reasons, "an image has no drive of its own")
	case offer == nil || offer.Unavailable.IsZero() && len(offer.Methods) == 0:
		no.Reasons = append(no.Reasons, "the drive offers no erase of its own")
	case !offer.Unavailable.IsZero():
		no.Reasons = append(no.Reasons, offer.Unavailable.String())
	}
	if len(no.Reasons) > 0 {
		return no
	}
	for _, m := range offer.Methods {
		c := Considered{m.ID, devices.LevelOf(m.ID, d.Medium), m.Unusable.String()}
		if m.Level == Clear {
			c.Level = Clear // a command set may know more against a method than the table does, never more for it
		}
		switch {
		case c.Level != Purge: // whatever else stands against it, to remove that would not help
			c.Why = fmt.Sprintf("on a medium of this kind (%s) it reaches only %s", d.Medium, c.Level)
		case c.Why == "" && p.Method != nil:
			c.Why = "a stronger one was chosen"
		case c.Why == "":
			m.Level = c.Level
			p.Method = &m
		}
		p.Considered = append(p.Considered, c)
		no.Reasons = append(no.Reasons, string(c.ID)+": "+c.Why)
	}
	if p.Method == nil {
		return no
	}
	return nil
}

// Unreached returns the hidden areas that there are, or may be, and that the plan does not erase.
func (p Plan) Unreached() (all []devices.HiddenArea) {
	for _, a := range p.Hidden {
		if a.Bytes != 0 && (p.Method == nil || !p.Method.ID.Covers(a.Kind)) {
			all = append(all, a)
		}
	}
	return all
}

// limits are the exceptions that hidden areas and other disks leave, whatever the drive says.
func (p Plan) limits() (all []Exception) {
	by := "overwriting"
	if p.Method != nil {
		by = string(p.Method.ID)
	}
	for _, a := range p.Unreached() {
		switch {
		case a.Bytes > 0:
			all = append(all, Exception{CodeHidden, fmt.Sprintf("%s: %d bytes that %s does not reach: %s", a.Kind, a.Bytes, by, a.Detail)})
		case p.Method != nil: // at level clear nothing is claimed of what the disk does not address
			all = append(all, Exception{CodeHidden, fmt.Sprintf("%s: could not be examined, and %s does not reach it: %s", a.Kind, by, a.Detail)})
		}
	}
	if p.Method != nil && len(p.Method.AlsoErases) > 0 {
		all = append(all, Exception{CodeOthers, fmt.Sprintf("%s erased %s too, which were not read back", p.Method.ID, strings.Join(p.Method.AlsoErases, ", "))})
	}
	return all
}

// beforeErasing is what an operator must know before a drive is told to erase itself.
func beforeErasing(m devices.Method) []string {
	switch {
	case m.Blocking && secretOf(m) == "":
		return []string{"the drive answers nothing until it has ended; if it loses power before, --resume tells it to erase itself again"}
	case m.Blocking:
		return []string{"the drive answers nothing until it has ended; if it loses power before, it is left locked by the password " + strconv.Quote(string(devices.ATAPassword)) + ", and --resume unlocks it"}
	}
	return []string{"once begun the drive cannot be stopped: it goes on by itself, also after a power cut, and nothing brings back what was on it"}
}
