package audit

import (
	"io/fs"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/logs"
)

// SuccessionRule is the rule that a log continues another one only as that one, its roots and its register say.
const SuccessionRule = "succession"

// Predecessor is the log that the audited one continues, as its own audit found it.
type Predecessor struct {
	Station string `json:"station"`
	First   string `json:"first_sha256"` // of the text of its first entry
	Entries int64  `json:"entries"`
	Root    string `json:"root"`
	Media   int64  `json:"media"` // that it leaves behind, not destroyed
	Valid   bool   `json:"valid"` // its own audit has no open problems
}

// checkPredecessor audits the log that this one continues, and compares the two: the first entry of this log names the last head of that one, the roots are the
// same, and the succession names the media that were left.
func (r *Report) checkPredecessor(log fs.FS, o Options) error {
	if log == nil {
		return nil
	}
	named := r.succeeds()
	if named == nil {
		return failf("the log does not say that it continues another one")
	}
	first, err := logs.ReadEntry(log, 0)
	if err != nil {
		return verdictOf(message.Errorf("the log before: %w", err))
	}
	if certify.TextSHA256(first) != named.First {
		return failf("the log before is another one than this log continues: it begins with the entry %.16s, and this log names %.16s", hexOf(certify.TextSHA256(first)), named.First)
	}
	pin, err := ParseCard(first)
	if err != nil {
		return err
	}
	old, err := Log(log, Options{Pin: pin, Policy: o.Policy, Now: o.Now, At: o.At})
	if err != nil {
		return verdictOf(message.Errorf("the log before: %w", err))
	}
	if err := old.State.Log.Extends(logs.Checkpoint{Origin: named.Origin, Size: named.Size, Root: tlog.Hash(named.Root)}); err != nil {
		return verdictOf(message.Errorf("the log before: %w", err))
	}
	media, carried := old.State.Register.Carried()
	r.Predecessor = &Predecessor{old.Station, old.First, old.Entries, old.Root, media, old.Open() == 0}
	wrong := func(index int64, format string, args ...any) {
		r.Problems = append(r.Problems, register.Violation{Index: index, Rule: SuccessionRule, Detail: message.Of(format, args...), Entries: []int64{}})
	}
	if end, _, retired := old.State.Register.Retired(); old.Entries > named.Size && (!retired || end != named.Size || old.Entries > named.Size+1) {
		wrong(0, "the log before has %d entries, and this log continues it from %d on: what came behind is in neither", old.Entries, named.Size)
	}
	if !old.Valid && old.Open() > 0 {
		wrong(0, "the log before has %d open problem(s): audit it", old.Open())
	}
	if !sameRoots(&old.State.Rosters, &r.State.Rosters) {
		wrong(0, "the first roster has other roots than the last one of the log before")
	}
	index, s := r.succession(named)
	switch {
	case s == nil:
		wrong(0, "no succession is in the log: nobody but the station says that it continues another log")
	case s.Media != media || s.Carried != carried:
		wrong(index, "the succession carries %d media over, and the log before leaves %d with other particulars", s.Media, media)
	}
	r.close()
	r.Valid = r.Open() == 0
	r.OldValid = r.Valid
	return nil
}

// succeeds is the head that the first entry names; nil if the log continues no other one.
func (r *Report) succeeds() *statement.Head {
	if r.first.Statement == nil {
		return nil
	}
	s, ok := r.first.Statement.Body.(*statement.StationStatement)
	if !ok {
		return nil
	}
	return s.Succeeds
}

// succession finds the statement of the roots that this log continues the one that is named; nil if there is none that counts.
func (r *Report) succession(named *statement.Head) (index int64, found *statement.Succession) {
	for e, err := range r.State.Log.Entries(0) {
		if err != nil {
			return 0, nil
		}
		if certify.KindOf(e.Data) != "rasure/succession/v2" || !r.State.Register.Counts(e.Index) {
			continue
		}
		s, err := statement.Read(certify.TextOf(e.Data))
		if err != nil {
			continue
		}
		if b := s.Body.(*statement.Succession); b.Old == *named {
			return e.Index, b
		}
	}
	return 0, nil
}

// sameRoots compares the roots of the last roster of one log with those of the first one of another. Logs without rosters have the same.
func sameRoots(old, now *people.Rosters) bool {
	before, after := old.Indices(), now.Indices()
	if len(before) == 0 {
		return true
	}
	if len(after) == 0 {
		return false
	}
	was, _ := old.At(before[len(before)-1] + 1).Lines()
	is, _ := now.At(after[0] + 1).Lines()
	return slices.Equal(sortedLines(was), sortedLines(is))
}
