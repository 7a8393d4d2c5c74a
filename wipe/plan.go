package wipe

import (
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/firmware"
	"rasure/wipe/internal/pump"
	"rasure/wipe/scheme"
)

// Level is how far an erasure reaches.
type Level = devices.Level

const (
	Clear = devices.Clear
	Purge = devices.Purge
)

// VerifyMode is how much of a pass is read back.
type VerifyMode string

const (
	Full   VerifyMode = "full"
	Sample VerifyMode = "sample" // see [SampleReport]
	None   VerifyMode = "none"
)

// Plan is what will be done to one disk. It is made by [PlanFor] and shown to the operator before anything is written.
type Plan struct {
	Scheme   scheme.Scheme  `json:"scheme"`
	Level    Level          `json:"level"`
	Verify   VerifyMode     `json:"verify"`   // how to read back the passes that the scheme wants read back
	Reason   message.Text   `json:"reason"`   // why this scheme
	Warnings []message.Text `json:"warnings"` // what the operator must know before; [] if nothing

	Volume     bool                 `json:"volume,omitempty"`     // the disk is one, see [devices.Disk].Volume
	Method     *devices.Method      `json:"method,omitempty"`     // by which the drive erases itself before the passes; nil at level clear
	Joined     bool                 `json:"joined,omitempty"`     // the other disks that the method erases are joined to the disk: they are overwritten and read back too
	Frees      *devices.Method      `json:"frees,omitempty"`      // the revert with a PSID that goes before everything; nil if there is none
	Considered []Considered         `json:"considered,omitempty"` // at level purge, every method that the drive offers
	Hidden     []devices.HiddenArea `json:"hidden,omitempty"`     // what is known of areas outside of the disk's addresses
}

// PlanOptions is what the operator asks for; the zero value asks for the default.
type PlanOptions struct {
	Level  Level      // "" is Clear
	Scheme string     // id; "" is the default for the medium
	Verify VerifyMode // "" is Full

	PSID  bool                  // the PSID of the drive will be given to [Run]
	Offer *devices.Capabilities // of the drive's firmware; nil: it was not asked
}

// ParseLevel reads a level that can be planned. "" is Clear.
func ParseLevel(s string) (Level, error) {
	switch l := Level(s); l {
	case "":
		return Clear, nil
	case Clear, Purge:
		return l, nil
	}
	return "", message.Errorf("unknown level %q: want clear or purge", s)
}

// ParseVerify reads how much of a pass is read back. "" is Full.
func ParseVerify(s string) (VerifyMode, error) {
	switch v := VerifyMode(s); v {
	case "":
		return Full, nil
	case Full, Sample, None:
		return v, nil
	}
	return "", message.Errorf("unknown verification %q: want full, sample or none", s)
}

// Check refuses options with which no disk can be planned.
func (o PlanOptions) Check() error {
	level, err := ParseLevel(string(o.Level))
	if err != nil {
		return err
	}
	verify, err := ParseVerify(string(o.Verify))
	if err != nil {
		return err
	}
	if level == Purge && verify != Full {
		return message.Errorf("after a purge the whole disk is read back, not %q", string(verify))
	}
	if o.Scheme != "" {
		_, err = scheme.Named(o.Scheme)
	}
	return err
}

// PlanFor decides how d is erased. It never plans less than was asked for: what it cannot do is an error.
func PlanFor(d devices.Disk, o PlanOptions) (Plan, error) {
	failed := func(err error) (Plan, error) { return Plan{}, message.Errorf("planning %s: %w", d.Name, err) }
	if err := o.Check(); err != nil {
		return failed(err)
	}
	level, _ := ParseLevel(string(o.Level))
	verify, _ := ParseVerify(string(o.Verify))
	p := Plan{Level: level, Verify: verify, Volume: d.Volume, Warnings: []message.Text{}}
	if o.Offer != nil {
		p.Hidden = o.Offer.Hidden
	}
	if err := p.free(d, o); err != nil {
		return failed(err)
	}
	if p.Level == Purge {
		if err := p.purge(d, o.Offer); err != nil {
			return Plan{}, err
		}
	}
	id := o.Scheme
	p.Reason = message.Of("chosen by name")
	switch {
	case id == "" && p.Method != nil:
		id, p.Reason = scheme.ClearRandom, message.Of("after the drive's own erase: one random pass, so that everything addressable is proven too")
	case id == "":
		id, p.Reason = defaultScheme(d.Medium)
	}
	var err error
	if p.Scheme, err = scheme.Named(id); err != nil {
		return failed(err)
	}
	if managed(d) && (p.Verify == Sample || p.Probes()) {
		return failed(ErrZoned)
	}
	p.Warnings = append(p.Warnings, warnings(d, p)...)
	return p, nil
}

