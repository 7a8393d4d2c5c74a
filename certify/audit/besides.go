package audit

import (
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Besides is what another entry of a bundle makes of one that is packed: a signature that verifies is not the last word about what was signed.
type Besides struct {
	Index  int64        `json:"index"`
	Code   string       `json:"code"`
	Of     int64        `json:"of"` // entry that it is about
	Doubt  bool         `json:"doubt"`
	Detail message.Text `json:"detail"`
}

// besidesOf says what the statements of a bundle say of each other, in the order of the log, which has so many entries.
func besidesOf(entries map[int64]certify.Entry, cert, size int64) []Besides {
	all := []Besides{}
	for _, i := range sortedIndexes(entries) {
		e := entries[i]
		add := func(code string, of int64, doubt bool, format string, args ...any) {
			all = append(all, Besides{i, code, of, doubt, message.Of(format, args...)})
		}
		if c := e.Certificate; c != nil && i != cert {
			switch mine := entries[cert].Certificate; {
			case c.Resumes != nil && c.Resumes.Index == cert:
				add("superseded", cert, true, "the job was resumed: the certificate in entry %d, with the outcome %s, replaces this one", i, c.Outcome)
			case i > cert && mine != nil && c.ID != mine.ID:
				add("erased-again", cert, false, "the medium was erased again: entry %d, outcome %s", i, c.Outcome)
			}
		}
		if e.Preparation != nil && i > cert {
			add("prepared", cert, false, "the medium was prepared for re-use after the erasure")
		}
		if b := retirementIn(e); b != nil {
			add("retired", 0, false, "the station was retired: %s", b.Reason)
			if size > i+1 {
				add("behind-the-end", 0, true, "the log has %d entries, and entry %d is its last one: what follows does not count", size, i)
			}
		}
		if a := e.Act; a != nil {
			besidesOfAct(e, a, cert, entries, add)
		}
	}
	return all
}

func besidesOfAct(e certify.Entry, a *certify.Declaration, cert int64, entries map[int64]certify.Entry, add func(code string, of int64, doubt bool, format string, args ...any)) {
	of := cert
	if a.Entry != nil {
		of = a.Entry.Index
	}
	target := string(entries[of].Kind)
	switch kind := kindOf(e); {
	case kind == "correction" && a.Withdraws:
		add("withdrawn", of, true, "entry %d, %s, was withdrawn: %s", of, target, a.Reason)
	case kind == "correction" && a.Class != "":
		add("class", of, false, "the classification was corrected to %s: %s", string(a.Class), a.Reason)
	case kind == "correction":
		add("corrected", of, false, "entry %d, %s, was corrected: %s", of, target, a.Reason)
	case kind == "void":
		add("void", of, true, "entry %d, %s, was taken back: %s", of, target, a.Reason)
	case kind == "validation" && a.Decision == "reject" && of == cert:
		add("rejected", of, true, "the erasure was rejected by %s: %s", strings.Join(a.Names("validate"), ", "), a.Reason)
	case kind == "loss":
		add("lost", cert, false, "the medium was lost: %s", a.Reason)
	case kind == "destruction":
		add("destroyed", cert, false, "the medium was destroyed")
	}
	if e.Statement == nil {
		return
	}
	switch b := e.Statement.Body.(type) {
	case *statement.Reclassify:
		add("class", cert, false, "the classification was changed from %s to %s: %s", b.From, b.To, b.Basis)
	case *statement.Retype:
		add("type", cert, false, "the type was changed from %s to %s: %s", b.From, b.To, b.Reason)
	case *statement.Result:
		if of == cert && b.Statement != "done" {
			add("irregular", of, true, "the technician says of the erasure: %s %s", b.Statement, b.Irregularity)
		}
	}
}

// kindOf is the name of a kind of any version.
func kindOf(e certify.Entry) string { return certify.KindName(e.Kind) }

func sortedIndexes(entries map[int64]certify.Entry) (all []int64) {
	for i := range entries {
		all = append(all, i)
	}
	slices.Sort(all)
	return all
}

// Doubtful reports whether something that was stated later takes back what the bundle proves, or replaces it.
func (v *VerifiedBundle) Doubtful() bool {
	return slices.ContainsFunc(v.Besides, func(l Besides) bool { return l.Doubt })
}
