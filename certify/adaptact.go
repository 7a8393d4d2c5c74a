package certify

import (
	"rasure/certify/statement"
)

// actOf is an act of version 2 as the rules of version 1 look at it. What only version 2 has is in the
// statement. Of the lists that it names the register has the media.
func actOf(s *statement.Statement) *Declaration {
	head := s.Act()
	a := &Declaration{ID: head.ID, At: head.At}
	for _, p := range head.Signers {
		a.Signs = append(a.Signs, RequiredSigner{p.Role, p.Person})
	}
	switch b := s.Body.(type) {
	case *statement.Registration:
		if b.Number != "" { // or there are lists
			a.Media = []string{b.Number}
		}
		a.Class, a.Type, a.Serial, a.Model, a.Asset = Class(b.Classification), b.Type, b.Serial, b.Model, b.Asset
		a.Custodian, a.Source, a.InService = b.Custodian, b.Source, string(b.InService)
		if l := b.Limit; l != nil {
			a.LimitYears, a.LimitCondition = int(l.Years), l.Condition
		}
	case *statement.Approval:
		a.Purpose, a.Technician, a.Until = b.Purpose, b.Technician, &b.Until
	case *statement.Handover:
		a.From, a.To, a.All, a.Due, a.Place = b.From, b.To, b.Everything, b.Due, b.Place
	case *statement.Carry:
		a.From, a.Due, a.Place, a.Escorts = b.Carrier, &b.Due, b.Destination, b.Escorts
	case *statement.Back:
		a.From = b.Carrier
	case *statement.Return:
		a.From = b.From
	case *statement.Transfer:
		a.From, a.To, a.Reason = b.From, b.To, b.Reason
	case *statement.Result:
		a.Entry, a.Reason = entryOf(&b.Target), b.Irregularity
	case *statement.Witness:
		a.Entry, a.Saw = entryOf(&b.Target), b.Saw
	case *statement.Validation:
		a.Entry, a.Decision, a.Reason = entryOf(&b.Target), b.Decision, b.Reason
		if t := b.Secondary; t != nil && t.PatternOK {
			a.Secondary = t.Tool
		}
	case *statement.Destruction:
		a.Entry, a.Method, a.Place, a.Escorts = entryOf(&b.Approval), b.Method, b.Place, b.Escorts
	case *statement.Inventory:
		a.Found, a.Missing, a.Unexpected, a.Custodian = b.Found, b.Missing, b.Unexpected, b.Scope.Person
		if b.Scope.All {
			a.Custodian = "*"
		}
	case *statement.Loss:
		a.Noticed, a.Reason = &b.Noticed, b.Circumstances
	case *statement.Report:
		a.Entry = entryOf(&b.Target)
	case *statement.Found:
		a.Entry = entryOf(&b.Loss)
	case *statement.Correction:
		a.Entry, a.Reason, a.Withdraws = entryOf(&b.Target), b.Reason, b.Withdraws
	case *statement.Void:
		a.Entry, a.Reason = entryOf(&b.Target), b.Reason
	case *statement.Incident:
		a.Entry, a.Noticed, a.Reported = entryOf(b.Target), &b.Noticed, b.Reported
	case *statement.Reclassify, *statement.Retype, *statement.Policy, *statement.Closure, *statement.Recount, *statement.Succession, *statement.Audit, *statement.Enrolment:
	}
	for _, m := range s.Named().Media {
		a.Media = append(a.Media, m.Number)
		if a.Serial = m.Serial; len(a.Media) > 1 {
			a.Serial = ""
		}
	}
	return a
}

// entryOf is a target as version 1 refers to an entry. [Chain.Resolve] replaces the SHA-256 of its text.
func entryOf(t *statement.Target) *EntryRef {
	if t == nil {
		return nil
	}
	return &EntryRef{t.Index, t.SHA256.String()}
}
