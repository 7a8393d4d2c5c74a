package statement

import "testing"

// Whatever is read is written again byte for byte, and no check of a text panics.
func FuzzRead(f *testing.F) {
	for name := range vectors(f) {
		f.Add(textOf(f, name))
	}
	for _, s := range otherSpellings {
		f.Add(s.new)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read(text)
		if err != nil {
			return
		}
		if again, err := Write(s.Body); err != nil || again != text {
			t.Errorf("%q is read, and written as %q, %v", text, again, err)
		}
		if c, ok := s.Body.(*Certificate); ok {
			_ = c.CheckConsistency()
		}
		if s.Log().Origin == "" || s.At().IsZero() || (s.Act() == nil) == (s.Station() == nil) {
			t.Errorf("%q has no head, no time, or no common part", text)
		}
		_ = s.Annex()
	})
}
