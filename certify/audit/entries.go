package audit

import (
	"iter"

	"rasure/certify/register"
	"rasure/cmd/message"
)

// Read reads the entries of the audited log again, each with whose signatures on it are valid. It ends with the first error.
func (r *Report) Read() iter.Seq2[register.Entry, error] {
	return func(yield func(register.Entry, error) bool) {
		for raw, err := range r.State.Log.Entries(0) {
			if err != nil {
				yield(register.Entry{}, verdictOf(err))
				return
			}
			e, err := r.read(raw.Index, raw.Data)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// ReadEntry reads one entry of the audited log, and returns its bytes too.
func (r *Report) ReadEntry(index int64) (e register.Entry, signed []byte, err error) {
	if index < 0 || index >= r.State.Log.Size() {
		return e, nil, message.Errorf("the log has %d entries: there is no entry %d", r.State.Log.Size(), index)
	}
	if signed, err = r.State.Log.Entry(index); err != nil {
		return e, nil, verdictOf(err)
	}
	e, err = r.read(index, signed)
	return e, signed, err
}

func (r *Report) read(index int64, data []byte) (register.Entry, error) {
	e, err := checkEntry(r.State.key, data)
	if err != nil {
		return register.Entry{}, failf("entry %d: %w", index, err)
	}
	r.State.Chain.Resolve(e)
	return signedEntry(index, data, e, &r.State.Rosters), nil
}
