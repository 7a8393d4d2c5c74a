package pump

import (
	"bytes"
	"io"

	"rasure/wipe/pattern"
)

// Writing is the step that writes pat to the extents of list.
func (p *Pump) Writing(t io.WriterAt, pat pattern.Pattern, list []Extent) *Step {
	s := p.newStep(list)
	if period := pattern.Period(pat); period > 0 && p.Logical%period == 0 {
		s.init = func(w *worker) { pat.FillAt(w.buf, 0) } // fits every block, since all begin at a multiple of the period
	} else {
		s.fill = pat.FillAt
	}
	s.transfer = func(_ *worker, b []byte, off int64) error {
		n, err := t.WriteAt(b, off)
		if err == nil && n != len(b) {
			err = errShort
		}
		if err == nil {
			s.good.Add(int64(n))
			s.done.Add(int64(n))
		}
		return err
	}
	return s
}

// Reading is the step that compares the extents of list with pat.
func (p *Pump) Reading(t io.ReaderAt, pat pattern.Pattern, list []Extent) *Step {
	s := p.newStep(list)
	s.transfer = s.reader(t, pat, func(got, want []byte, off int64) {
		if bytes.Equal(got, want) {
			s.good.Add(int64(len(got)))
		} else {
			s.classify(got, want, off, bytes.Equal)
		}
	})
	return s
}

// Searching is the step that looks for blocks in the extents of list that still hold some of pat. A block counts as mismatched if any
// 16 bytes of it at a multiple of 16 are what they were, and as good otherwise.
func (p *Pump) Searching(t io.ReaderAt, pat pattern.Pattern, list []Extent) *Step {
	s := p.newStep(list)
	s.transfer = s.reader(t, pat, func(got, want []byte, off int64) {
		s.classify(got, want, off, func(g, w []byte) bool { return !remains(g, w) })
	})
	return s
}

// reader is a transfer that reads a block and hands it to compare in chunks that stay in the cache, each with what pat has there.
func (s *Step) reader(t io.ReaderAt, pat pattern.Pattern, compare func(got, want []byte, off int64)) func(*worker, []byte, int64) error {
	return func(w *worker, b []byte, off int64) error {
		n, err := t.ReadAt(b, off)
		switch {
		case n == len(b) && err == io.EOF: // the last block: io.ReaderAt allows that
		case err != nil:
			return err
		case n != len(b):
			return errShort
		}
		for at := 0; at < len(b); at += len(w.want) {
			got := b[at:min(at+len(w.want), len(b))]
			want := w.want[:len(got)]
			pat.FillAt(want, off+int64(at))
			compare(got, want, off+int64(at))
		}
		s.done.Add(int64(n))
		return nil
	}
}

// classify counts each logical block as good or as mismatched.
func (s *Step) classify(got, want []byte, off int64, good func(got, want []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for at := 0; at < len(got); at += s.pump.Logical {
		end := min(at+s.pump.Logical, len(got))
		if good(got[at:end], want[at:end]) {
			s.good.Add(int64(end - at))
		} else {
			s.mismatched.Add(off+int64(at), int64(end-at))
		}
	}
}

// remains reports whether any 16 bytes of a block are still those of the marker.
func remains(got, marker []byte) bool {
	for i := 0; i < len(got); i += 16 {
		if bytes.Equal(got[i:i+16], marker[i:i+16]) {
			return true
		}
	}
	return false
}
