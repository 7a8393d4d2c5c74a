package statement

import "reflect"

// Named is what a statement names of its log, by which it can be compared with it.
type Named struct {
	Refs    []Ref    // all entries, those of the other members among them
	Targets []Target // entries, with what the statement says of them
	Media   []Medium // media, with what the statement says of them
	Lists   []ListRef
}

// Named collects what the statement names.
func (s *Statement) Named() *Named {
	n := new(Named)
	walkParts(reflect.ValueOf(s.Body).Elem(), func(p part) error {
		switch p := p.(type) {
		case *Ref:
			n.Refs = append(n.Refs, *p)
		case *ListRef:
			n.Refs, n.Lists = append(n.Refs, Ref{p.Index, p.SHA256}), append(n.Lists, *p)
		case *Target:
			n.Refs, n.Targets = append(n.Refs, Ref{p.Index, p.SHA256}), append(n.Targets, *p)
		case *Medium:
			n.Media = append(n.Media, *p) // its registration is a part of its own
		}
		return nil
	})
	return n
}
