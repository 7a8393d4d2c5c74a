package register

import (
	"fmt"
	"slices"
	"time"

	"rasure/certify"
)

// verdict collects what stands against one entry.
type verdict struct {
	r      *Register
	e      Entry
	ref    certify.EntryRef // to the entry
	refuse []Violation
	remark []Violation // broken, but what the entry says must be in the register all the same
}

// no notes a rule that stands against the entry, and the other entries that prove it.
func (v *verdict) no(rule string, proof []int64, format string, args ...any) {
	v.refuse = append(v.refuse, v.problem(rule, proof, format, args))
}

func (v *verdict) note(rule string, proof []int64, format string, args ...any) {
	v.remark = append(v.remark, v.problem(rule, proof, format, args))
}

func (v *verdict) problem(rule string, proof []int64, format string, args []any) Violation {
	return Violation{v.e.Index, rule, fmt.Sprintf(format, args...), append([]int64{}, proof...)}
}

// judge says what stands against an entry, and how it changes the register.
func (r *Register) judge(e Entry, ref certify.EntryRef) (refuse, remark []Violation, apply func()) {
	v := &verdict{r: r, e: e, ref: ref}
	switch {
	case e.Act != nil:
		apply = v.act()
	case e.Begin != nil:
		apply = v.begin()
	case e.Certificate != nil:
		apply = v.certificate()
	case e.Preparation != nil:
		apply = v.preparation()
	}
	return v.refuse, v.remark, apply
}

// judges is the rules of each kind, beside those of every act.
var judges = map[certify.Kind]func(*verdict, *certify.Declaration) func(){
	certify.KindRegistration: (*verdict).registration,
	certify.KindApproval:     (*verdict).approval,
	certify.KindHandover:     (*verdict).handover,
	certify.KindWitness:      (*verdict).witness,
	certify.KindValidation:   (*verdict).validation,
	certify.KindDestruction:  (*verdict).destruction,
	certify.KindInventory:    (*verdict).inventory,
	certify.KindLoss:         (*verdict).loss,
	certify.KindCorrection:   (*verdict).correction,
}

// skew is how far the clock of another machine may be ahead.
const skew = 10 * time.Minute

// act holds what is true of every statement by people, then what is true of its kind.
func (v *verdict) act() func() {
	a, r := v.e.Act, v.r
	if first, ok := r.sums[v.ref.SHA256]; ok {
		v.no("twice", []int64{first}, "it is in the log already, as entry %d", first)
		return nil
	}
	if first, ok := r.ids[a.ID]; ok {
		v.no("twice", []int64{first}, "the same statement is in the log already, as entry %d", first)
		return nil
	}
	v.signatures(a)
	if !r.now.IsZero() && a.At.After(r.now.Add(skew)) {
		v.no("future", nil, "it is dated %s, which has not come yet", a.At.Format(time.RFC3339))
	}
	if late := r.Policy.LateDays; r.clock.Sub(a.At) > days(late) {
		v.no("late", nil, "it is dated %s, more than %d days before it came into the log: whose keys were good then cannot be shown any more", a.At.Format(time.DateOnly), late)
	}
	if a.Entry != nil && !v.known(*a.Entry, a.At) {
		return nil
	}
	for _, number := range a.Media {
		if m := r.media[number]; v.e.Kind == certify.KindRegistration {
			continue // its own rule
		} else if m == nil {
			v.no("unknown-medium", nil, "medium %s is not in the register", number)
		} else if m.Destroyed != nil {
			v.no("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed, by entry %d", number, *m.Destroyed)
		}
	}
	apply := judges[v.e.Kind](v, a)
	if len(v.refuse) > 0 {
		return nil
	}
	return apply
}

// signatures: all who are named have signed, in their role, and nobody else; no person and no key is there twice.
func (v *verdict) signatures(a *certify.Declaration) {
	for _, why := range v.e.Bad {
		v.no("signature", nil, "%s", why)
	}
	keys := map[string]bool{}
	for _, p := range v.e.By {
		if !slices.Contains(a.Signs, certify.RequiredSigner{Role: p.Role, Name: p.Name}) {
			v.no("signature", nil, "%s has signed as %s, but is not named as one who signs", p.Name, p.Role)
		}
		if keys[p.Key] {
			v.no("one-role", nil, "the key %s has signed twice", p.Key)
		}
		keys[p.Key] = true
	}
	for _, s := range a.Signs {
		if !slices.ContainsFunc(v.e.By, func(p Person) bool { return p.Role == s.Role && p.Name == s.Name }) {
			v.no("unsigned", nil, "%s has not signed as %s", s.Name, s.Role)
		}
	}
}

