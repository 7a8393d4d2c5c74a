package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// verdict collects the rules that one entry breaks.
type verdict struct {
	r          *Register
	e          Entry
	ref        certify.EntryRef // to the entry
	violations []Violation
	warnings   []Violation // broken rules that do not keep the entry out of the register
}

// deny records a rule that refuses the entry, and the other entries that prove it. Inlined in 178 places it would be 180 kB of the page that verifies.
//
//go:noinline
func (v *verdict) deny(rule string, proof []int64, format string, args ...any) {
	v.violations = append(v.violations, v.violation(rule, proof, format, args))
}

// hint says of the last violation what would satisfy the rule.
func (v *verdict) hint(format string, args ...any) {
	v.violations[len(v.violations)-1].hint = message.Of(format, args...)
}

func (v *verdict) warn(rule string, proof []int64, format string, args ...any) {
	v.warnings = append(v.warnings, v.violation(rule, proof, format, args))
}

func (v *verdict) violation(rule string, proof []int64, format string, args []any) Violation {
	return Violation{Index: v.e.Index, Rule: rule, Detail: message.Of(format, args...), Entries: append([]int64{}, proof...)}
}

// judge returns the rules that an entry breaks, and the function that applies it to the register.
func (r *Register) judge(e Entry, ref certify.EntryRef) (refuse, remark []Violation, apply func()) {
	v := &verdict{r: r, e: e, ref: ref}
	if r.alone { // nothing follows, of the station neither
		v.checkRetired()
		return v.violations, nil, nil
	}
	switch {
	case e.Act != nil && e.Statement != nil:
		apply = v.act2()
	case e.Act != nil:
		apply = v.act()
	case e.Begin != nil:
		apply = v.begin()
	case e.Certificate != nil:
		apply = v.certificate()
	case e.Preparation != nil:
		apply = v.preparation()
	case e.Statement != nil:
		apply = v.retirement()
	}
	return v.violations, v.warnings, apply
}

