package audit

import (
	"cmp"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// Retired is the last entry of a log whose station was retired, as the station states it.
type Retired struct {
	Index    int64     `json:"index"`
	At       time.Time `json:"at"`
	Operator string    `json:"operator"`
	Reason   string    `json:"reason"`
}

// indices are the entries that every bundle has: the verdict on a certificate is older than the end of its station.
func (r *Retired) indices() []int64 {
	if r == nil {
		return nil
	}
	return []int64{r.Index}
}

func retiredOf(index int64, b *statement.Retirement) *Retired {
	return &Retired{index, b.Clock.At, cmp.Or(b.Operator.Person, b.Operator.Account), b.Reason}
}

// retirementIn returns the retirement that an entry is, or nil.
func retirementIn(e certify.Entry) *statement.Retirement {
	if e.Statement == nil {
		return nil
	}
	b, _ := e.Statement.Body.(*statement.Retirement)
	return b
}

// retired is nil for a log that goes on, or that another one continues.
func (s *State) retired() (*Retired, error) {
	index, alone, ok := s.Register.Retired()
	if !ok || !alone {
		return nil, nil
	}
	entry, err := s.Log.Entry(index)
	if err != nil {
		return nil, err
	}
	e, err := s.key.CheckEntry(entry)
	if err != nil {
		return nil, err
	}
	return retiredOf(index, retirementIn(e)), nil
}

// checkNotBehindEnd refuses a certificate behind the last entry of the log, which counts as little as any other statement there.
func (b *opened) checkNotBehindEnd(index int64) error {
	for _, i := range b.order {
		if i < index && retirementIn(b.checked[i]) != nil {
			return failf("entry %d is the last one of the log: the station was retired, and the certificate behind it does not count", i)
		}
	}
	return nil
}
