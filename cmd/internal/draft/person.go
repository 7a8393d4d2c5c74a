package draft

import (
	"slices"
	"strings"

	"rasure/certify/people"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/internal/suggest"
	"rasure/cmd/message"
)

// person returns the name in a roster that somebody means who typed one in another case of the letters. near is a name that is like the typed
// one if the roster has no such person; "" if there is none.
func person(r *people.Roster, typed string) (name, near string) {
	_, signers := r.Lines()
	names := []string{}
	for _, s := range signers {
		if !slices.Contains(names, s.Principal) {
			names = append(names, s.Principal)
		}
	}
	same := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.EqualFold(n, typed) })
	switch {
	case slices.Contains(names, typed):
		return typed, ""
	case len(same) == 1:
		return same[0], ""
	}
	return typed, suggest.Nearest(typed, names)
}

// Operator returns the name in the roster of a log for the technician who was named. If the roster does not have it, doubt says so where
// another name is like it: nobody has to be in the roster to erase what is not registered.
func Operator(st *station.Station, typed string) (name string, doubt message.Text, err error) {
	roster, err := st.Roster()
	if err != nil || roster == nil {
		return typed, doubt, err
	}
	name, near := person(roster, typed)
	if near != "" {
		doubt = message.Of("%s is not in the roster; did you mean --operator %s?", typed, near)
	}
	return name, doubt, nil
}

// withNear adds to an error about a person what name was probably meant.
func withNear(err error, near string) error {
	if err == nil || near == "" {
		return err
	}
	return fault.WithHint(err, "did you mean %s?", near)
}