// rules are those of each kind of declaration, in addition to the rules for every one.
var rules = map[certify.Kind]func(*verdict, *certify.Declaration) func(){
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

// maxClockSkew is how far the clock of another machine may be ahead of ours.
const maxClockSkew = 10 * time.Minute

// act applies the rules for every declaration, then those of its kind.
func (v *verdict) act() func() {
	a, r := v.e.Act, v.r
	if first, ok := r.sums[v.ref.SHA256]; ok {
		v.deny("twice", []int64{first}, "the log already has this statement, as entry %d", first)
		return nil
	}
	if first, ok := r.ids[a.ID]; ok {
		v.deny("twice", []int64{first}, "the log already has a statement with this id, entry %d", first)
		return nil
	}
	v.checkSignatures(a)
	v.checkDate(a.At)
	if a.Entry != nil && !v.checkReference(*a.Entry, a.At) {
		return nil
	}
	v.checkMedia(a)
	apply := rules[v.e.Kind](v, a)
	if len(v.violations) > 0 {
		return nil
	}
	return apply
}

// checkDate refuses a time that has not come yet, and one so long past that the keys of that day can no longer be checked.
func (v *verdict) checkDate(at time.Time) {
	if r := v.r; !r.now.IsZero() && at.After(r.now.Add(maxClockSkew)) {
		v.deny("future", nil, "it is dated %s, which is in the future", at.Format(time.RFC3339))
	}
	if late := v.r.Policy.LateDays; v.newest().Sub(at) > days(late) {
		v.deny("late", nil, "it is dated %s, more than %d days before it came into the log: key validity at signing can no longer be checked", at.Format(time.DateOnly), late)
	}
}

// CheckDate returns a [*RuleError] if a statement of that date may not be the next entry: it is dated in the future, or longer before the
// newest time that the station has stated than the policy allows. Rosters obey this rule as declarations do: a root whose key
// has ended must not date one back, and one of the year 9999 would end all changes. One of version 2 is not from before the log that its signers saw
// either.
func (r *Register) CheckDate(e certify.Entry, at time.Time) error {
	v := &verdict{r: r, e: Entry{Index: r.Size(), Entry: e}}
	if v.checkDate(at); e.Statement != nil {
		v.checkRetired()
		v.checkOrder(at, e.Statement.Log().Size)
	}
	if len(v.violations) > 0 {
		return &RuleError{v.violations[0]}
	}
	return nil
}

// checkSignatures wants a signature of everybody who is named, in the role named, and no other one; no key signs twice.
func (v *verdict) checkSignatures(a *certify.Declaration) {
	for _, why := range v.e.Bad {
		v.deny("signature", nil, "%s", why)
	}
	keys := map[string]bool{}
	for _, p := range v.e.By {
		if !slices.Contains(a.Signs, certify.RequiredSigner{Role: p.Role, Name: p.Name}) {
			v.deny("signature", nil, "%s signed as %s, but the statement does not name this signer", p.Name, p.Role)
		}
		if keys[p.Key] {
			v.deny("one-role", nil, "key %s signed twice", p.Key)
		}
		keys[p.Key] = true
	}
	for _, s := range a.Signs {
		if !slices.ContainsFunc(v.e.By, func(p Person) bool { return p.Role == s.Role && p.Name == s.Name }) {
			v.deny("unsigned", nil, "the signature of %s as %s is missing", s.Name, s.Role)
		}
	}
}

// checkReference reports whether the entry referred to is in the log, counts, and is not younger than the statement that refers to it.
func (v *verdict) checkReference(ref certify.EntryRef, at time.Time) bool {
	have, ok := v.r.Ref(ref.Index)
	switch {
	case !ok || have != ref:
		v.deny("not-in-log", nil, "it refers to an entry %d with SHA-256 %.16s..., which is not in the log", ref.Index, ref.SHA256)
	case v.r.records[ref.Index].refused && (v.r.records[ref.Index].act != nil || v.e.Statement != nil && v.r.records[ref.Index].copied):
		v.deny("not-in-log", []int64{ref.Index}, "it refers to entry %d, which was refused by a rule", ref.Index)
	case at.Before(v.r.records[ref.Index].at):
		v.deny("order", []int64{ref.Index}, "it is dated before entry %d, to which it refers", ref.Index)
	default:
		return true
	}
	return false
}

// checkRoles refuses a person who has two roles in one job, by name or by key. A person who had one role several times is named once.
func (v *verdict) checkRoles(of []Person, proof int64) {
	for _, p := range v.e.By {
		for i, o := range of {
			if slices.Contains(of[:i], o) {
				continue
			}
			if p.Name == o.Name || o.Key != "" && p.Key == o.Key {
				v.deny("one-role", []int64{proof}, "%s signs as %s, but was %s in the same job", p.Name, p.Role, o.Role)
			}
		}
	}
}

// newest is the newest time that the station has stated. For version 2 the times of people count as well: a log of their statements only would let
// keys sign for ever that have ended.
func (v *verdict) newest() time.Time {
	newest := v.r.clock
	if n := len(v.r.records); n > 0 && v.e.Statement != nil {
		if floor := time.Unix(v.r.records[n-1].floor, 0).UTC(); floor.After(newest) {
			newest = floor
		}
	}
	return newest
}

func (v *verdict) registration(a *certify.Declaration) func() {
	b, second := v.body().(*statement.Registration)
	if second && len(b.Lists) > 0 {
		return v.registerLists(b)
	}
	m := &Medium{Number: a.Media[0], Class: a.Class, Type: a.Type, Asset: a.Asset, Serial: a.Serial, Model: a.Model, Source: a.Source, Custodian: a.Custodian,
		LimitYears: a.LimitYears, LimitCondition: a.LimitCondition, InService: a.InService}
	enter, original := v.enter(m), v.checkCopy(b)
	if second {
		m.Maker, m.Size, m.Place, m.MarkedOn, m.Holders, m.CopyOf = b.Maker, b.Size, b.Place, string(b.Marked), b.Holders, b.CopyOf
		m.setLimit(b.Limit)
		v.checkPlace(m.Number, m.Class, m.Place)
		v.checkAsset(m.Number, m.Asset)
	}
	return func() {
		original.copied(v.e.Index)
		enter()
	}
}

// enter takes a medium into the register, whose number and serial number must be new there.
func (v *verdict) enter(m *Medium) func() {
	r := v.r
	taken := r.media[m.Number]
	if v.e.Statement != nil { // version 1 compares the letters and digits as they were typed
		taken = r.Medium(m.Number)
	}
	if taken != nil {
		v.deny("number-taken", []int64{taken.Registered}, "number %s belongs to another medium, %s (entry %d)", m.Number, taken.Number, taken.Registered)
	}
	if other := r.BySerial(m.Serial); other != nil && m.Serial != "" {
		v.deny("serial-taken", []int64{other.Registered}, "serial number %s belongs to medium %s (entry %d)", m.Serial, other.Number, other.Registered)
	}
	return func() {
		m.Registered, m.stated, m.counted, m.Counted = v.e.Index, v.e.Index, v.e.Index, v.e.Act.At
		m.Approvals, m.Erasures, m.Trail = []*Approval{}, []*Erasure{}, []Step{}
		r.media[m.Number], r.keys[statement.NumberKey(m.Number)] = m, m.Number
		r.lengths[len(statement.NumberKey(m.Number))] = true
		if m.Serial != "" {
			r.serials[m.Serial] = m.Number
		}
		m.appendHistory(v.e, "registered as %s, custodian %s", className(m.Class), m.Custodian)
	}
}

func (v *verdict) approval(a *certify.Declaration) func() {
	for _, number := range a.Media {
		m := v.r.media[number]
		if m == nil {
			continue
		}
		if m.Lost != nil {
			v.deny("lost", []int64{*m.Lost}, "medium %s is lost (entry %d)", number, *m.Lost)
		}
		rule := v.r.Policy.Rule(m.Class, a.Purpose, m.Type)
		switch {
		case rule == nil:
			v.deny("no-rule", nil, "the policy has no rule for %s media of type %s and purpose %s", className(m.Class), word(m.Type), word(a.Purpose))
			v.hint("add a rule to the policy and have it signed: rasure act policy FILE")
			continue
		case rule.Level == "destroy" && a.Purpose != "destroy" && slices.Contains(certify.Purposes, a.Purpose):
			v.deny(rule.ID, []int64{m.Registered}, "medium %s: %s", number, rule.Why)
		}
		if n := len(a.Names("approve")); n < rule.Approvers {
			v.deny(rule.ID, nil, "medium %s needs %d approvers, not %d", number, rule.Approvers, n)
		}
		for _, name := range a.Names("approve") {
			if v.e.Statement != nil && name == m.Custodian {
				v.deny("one-role", []int64{m.Registered}, "%s is the custodian of medium %s, and may not approve what is done with it", name, number)
			}
			if len(rule.MayApprove) > 0 && !slices.Contains(rule.MayApprove, name) {
				v.deny(rule.ID, nil, "%[2]s may not approve medium %[1]s", number, name)
			}
		}
	}
	from, copies := a.At, int64(0)
	if b, ok := v.body().(*statement.Approval); ok {
		from, copies = b.From, b.Copies
		v.checkAway(a.Media)
		v.checkTrip(b)
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Approvals = append(m.Approvals, &Approval{Entry: v.ref, Purpose: a.Purpose, Technician: a.Technician, From: from, Until: *a.Until, Copies: copies, by: v.e.By})
			m.appendHistory(v.e, "%s approved for %s by %s until %s", word(a.Purpose), a.Technician, join(a.Names("approve")), v.r.lastDay(*a.Until))
		}
	}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
