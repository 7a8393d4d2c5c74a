package register

import (
	"slices"
	"time"

	"rasure/certify/statement"
)

// methods are those of a destruction of version 2.
var methods = []string{"shred", "disintegrate", "grind", "melt", "incinerate", "degauss", "chemical", "other"}

// checkMeans applies what a rule demands of how media are destroyed, and with what. A destruction of version 1 states none of it but its method,
// in words.
func (v *verdict) checkMeans(rule *Rule, m *Medium, method string) {
	if len(rule.Methods) > 0 && !slices.Contains(rule.Methods, method) {
		v.deny(rule.ID, nil, "medium %s (%s) is destroyed by %s, not by %s", m.Number, className(m.Class), wordList(rule.Methods), word(method))
	}
	b, ok := v.body().(*statement.Destruction)
	if !ok {
		b = &statement.Destruction{}
	}
	if rule.Residue && b.Residue == "" {
		v.deny(rule.ID, nil, "the destruction of medium %s (%s) must say what became of the residue", m.Number, className(m.Class))
	}
	if c := b.Contractor; rule.Licence && c != nil && (c.Licence == "" || c.Agreement == "") {
		v.deny(rule.ID, nil, "the contractor %s destroys medium %s (%s) only with a licence and an agreement, which the statement names", c.Name, m.Number, className(m.Class))
	}
	if rule.MachineDays == 0 {
		return
	}
	if b.Machine == nil || b.Machine.Tested == "" {
		v.deny(rule.ID, nil, "the destruction of medium %s (%s) must name the machine, and the day on which it was tested", m.Number, className(m.Class))
		return
	}
	tested, err := time.ParseInLocation(time.DateOnly, string(b.Machine.Tested), v.r.zone())
	if at := v.e.Act.At; err != nil || tested.After(at) || at.After(v.r.daysAfter(tested, rule.MachineDays)) {
		v.deny(rule.ID, nil, "the machine was tested on %s: not within the %d days before medium %s was destroyed", b.Machine.Tested, rule.MachineDays, m.Number)
	}
}
