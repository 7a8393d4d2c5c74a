package wipe

import (
	"strconv"
	"strings"

	"rasure/cmd/message"
	"rasure/devices"
)

// ErrPurgeUnavailable says that rasure cannot purge the disk. No weaker method is chosen instead.
var ErrPurgeUnavailable = message.New("purge unavailable: destroy it physically")

// UnavailableError is an [ErrPurgeUnavailable] with the reasons.
type UnavailableError struct {
	Disk    string
	Reasons []message.Text // one for each method that the drive offers, or why it could not be asked; never empty
}

func (e *UnavailableError) Message() message.Text {
	return message.Of("%s: %v (%v)", e.Disk, ErrPurgeUnavailable, joined(e.Reasons))
}

func (e *UnavailableError) Error() string { return e.Message().String() }

func (e *UnavailableError) Unwrap() error { return ErrPurgeUnavailable }

// Considered is a method that the drive offers, as a plan shows it.
type Considered struct {
	ID    devices.MethodID `json:"id"`
	Level devices.Level    `json:"level"` // the most it may claim on this medium
	Why   message.Text     `json:"why"`   // why it was not chosen; "" if it was
}

// purge chooses the method: the first that the drive offers, may claim to purge, and can be used.
func (p *Plan) purge(d devices.Disk, offer *devices.Capabilities) error {
	no := &UnavailableError{Disk: d.Name}
	switch {
	case d.Volume:
		no.Reasons = append(no.Reasons, message.Of("it is a volume, and its physical disks are not reached"))
	case d.Medium == devices.Image:
		no.Reasons = append(no.Reasons, message.Of("an image has no firmware"))
	case managed(d):
		no.Reasons = append(no.Reasons, message.Of("keyed blocks cannot be written all over host-managed zones, so that nothing could show what the drive's own erase did"))
	case offer == nil || offer.Unavailable.IsZero() && len(offer.Methods) == 0:
		no.Reasons = append(no.Reasons, message.Of("the drive offers no firmware erase"))
	case !offer.Unavailable.IsZero():
		no.Reasons = append(no.Reasons, offer.Unavailable)
	}
	if len(no.Reasons) > 0 {
		return no
	}
	for _, m := range offer.Methods {
		c := Considered{m.ID, devices.LevelOf(m.ID, d.Medium), m.Unusable}
		if m.Level == Clear {
			c.Level = Clear // a driver may lower the level of the table, never raise it
		}
		switch {
		case c.Level != Purge: // removing another reason would not help
			c.Why = message.Of("on a medium of this kind (%s) it reaches only %s", word(d.Medium), word(c.Level))
		case c.Why.IsZero() && p.Method != nil:
			c.Why = message.Of("a stronger one was chosen")
		case c.Why.IsZero():
			m.Level = c.Level
			p.Method = &m
		}
		p.Considered = append(p.Considered, c)
		no.Reasons = append(no.Reasons, message.Of("%s: %v", string(c.ID), c.Why))
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

// limit is an exception as a text.
type limit struct {
	code string
	text message.Text
}

// limits are the exceptions that hidden areas and other disks cause, whatever the drive reports.
func (p Plan) limits() (all []limit) {
	by := message.Of("overwriting")
	if p.Method != nil {
		by = message.Of("%s", string(p.Method.ID))
	}
	if p.Volume {
		all = append(all, limit{CodeVolume, message.Of("only what the volume shows was to be overwritten: the physical disks behind it were not reached, or not all of them")})
	}
	for _, a := range p.Unreached() {
		switch {
		case a.Bytes > 0:
			all = append(all, limit{CodeHidden, message.Of("%s: %d bytes that %v does not reach: %v", string(a.Kind), a.Bytes, by, a.Detail)})
		case p.Method != nil: // level clear claims nothing about what the disk does not address
			all = append(all, limit{CodeHidden, message.Of("%s: could not be examined, and %v does not reach it: %v", string(a.Kind), by, a.Detail)})
		}
	}
	if p.Method != nil && len(p.Method.AlsoErases) > 0 && !p.Joined {
		all = append(all, limit{CodeOthers, message.Of("%s also erased %s, which were not read back", string(p.Method.ID), joinNames(p.Method.AlsoErases))})
	}
	return all
}

// beforeErasing is what an operator must know before the drive erases itself.
func beforeErasing(m devices.Method) message.Text {
	switch {
	case m.Blocking && secretOf(m) == "":
		return message.Of("the drive does not answer until it has finished; if it loses power before, --resume starts the erase again")
	case m.Blocking:
		return message.Of("the drive does not answer until it has finished; if it loses power before, it stays locked with the password %s, and --resume unlocks it",
			strconv.Quote(string(devices.ATAPassword)))
	}
	return message.Of("once started, the drive cannot be stopped: it continues by itself, even after a power cut, and nothing restores its data")
}

// joined is a list of sentences in one line.
func joined(list []message.Text) message.Text {
	args := make([]any, len(list))
	for i, t := range list {
		args[i] = t
	}
	return message.Text{Format: strings.TrimSuffix(strings.Repeat("%v; ", len(list)), "; "), Args: args}
}

func joinNames(names []string) string { return strings.Join(names, ", ") }

// word is a code of ours that is a word for people: a reader's language has it.
func word[S ~string](code S) message.Text { return message.Text{Format: string(code)} }
