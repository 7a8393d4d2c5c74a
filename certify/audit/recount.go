package audit

import (
	"io/fs"
	"slices"
	"sort"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/logs"
)

// RecountRule is the rule that the counter of a log is taken up again only as its recounts say.
const RecountRule = "recount"

// WithRecounts returns the identity of a log with the steps of its counter: where the counter had counted without entries, and a recount in the log
// says so. Whether each recount is one that counts is for the fold of the log to say, which needs the identity first. If the newest checkpoint
// has the counter that it would have without any, or the log has no such recounts, the identity is returned as it is.
func WithRecounts(log fs.FS, id logs.Identity) (logs.Identity, error) {
	if id.Counter == nil {
		return id, nil
	}
	signed, err := logs.ReadSigned(log)
	if err != nil {
		return id, nil // reading the log with it says what is wrong
	}
	cp, counter, err := logs.OpenCheckpoint(id, signed)
	if err != nil || counter <= id.Base+uint64(cp.Size) {
		return id, nil
	}
	newest := id
	newest.Base = counter - uint64(cp.Size)
	s, err := logs.ReadSnapshot(log, newest)
	if err != nil {
		return id, err
	}
	steps, err := findSteps(s, newest, id.Base)
	if err == nil {
		id.Steps = steps
	}
	return id, nil
}

var errNoRecount = message.New("the counter of the log jumps, and no recount says so")

// findSteps follows the recounts of a log from its newest base back to its first one. Where the base changes is found by the records.
func findSteps(s *logs.Snapshot, id logs.Identity, first uint64) (steps []logs.Step, err error) {
	base, end := id.Base, s.Size()
	for base != first {
		size := 1 + int64(sort.Search(int(end), func(i int) bool {
			b, e := baseOf(s, id, int64(i)+1)
			if e != nil {
				err = e
			}
			return b >= base
		}))
		if err != nil {
			return nil, err
		}
		entry, err := s.Entry(size - 1)
		if err != nil {
			return nil, err
		}
		r, err := readRecount(entry)
		if err != nil {
			return nil, err
		}
		if uint64(r.NewBase) != base || uint64(r.OldBase) < first || r.OldBase >= r.NewBase || size <= 1 {
			return nil, errNoRecount
		}
		steps = append(steps, logs.Step{Size: size, Base: base})
		base, end = uint64(r.OldBase), size-1
	}
	slices.Reverse(steps)
	return steps, nil
}

// baseOf is what the counter was ahead of a size, by the record of that size, which is not verified.
func baseOf(s *logs.Snapshot, id logs.Identity, size int64) (uint64, error) {
	_, record, err := s.Record(size)
	if err != nil {
		return 0, err
	}
	if record == nil {
		return 0, errNoRecount
	}
	line, err := id.Records.Line(record)
	if err != nil {
		return 0, err
	}
	counter, err := id.Counter.Counter(line)
	return counter - uint64(size), err
}

// readRecount reads what an entry says of the counter, without verifying who signed it.
func readRecount(entry []byte) (*statement.Recount, error) {
	s, err := statement.Read(certify.TextOf(entry))
	if err != nil {
		return nil, err
	}
	r, ok := s.Body.(*statement.Recount)
	if !ok {
		return nil, errNoRecount
	}
	return r, nil
}

// addRecount takes a recount: it must be what the counter did, and the counter must have been read right before it.
func (s *State) addRecount(index int64, e certify.Entry) {
	if e.Statement == nil {
		return
	}
	r, ok := e.Statement.Body.(*statement.Recount)
	if !ok {
		return
	}
	if err := s.CheckRecount(index, r); err != nil {
		s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Detail: message.Of("%v", err), Rule: RecountRule})
	}
	s.Chain.Warnings = append(s.Chain.Warnings, certify.Problem{Index: index, Rule: RecountRule,
		Detail: message.Of("the counter counted %d time(s) without entries before this one: an entry that was lost is possible", r.NewBase-r.OldBase)})
}

// CheckRecount returns why a recount may not be the entry at an index: the counter did something else there, or was not read right before it.
func (s *State) CheckRecount(index int64, r *statement.Recount) error {
	switch root, err := s.roots.at(r.Size); {
	case err != nil:
		return err
	case s.id.Counter == nil:
		return message.New("a recount in a log without a counter")
	case r.Size != index || root != r.Root:
		return message.Errorf("the counter was read at %d entries, and the recount is entry %d: something else was appended meanwhile", r.Size, index)
	case uint64(r.OldBase) != s.id.BaseAt(index) || uint64(r.NewBase) != s.id.BaseAt(index+1):
		return message.Errorf("the recount takes the counter from %d to %d, and it went from %d to %d", r.OldBase, r.NewBase, s.id.BaseAt(index), s.id.BaseAt(index+1))
	}
	at := s.id
	at.Base, at.Steps = uint64(r.NewBase), nil
	if _, err := at.VerifyRecord(logs.Checkpoint{Origin: s.id.Origin, Size: r.Size, Root: tlog.Hash(r.Root)}, r.Attestation); err != nil {
		return message.Errorf("the attestation of the recount does not verify: %w", err)
	}
	return nil
}
