package wipe

import (
	"errors"
	"fmt"

	"rasure/devices"
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
	Scheme   Scheme     `json:"scheme"`
	Level    Level      `json:"level"`
	Verify   VerifyMode `json:"verify"`   // how the passes are read back that the scheme wants read back
	Reason   string     `json:"reason"`   // why this scheme
	Warnings []string   `json:"warnings"` // what the operator must know before; [] if nothing

	Method     *devices.Method      `json:"method,omitempty"`     // the drive erases itself by it before the passes; nil at level clear
	Considered []Considered         `json:"considered,omitempty"` // at level purge all that the drive offers
	Hidden     []devices.HiddenArea `json:"hidden,omitempty"`     // what is known of areas that the disk does not address
}

// PlanOptions is what the operator asks for; the zero value asks for the default.
type PlanOptions struct {
	Level  Level      // "" is Clear
	Scheme string     // id; "" is the default for the medium
	Verify VerifyMode // "" is Full

	Offer *devices.Capabilities // what the drive's firmware can do; nil: it was not asked
}

// ErrZoned says that the disk takes writes only in the order of its zones, which overwriting does not keep yet.
var ErrZoned = errors.New("host-managed zones: overwriting this disk is not supported")

// PlanFor decides how d is erased. It never plans less than was asked for: what it cannot do is an error.
func PlanFor(d devices.Disk, o PlanOptions) (Plan, error) {
	switch o.Level {
	case "":
		o.Level = Clear
	case Clear, Purge:
	default:
		return Plan{}, fmt.Errorf("planning %s: no level is called %q", d.Name, o.Level)
	}
	if d.Queue.Zoned == "host-managed" {
		return Plan{}, fmt.Errorf("planning %s: %w", d.Name, ErrZoned)
	}
	p := Plan{Level: o.Level, Verify: o.Verify, Warnings: []string{}}
	switch p.Verify {
	case "":
		p.Verify = Full
	case Full, Sample, None:
	default:
		return Plan{}, fmt.Errorf("planning %s: no verification is called %q", d.Name, o.Verify)
	}
	if o.Offer != nil {
		p.Hidden = o.Offer.Hidden
	}
	if p.Level == Purge {
		if err := p.purge(d, o.Offer); err != nil {
			return Plan{}, err
		}
	}
	id := o.Scheme
	p.Reason = "asked for by name"
	switch {
	case id == "" && p.Method != nil:
		id, p.Reason = ClearRandom, "after the drive's own erase: one random pass, so that all that can be addressed is proven too"
	case id == "":
		id, p.Reason = defaultScheme(d.Medium)
	}
	var err error
	if p.Scheme, err = SchemeNamed(id); err != nil {
		return Plan{}, fmt.Errorf("planning %s: %w", d.Name, err)
	}
	p.Warnings = append(p.Warnings, warnings(d, p)...)
	return p, nil
}

func defaultScheme(m devices.Medium) (id, reason string) {
	switch m {
	case devices.Magnetic:
		return ClearRandom, "the default for magnetic disks: one random pass"
	case devices.Image:
		return ClearRandom, "the default for images: one random pass"
	case devices.Flash:
		return FlashClear, "the default for flash: random and its complement"
	}
	return FlashClear, "the medium is not known, so the rule for flash holds: random and its complement"
}

func warnings(d devices.Disk, p Plan) []string {
	var w []string
	flash := d.Medium != devices.Magnetic && d.Medium != devices.Image
	if flash && p.Method == nil {
		w = append(w, "flash keeps blocks in reserve that no overwriting reaches; what they hold stays")
	}
	if flash && p.Method == nil && len(p.Scheme.Passes) < 2 {
		w = append(w, "fewer than the two passes that NIST SP 800-88 Rev. 1 asks for on flash")
	}
	if last := p.Scheme.Passes[len(p.Scheme.Passes)-1].Pattern; !isRandom(last) {
		w = append(w, "the last pass is not random: a verification of constant bytes cannot show that the device has the capacity it claims")
	}
	if p.Scheme.Disputed != "" {
		w = append(w, "the scheme is disputed: "+p.Scheme.Disputed)
	}
	for _, e := range p.limits() {
		w = append(w, e.Detail)
	}
	if p.Method != nil {
		w = append(w, beforeErasing(*p.Method)...)
	}
	for _, k := range devices.Quirks(d) {
		w = append(w, "known trouble: "+k.What+" ("+k.Source+")")
	}
	switch p.Verify {
	case None:
		w = append(w, "nothing will be read back: the outcome cannot be verified")
	case Sample:
		w = append(w, "only a sample of each pass will be read back")
	}
	return w
}

// check refuses a plan that PlanFor would not have made, before anything is written.
func (p Plan) check() error {
	if p.Verify != Full && p.Verify != Sample && p.Verify != None {
		return fmt.Errorf("no verification is called %q", p.Verify)
	}
	switch {
	case p.Level == Purge && p.Method != nil:
		if p.Method.Level != Purge || !p.Method.Unusable.IsZero() || p.Verify != Full {
			return fmt.Errorf("%s does not reach level %q", p.Method.ID, p.Level)
		}
	case p.Level != Clear || p.Method != nil:
		return fmt.Errorf("overwriting does not reach level %q", p.Level)
	}
	return p.Scheme.check()
}

// method is the id of the plan's method; "" where it has none.
func (p Plan) method() devices.MethodID {
	if p.Method == nil {
		return ""
	}
	return p.Method.ID
}

func isRandom(pattern string) bool { return pattern == "random" || pattern == "random-complement" }