// Join makes the plan one for all namespaces that its method erases: d is the disk with them, see [devices.Target.Join].
func (p *Plan) Join(d devices.Disk) {
	p.Joined = true
	p.Warnings = append([]message.Text{}, warnings(d, *p)...)
}

// Cautions are the warnings that an operator sees before the confirmation. Those of a mere overwriting are shown by rasure plan only, so that a
// begin does not state that somebody was warned of them.
func (p Plan) Cautions() []message.Text {
	if p.Method == nil && p.Frees == nil {
		return nil
	}
	return p.Warnings
}

func defaultScheme(m devices.Medium) (id string, reason message.Text) {
	switch m {
	case devices.Magnetic:
		return scheme.ClearRandom, message.Of("the default for magnetic disks: one random pass")
	case devices.Image:
		return scheme.ClearRandom, message.Of("the default for images: one random pass")
	case devices.Flash:
		return scheme.FlashClear, message.Of("the default for flash: random and its complement")
	}
	return scheme.FlashClear, message.Of("the medium is unknown, so the default for flash applies: random and its complement")
}

func warnings(d devices.Disk, p Plan) (w []message.Text) {
	warn := func(format string, args ...any) { w = append(w, message.Of(format, args...)) }
	flash := d.Medium != devices.Magnetic && d.Medium != devices.Image
	if flash && p.Method == nil {
		warn("over-provisioned flash blocks are not overwritten")
	}
	if flash && p.Method == nil && len(p.Scheme.Passes) < 2 {
		warn("fewer than the two passes that rasure makes on flash as a precaution")
	}
	if p.Probes() {
		warn("every pass that is read back is constant bytes, which a device that stores nothing can return too: keyed blocks are first written all over the disk and read back")
	}
	if p.Scheme.Disputed != "" {
		warn("the scheme is disputed: %s", p.Scheme.Disputed)
	}
	switch d.Queue.Zoned {
	case devices.HostManaged:
		warn("the disk has host-managed zones: each is reset and written from its beginning to its end")
	case devices.HostAware:
		warn("the disk has host-aware zones: it is written as an ordinary disk, which can be slow")
	case devices.DriveManaged:
		warn("the disk has zones that it manages itself: it is written as an ordinary disk")
	}
	for _, l := range p.limits() {
		if l.code == CodeOthers { // whether they are read back is decided when the job begins
			l.text = message.Of("%s also erases %s, which must not be in use", string(p.Method.ID), joinNames(p.Method.AlsoErases))
		}
		w = append(w, l.text)
	}
	if p.Frees != nil {
		w = append(w, warningFrees)
	}
	if p.Method != nil {
		w = append(w, beforeErasing(*p.Method), firmware.NeverOnRealDrive)
	}
	for _, k := range devices.Quirks(d) {
		warn("known trouble: %s (%s)", k.What, k.Source)
	}
	switch p.Verify {
	case None:
		warn("nothing will be read back: the outcome cannot be verified")
	case Sample:
		warn("only a sample of each pass will be read back")
	}
	return w
}

// Probes reports whether [Run] writes keyed blocks all over the disk and reads them back before the passes; see [ProbeReport].
func (p Plan) Probes() bool { return p.Verify != None && !p.Scheme.VerifiesRandom() }

// ProbeBytes returns how many bytes of keyed blocks [Run] writes before the passes, and reads back, on a disk of that size and logical
// block in bytes; 0 if it writes none. A few bytes differ from job to job.
func (p Plan) ProbeBytes(size int64, logical int) int64 {
	if !p.Probes() || size <= 0 || logical <= 0 {
		return 0
	}
	spread, start := probePlaces([32]byte{}, size, logical, probeStart)
	return pump.Sum(spread) + pump.Sum(start)
}

// check refuses a plan that PlanFor would not have made, before anything is written.
func (p Plan) check() error {
	if v, err := ParseVerify(string(p.Verify)); err != nil {
		return err
	} else if v != p.Verify {
		return message.New("the plan does not say how much is read back")
	}
	switch {
	case p.Frees != nil && (p.Frees.ID != devices.TCGPSIDRevert || !p.Frees.Unusable.IsZero()):
		return message.Errorf("%s does not free a drive", p.Frees.ID)
	case p.Level == Purge && p.Method != nil:
		if p.Method.Level != Purge || !p.Method.Unusable.IsZero() || p.Verify != Full {
			return message.Errorf("%s does not reach level %q", p.Method.ID, string(p.Level))
		}
	case p.Level != Clear || p.Method != nil:
		return message.Errorf("overwriting does not reach level %q", string(p.Level))
	}
	return p.Scheme.Check()
}

// method is the id of the plan's method; "" where it has none.
func (p Plan) method() devices.MethodID {
	if p.Method == nil {
		return ""
	}
	return p.Method.ID
}
