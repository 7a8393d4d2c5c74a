package register

import (
	"slices"
	"strings"
	"time"

	"rasure/certify"
)

// rules2 are those of the kinds that only version 2 has. The others have the rules of version 1, and what they say besides is in the statement.
var rules2 = map[string]func(*verdict, *certify.Declaration) func(){
	"carry":      (*verdict).carry,
	"back":       (*verdict).back,
	"return":     (*verdict).handBack,
	"transfer":   (*verdict).transfer,
	"result":     (*verdict).result,
	"report":     (*verdict).report,
	"found":      (*verdict).found,
	"reclassify": (*verdict).reclassify,
	"retype":     (*verdict).retype,
	"void":       (*verdict).void,
	"incident":   (*verdict).incident,
	"policy":     (*verdict).policy,
	"equipment":  (*verdict).stateEquipment,
	"closure":    (*verdict).closure,
	"recount":    (*verdict).recount,
	"succession": (*verdict).succession,
	"audit":      (*verdict).record,
	"enrolment":  (*verdict).record,
}

// asV1 is the kind of version 1 whose rules a kind has. Kinds that only version 2 has are none of them.
func asV1(k certify.Kind) certify.Kind {
	if name, ok := strings.CutSuffix(string(k), "/v2"); ok {
		return certify.Kind(name + "/v1")
	}
	return k
}

// body is what a statement of version 2 says; nil for one of version 1.
func (v *verdict) body() any {
	if v.e.Statement == nil {
		return nil
	}
	return v.e.Statement.Body
}

// act2 applies the rules for every act of version 2, then those of its kind. That its head is one of this log, and that it was never added before,
// package certify has checked.
func (v *verdict) act2() func() {
	a := v.e.Act
	v.checkRetired()
	v.checkSignatures(a)
	v.checkPeople()
	v.checkDate(a.At)
	v.checkOrder(a.At, v.e.Statement.Log().Size)
	if a.Entry != nil && !v.checkReference(*a.Entry, a.At) {
		return nil
	}
	v.checkMedia(a)
	v.checkNamed(v.e.Statement.Log().Size)
	v.checkLists()
	if len(v.violations) > 0 {
		return nil // the rules of a kind rest on these
	}
	rule := rules2[v.e.Statement.Kind.Name()]
	if rule == nil {
		rule = rules[asV1(v.e.Kind)]
	}
	apply := rule(v, a)
	if apply == nil || len(v.violations) > 0 {
		return nil
	}
	return func() {
		for _, m := range v.touched(a) {
			m.keep(v.e.Index)
		}
		apply()
	}
}

// checkRetired refuses what comes behind the end of the log.
func (v *verdict) checkRetired() {
	switch at := v.r.retired; {
	case at == nil:
	case v.r.alone:
		v.deny("retired", []int64{*at}, "the station was retired by entry %d, which is the last one of the log", *at)
	default:
		v.deny("retired", []int64{*at}, "the log was closed by entry %d: another one continues it", *at)
	}
}

// checkOrder refuses a time before what the log said whose head the act names: its signers could see that. The clock of another machine may be
// behind.
func (v *verdict) checkOrder(at time.Time, size int64) {
	if size < 1 || size > v.r.Size() {
		return // no head of this log
	}
	if newest := time.Unix(v.r.records[size-1].floor, 0).UTC(); at.Before(newest.Add(-maxClockSkew)) {
		v.deny("order", nil, "it is dated %s, but the log that its signers saw had got to %s", at.Format(time.RFC3339), newest.Format(time.RFC3339))
	}
}

// checkMedia refuses media that are not in the register, and those that are gone for good.
func (v *verdict) checkMedia(a *certify.Declaration) {
	for _, number := range a.Media {
		if m := v.r.media[number]; asV1(v.e.Kind) == certify.KindRegistration {
			continue // its own rule
		} else if m == nil {
			v.deny("unknown-medium", nil, "medium %s is not in the register", number)
		} else if m.Destroyed != nil {
			v.deny("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed (entry %d)", number, *m.Destroyed)
		}
	}
}

// checkNamed compares what the act says of media and of entries with what the register has. What it names is from before its head, so a medium whose
// particulars have changed since then is another one than its signers saw.
func (v *verdict) checkNamed(size int64) {
	named := v.e.Named()
	for _, m := range named.Media {
		have := v.r.media[m.Number]
		switch {
		case have == nil || m.Agrees(v.r.subjectOf(have)):
		case have.stated >= size:
			v.deny("stale", []int64{have.stated}, "the register of medium %s was changed by entry %d after the act was drafted: draft it again", m.Number, have.stated)
		default:
			v.deny("subject", []int64{have.stated}, "what it says of medium %s is not what the register has", m.Number)
		}
	}
	for _, t := range named.Targets {
		if have, err := v.r.TargetIn(t.Index, t.Number); err != nil || t != have {
			v.deny("subject", []int64{t.Index}, "what it says of entry %d is not what that entry says", t.Index)
		}
	}
}

// checkAway refuses media that another organisation has.
func (v *verdict) checkAway(numbers []string) {
	for _, number := range numbers {
		if m := v.r.media[number]; m != nil && m.Away != nil {
			v.deny("away", []int64{*m.Away}, "medium %s is with another organisation (entry %d)", number, *m.Away)
		}
	}
}

// touched are the media that an act may change.
func (v *verdict) touched(a *certify.Declaration) []*Medium {
	all := []*Medium{}
	for _, number := range slices.Concat(a.Media, a.Found, a.Missing, a.Unexpected) {
		if m := v.r.media[number]; m != nil {
			all = append(all, m)
		}
	}
	return all
}

// checkRoots wants as many root persons as the roster in force demands.
func (v *verdict) checkRoots() {
	roots := map[string]bool{} // two keys of one person are one vote
	for _, p := range v.e.By {
		if p.Role == "roster" {
			roots[p.Name] = true
		}
	}
	if len(roots) < v.e.Threshold || v.e.Threshold == 0 {
		v.deny("unsigned", nil, "%d root(s) have signed, and the roster in force demands %d", len(roots), v.e.Threshold)
	}
}
