package audit

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/cmd/message"
)

// Origin is what other entries of a log show of where a certificate comes from: who has shown that the key is in a TPM, and under which software the entry was
// added.
type Origin struct {
	CounterBy Word
	Bound     string    // policy of a bound key, "" if it is not bound
	Enrolled  *Enrolled // the newest enrolment before the certificate; nil if there is none
	Boot      *Booted   // in which it was added; nil if that is not shown
}

// OriginOf is the origin of the entry at an index, by what an audit found. enrolments and boots are in the order of the log.
func OriginOf(by Word, bound string, enrolments []*Enrolled, boots []*Booted, index int64) *Origin {
	o := &Origin{CounterBy: by, Bound: bound}
	for _, e := range enrolments {
		if e.Index < index {
			o.Enrolled = e
		}
	}
	for _, b := range boots {
		if slices.ContainsFunc(b.Entries, func(s Span) bool { return s.From <= index && index <= s.To }) {
			o.Boot = b
		}
	}
	return o
}

// Origin is the origin of the entry at an index.
func (r *Report) Origin(index int64) *Origin {
	return OriginOf(r.CounterBy, r.Bound, r.Enrolments, r.Boots, index)
}

// Origin is the origin of the certificate of the bundle.
func (v *VerifiedBundle) Origin() *Origin {
	boots := []*Booted{}
	if v.Boot != nil {
		boots = append(boots, v.Boot)
	}
	return OriginOf(v.CounterBy, v.Bound, v.Enrolments, boots, v.Index)
}

// Key says who has shown that the key is in a TPM, on which roots, and since when, and whether it is bound. It is empty for a key in a file.
func (o *Origin) Key(zone *time.Location) []message.Text {
	all := o.home(zone)
	if o.Bound != "" && o.CounterBy != NoCounter {
		all = append(all, message.Of("the key is bound to the policy %s, %s: it signs only in boots that the policy allows", o.Bound, o.CounterBy.Says()), Uncompared())
	}
	return all
}

// Uncompared says what nobody knows of a policy that was compared with no keys: it is a hash.
func Uncompared() message.Text {
	return message.Of("who approves these boots was not compared: rasure audit --publisher KEY does that")
}

func (o *Origin) home(zone *time.Location) []message.Text {
	e := o.Enrolled
	switch {
	case o.CounterBy == NoCounter:
		return nil
	case e == nil:
		return []message.Text{message.Of("no enrolment: nobody has shown that the key is in a TPM")}
	}
	all := []message.Text{message.Of("entry %d: %s verified the TPM on %s; the enrolment ends on %s", e.Index, visible(strings.Join(e.By, ", ")), e.At.In(zone).Format(time.DateOnly), e.Until),
		message.Of("TPM %s %s, firmware %s", visible(e.Manufacturer), visible(e.Model), visible(e.Firmware))}
	for _, root := range e.Roots {
		if e.Compared {
			all = append(all, message.Of("its certificate leads to the root %s, and to one of yours", root))
		} else {
			all = append(all, message.Of("its certificate leads to the root %s, by the word of the authority", root))
		}
	}
	all = append(all, message.Of("assurance %s from entry %d on; attested from entry %d on", e.Assurance, e.Index+1, e.From))
	switch {
	case e.Emulator:
		all = append(all, message.Of("the TPM is a program, by its own word or that of its certificate: who can copy its files can copy the key"))
	case o.CounterBy != TPM:
		all = append(all, message.Of("who the authority is rests on the log's own word"))
	}
	return all
}

// Software says under which software the entry was added, and on whose word.
func (o *Origin) Software() []message.Text {
	b := o.Boot
	if o.CounterBy == NoCounter {
		return nil
	}
	if b == nil {
		return []message.Text{message.Of("not shown: no boot statement covers this entry")}
	}
	what := message.Of("PCR 4 %s, PCR 11 %s", b.PCRs["4"], b.PCRs["11"])
	if b.Image != "" {
		what = message.Of("the image %s", visible(b.Image))
	}
	all := []message.Text{message.Of("entry %d, boot statement, %s: reset count %d, restart count %d", b.Index, o.CounterBy.Says(), b.Resets, b.Restarts), what}
	for _, p := range b.Programs {
		all = append(all, message.Of("the firmware started the program with the Authenticode hash %s", p))
	}
	return append(all, b.Unread()...)
}

// Unread says what was not learned from the event log of a boot, and which PCRs it does not explain.
func (b *Booted) Unread() []message.Text {
	switch {
	case b.EventLog == EventLogMissing:
		return []message.Text{message.Of("the event log is missing: file %s", b.File)}
	case b.EventLog == EventLogChanged:
		return []message.Text{message.Of("the event log is not the one that was signed for: file %s", b.File)}
	case b.NoLog:
		return []message.Text{message.Of("the event log was not read: the station kept it in the file %s. Give --evidence DIR", b.File)}
	case b.Unreadable:
		return []message.Text{message.Of("the event log is not readable: it explains no PCR")}
	}
	var all []message.Text
	if b.Unnamed {
		all = append(all, message.Of("the event log does not explain PCR 4: it has an event there that is neither a program nor words"))
	}
	var others []string
	for _, n := range b.Unexplained {
		if n != 4 || !b.Unnamed {
			others = append(others, strconv.FormatInt(n, 10))
		}
	}
	if len(others) > 0 {
		all = append(all, message.Of("the event log does not explain PCR %s: something else was measured too, or the log is of another boot", strings.Join(others, ", ")))
	}
	return all
}

// Says says on whose word a counter, and what is quoted with it, is known.
func (w Word) Says() message.Text {
	switch w {
	case TPM:
		return message.Of("by the TPM")
	case Emulator:
		return message.Of("by the emulator's word")
	}
	return message.Of("by the key's own word")
}
