package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// succeeded is an office whose station was lost, and the one that continues its log, with the same people.
type succeeded struct{ old, now *office2 }

func newSucceeded(t *testing.T, last func(*office2)) succeeded {
	t.Helper()
	s := succeeded{old: newOffice2(t)}
	s.old.say(s.old.registration("S-1", "secret", nil))
	s.old.say(s.old.registration("S-2", "none", nil))
	head := s.old.headNow()
	if last != nil {
		last(s.old)
	}
	s.now = emptyOffice2(t, newLog(t), func(b *statement.StationStatement) { b.Succeeds = &head })
	s.now.people, s.now.clock = s.old.people, s.old.clock
	return s
}

// succession is what the roots say in the new log.
func (s succeeded) succession(edit func(*statement.Succession)) *statement.Succession {
	media, carried := s.old.state().Register.Carried()
	named, err := s.now.log.Entry(0)
	check(s.now, err)
	e, err := certify.CheckEntry(named, &s.now.key.PublicKey)
	check(s.now, err)
	b := &statement.Succession{Act: s.now.act("roster chief roster deputy"), Old: *e.Statement.Body.(*statement.StationStatement).Succeeds, New: s.now.headNow(),
		Reason: "new mainboard", Media: media, Carried: carried}
	if edit != nil {
		edit(b)
	}
	return b
}

func (s succeeded) audit(t *testing.T) *Report {
	t.Helper()
	r, err := Log(s.now.files(), Options{Pin: s.now.cardPin(), Now: start.AddDate(0, 0, 2), Predecessor: s.old.files()})
	check(t, err)
	return r
}

func TestPredecessor(t *testing.T) {
	t.Parallel()
	s := newSucceeded(t, nil)
	s.now.with()
	s.now.say(s.succession(nil))
	r := s.audit(t)
	if !r.Valid || r.Predecessor == nil || r.Predecessor.Entries != s.old.log.Size() || r.Predecessor.Media != 2 || !r.Predecessor.Valid {
		t.Errorf("%+v: %s", r.Predecessor, problemsIn(r))
	}
	// The old log says so, too, while its key signs.
	s.old.say(&statement.Succession{Act: s.old.act("roster chief roster deputy"), Old: s.old.headNow(), New: s.now.headNow(), Reason: "new mainboard", Media: 2, Carried: r.first.TextSHA256()})
	if r := s.audit(t); !r.Valid {
		t.Errorf("with the succession in both logs: %s", problemsIn(r))
	}
}

func TestPredecessorRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last func(*office2)
		then func(succeeded)
		says string
	}{
		"an entry behind the head": {func(o *office2) { o.say(o.registration("S-3", "none", nil)) }, func(s succeeded) {
			s.now.with()
			s.now.say(s.succession(nil))
		}, "what came behind is in neither"},
		"other roots": {nil, func(s succeeded) {
			s.now.people = newOffice2(t).people
			s.now.with()
			s.now.say(s.succession(nil))
		}, "other roots"},
		"no roster":     {nil, func(succeeded) {}, "other roots"},
		"no succession": {nil, func(s succeeded) { s.now.with() }, "no succession"},
		"a medium less": {nil, func(s succeeded) {
			s.now.with()
			s.now.say(s.succession(func(b *statement.Succession) { b.Media-- }))
		}, "carries 1 media over"},
		"other particulars": {nil, func(s succeeded) {
			s.now.with()
			s.now.say(s.succession(func(b *statement.Succession) { b.Carried[0]++ }))
		}, "with other particulars"},
		"of an earlier head": {nil, func(s succeeded) {
			s.now.with()
			s.now.say(s.succession(func(b *statement.Succession) { b.Old.Root[0]++ }))
		}, "no succession"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSucceeded(t, c.last)
			c.then(s)
			r := s.audit(t)
			if r.Valid || !slices.ContainsFunc(r.Problems, func(p register.Violation) bool {
				return p.Rule == SuccessionRule && strings.Contains(p.Detail.String(), c.says)
			}) {
				t.Errorf("found %s, want %q", problemsIn(r), c.says)
			}
		})
	}
	s, other := newSucceeded(t, nil), newOffice2(t)
	for name, c := range map[string]struct {
		now, old *office2
		says     string
	}{
		"of a log that continues none": {other, s.old, "does not say that it continues"},
		"another log":                  {s.now, other, "another one than this log continues"},
	} {
		if _, err := Log(c.now.files(), Options{Pin: c.now.cardPin(), Now: start.AddDate(0, 0, 2), Predecessor: c.old.files()}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, sum := s.old.state().Register.Carried(); fmt.Sprintf("%x", sum) == fmt.Sprintf("%x", [32]byte{}) {
		t.Error("the register has no sum")
	}
}
