package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Wishes are what an office can demand besides the rules of its classes. What is absent is not demanded.
type Wishes struct {
	CheckBefore     []string `toml:"check_before"`     // days before which all media are counted: MM-DD, or spring-festival
	CheckDays       int      `toml:"check_days"`       // at most so long before; 0: 14 days
	Unregistered    string   `toml:"unregistered"`     // "refuse" erases registered media only; "warn" has an audit name the others
	HardwareKeys    []string `toml:"hardware_keys"`    // roles whose keys are in hardware: FIDO tokens, sk-...
	TechnicianSigns bool     `toml:"technician_signs"` // the result of each erasure of a registered medium
	ThreePeople     bool     `toml:"three_people"`     // approver, custodian and technician
	Trained         bool     `toml:"trained"`          // signers are trained, by the roster
	UnfinishedDays  int      `toml:"unfinished_days"`  // after which an erasure that did not verify is resumed, repeated, or the medium destroyed
	ReportReceivers int      `toml:"report_receivers"` // organisations that get the report of a loss
	Failing         string   `toml:"failing"`          // "destroy": a medium whose drive is failing is not re-used
	SecrecyCounts   bool     `toml:"secrecy_counts"`   // a secrecy officer signs each count, too
	CopyLimit       bool     `toml:"copy_limit"`       // the limit of a copy is that of its medium
	Offline         bool     `toml:"offline"`          // the station has no default route, no radio and no network cable when a job begins
	Equipment       bool     `toml:"equipment"`        // the device that a medium belongs to is stated as equipment
	Inspected       bool     `toml:"inspected"`        // the security of equipment is inspected before it is used
	Keep            []Keep   `toml:"keep"`
}

// Keep is how media of some classes are kept.
type Keep struct {
	Class  []certify.Class `toml:"classification"`
	Places []string        `toml:"places"` // none: any
	Days   int             `toml:"days"`   // that one person has a medium; 0: no limit
}

var channels = []string{"confidential-courier", "confidential-post", "dedicated-person"}

// roles are those of people who sign about media.
var roles = []string{"technician", "approve", "witness", "custodian", "validate", "secrecy"}

func (w *Wishes) check() error {
	for _, word := range w.CheckBefore {
		if _, ok := fixedDay(word, 2024, time.UTC); !ok {
			return message.Errorf("check_before: %q is neither MM-DD nor %s", word, springFestival)
		}
	}
	for _, role := range w.HardwareKeys {
		if !slices.Contains(roles, role) {
			return message.Errorf("hardware_keys: unknown role %q", role)
		}
	}
	if !slices.Contains([]string{"", "warn", "refuse"}, w.Unregistered) {
		return message.Errorf("unregistered is %q, but must be warn or refuse", w.Unregistered)
	}
	if !slices.Contains([]string{"", "destroy"}, w.Failing) {
		return message.Errorf("failing is %q, but must be destroy", w.Failing)
	}
	for _, n := range []struct {
		key        string
		value, max int
	}{{"check_days", w.CheckDays, maxDays}, {"unfinished_days", w.UnfinishedDays, maxDays}, {"report_receivers", w.ReportReceivers, 16}} {
		if n.value < 0 || n.value > n.max {
			return message.Errorf("%s is %d, but must be between 0 and %d", n.key, n.value, n.max)
		}
	}
	for _, k := range w.Keep {
		if k.Days < 0 || k.Days > maxDays {
			return message.Errorf("keep: days is %d, but must be between 0 and %d", k.Days, maxDays)
		}
		for _, c := range k.Class {
			if c.Rank() < 0 {
				return message.Errorf("unknown classification %q", c)
			}
		}
	}
	return nil
}

// keepOf is how media of a class are kept; nil if nothing is demanded.
func (p *Policy) keepOf(class certify.Class) *Keep {
	for i, k := range p.Keep {
		if len(k.Class) == 0 || slices.Contains(k.Class, class) {
			return &p.Keep[i]
		}
	}
	return nil
}

// checkDays is how long before a fixed day a count still counts for it.
func (p *Policy) checkDays() int {
	if p.CheckDays == 0 {
		return 14
	}
	return p.CheckDays
}

// checkPeople applies what the policy demands of those who sign.
func (v *verdict) checkPeople() {
	p := v.r.Policy
	for _, by := range v.e.By {
		if slices.Contains(p.HardwareKeys, by.Role) && !by.Hardware {
			v.deny("hardware-keys", nil, "%s signs as %s with a key that is not in hardware", by.Name, by.Role)
		}
		if p.Trained && !by.Trained && slices.Contains(roles, by.Role) {
			v.deny("trained", nil, "%s is not trained on that day, by the roster", by.Name)
		}
	}
}

// checkPlace refuses a place in which media of a class are not kept.
func (v *verdict) checkPlace(number string, class certify.Class, place string) {
	if k := v.r.Policy.keepOf(class); k != nil && len(k.Places) > 0 && !slices.Contains(k.Places, place) {
		v.deny("place", nil, "medium %s (%s) is kept in %s, not in %q", number, class, join(k.Places), place)
	}
}

// checkHealth refuses the re-use of a medium whose drive is failing. It may be erased before it is destroyed.
func (v *verdict) checkHealth(verdict string, m *Medium, purpose string) {
	if v.r.Policy.Failing == "destroy" && verdict == "failing" && purpose != "destroy" {
		v.deny("health", []int64{m.Registered}, "the drive of medium %s is failing: it is destroyed, and not re-used", m.Number)
		v.hint("draft an approval: rasure medium approve %s --purpose destroy", m.Number)
	}
}

// checkOffline refuses a job while the station can reach other computers, or while nobody knows whether it can.
func (v *verdict) checkOffline(o *statement.Offline) {
	switch {
	case !v.r.Policy.Offline:
	case o == nil:
		v.deny("offline", nil, "whether the station has a network is not known")
	case o.DefaultRoute:
		v.deny("offline", nil, "the station has a default route to other computers")
	case o.Radios > 0:
		t := message.Count(o.Radios, "%d radio of the station is not blocked", "%d radios of the station are not blocked")
		v.deny("offline", nil, t.Format, t.Args...)
	case o.Links > 0:
		t := message.Count(o.Links, "%d network cable of the station is connected", "%d network cables of the station are connected")
		v.deny("offline", nil, t.Format, t.Args...)
	}
}