// known: the entry referred to is in the log, was not refused or withdrawn, and is not younger than what refers to it.
func (v *verdict) known(ref certify.EntryRef, at time.Time) bool {
	have, ok := v.r.Ref(ref.Index)
	switch {
	case !ok || have != ref:
		v.no("not-in-log", nil, "it refers to an entry %d with SHA-256 %.16s..., which is not in the log", ref.Index, ref.SHA256)
	case v.r.records[ref.Index].refused && v.r.records[ref.Index].act != nil:
		v.no("not-in-log", []int64{ref.Index}, "it refers to entry %d, which does not count: a rule stands against it", ref.Index)
	case at.Before(v.r.records[ref.Index].at):
		v.no("order", []int64{ref.Index}, "it is dated before entry %d, which it refers to", ref.Index)
	default:
		return true
	}
	return false
}

// roles: nobody has two roles in one job, by name or by key.
func (v *verdict) roles(of []Person, proof int64) {
	for _, p := range v.e.By {
		for _, o := range of {
			if p.Name == o.Name || o.Key != "" && p.Key == o.Key {
				v.no("one-role", []int64{proof}, "%s signs as %s, and has been %s in the same job", p.Name, p.Role, o.Role)
			}
		}
	}
}

func (v *verdict) registration(a *certify.Declaration) func() {
	r, number := v.r, a.Media[0]
	if m := r.media[number]; m != nil {
		v.no("number-taken", []int64{m.Registered}, "number %s is that of another medium, entry %d", number, m.Registered)
	}
	if m := r.BySerial(a.Serial); m != nil && a.Serial != "" {
		v.no("serial-taken", []int64{m.Registered}, "serial number %s is that of medium %s, entry %d", a.Serial, m.Number, m.Registered)
	}
	return func() {
		m := &Medium{Number: number, Class: a.Class, Type: a.Type, Asset: a.Asset, Serial: a.Serial, Model: a.Model, Source: a.Source, Custodian: a.Custodian,
			LimitYears: a.LimitYears, LimitCondition: a.LimitCondition, InService: a.InService, Registered: v.e.Index, Counted: a.At,
			Approvals: []*Approval{}, Erasures: []*Erasure{}, Trail: []Step{}}
		r.media[number] = m
		if a.Serial != "" {
			r.serials[a.Serial] = number
		}
		m.step(v.e, fmt.Sprintf("registered as %s, with %s", a.Class, a.Custodian))
	}
}

func (v *verdict) approval(a *certify.Declaration) func() {
	for _, number := range a.Media {
		m := v.r.media[number]
		if m == nil {
			continue
		}
		if m.Lost != nil {
			v.no("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", number, *m.Lost)
		}
		rule := v.r.Policy.Rule(m.Class, a.Purpose, m.Type)
		switch {
		case rule == nil:
			v.no("no-rule", nil, "the policy has no rule for %s media of type %s and purpose %s", m.Class, m.Type, a.Purpose)
			continue
		case rule.Level == "destroy" && a.Purpose != "destroy":
			v.no(rule.ID, []int64{m.Registered}, "medium %s: %s", number, rule.Why)
		}
		if n := len(a.Names("approve")); n < rule.Approvers {
			v.no(rule.ID, nil, "medium %s: %d must approve it, not %d", number, rule.Approvers, n)
		}
		for _, name := range a.Names("approve") {
			if len(rule.MayApprove) > 0 && !slices.Contains(rule.MayApprove, name) {
				v.no(rule.ID, nil, "medium %s: %s may not approve it", number, name)
			}
		}
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Approvals = append(m.Approvals, &Approval{Entry: v.ref, Purpose: a.Purpose, Technician: a.Technician, From: a.At, Until: *a.Until, by: v.e.By})
			m.step(v.e, fmt.Sprintf("%s approved for %s by %s until %s", a.Purpose, a.Technician, join(a.Names("approve")), a.Until.Format(time.DateOnly)))
		}
	}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
