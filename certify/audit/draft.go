package audit

import (
	"errors"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/cmd/message"
)

// CheckDraft returns what would refuse a text of version 2 as the next entry of the log, if everybody had signed who is named in it: a person
// without that role in the roster in force, or a rule; of a roster, too few roots, or what [State.CheckRoster] refuses. So nobody signs in vain. A kind
// without rules is not refused.
func (s *State) CheckDraft(text string) error {
	e, err := certify.DraftEntry(text)
	if newer := new(certify.NewerError); errors.As(err, &newer) {
		return nil
	}
	if err != nil || e.Act == nil && !certify.IsRoster(e.Kind) {
		return err
	}
	if err := s.CheckNext(e); err != nil {
		return err
	}
	if certify.IsRoster(e.Kind) {
		return s.Rosters.CheckDraft(s.Register.Size(), text, s.judgeRoster(e))
	}
	s.Chain.Resolve(e)
	next, all := register.Entry{Index: s.Register.Size(), Entry: e}, []error{}
	roster := s.Rosters.At(next.Index)
	if roster == nil {
		return message.New("the log has no roster, so nobody may sign")
	}
	next.Threshold = roster.Threshold
	for _, p := range e.Act.Signs {
		if err := roster.CheckHasRole(p.Name, people.Role(p.Role), e.Act.At); err != nil {
			all = append(all, err)
		}
		next.By = append(next.By, register.Person{Role: p.Role, Name: p.Name, Key: p.Role + "=" + p.Name, Hardware: true, Trained: roster.Trained(p.Name, dayOf(e))})
	}
	for _, v := range s.Register.Check(next) {
		all = append(all, &register.RuleError{Violation: v})
	}
	return errors.Join(all...)
}
