package checks

import (
	"slices"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/render"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// What is said claims no more than the files show. Package audit decides what that is, in codes; the sentences are here.

// Signature says by whom a certificate is signed. The name is the signer's own: only a card that was obtained independently gives it.
func (l *Lines) Signature(v audit.Verified) {
	if v.Pinned == audit.PinnedByCard {
		l.Printf("signature  good: by the station of the card, %s\n", v.Station)
	} else {
		l.Printf("signature  good: by the key %s, which calls itself %s\n", Short(v.KeySHA256), v.Station)
	}
	l.Assurance(v.Assurance, nil, v.CounterBy)
	l.Bound(v.Bound, false, v.CounterBy)
}

// Assurance says what the class of a station's key means, and who has shown it.
func (l *Lines) Assurance(class string, by []*audit.Enrolled, word audit.Word) {
	if class == certify.TPMVerified && word == audit.TPM {
		l.Printf("assurance  %s: an authority has shown that the key is in a TPM\n", class)
	} else {
		l.Printf("assurance  %s: %s\n", statement.Visible(class), render.Assurance(class))
	}
	l.Enrolled(by)
}

// Bound says of a bound key where it signs, on whose word, and whether the policy is that of keys which the auditor gave.
func (l *Lines) Bound(policy string, compared bool, by audit.Word) {
	if policy == "" {
		return
	}
	l.Printf("bound      to the policy %s, %s: the key signs only in boots that the policy allows\n", policy, by.Says())
	if compared {
		l.Printf("           it allows the boots approved with the keys that you gave\n")
	} else {
		l.Printf("           %s\n", audit.Uncompared())
	}
}

// Counter says a counter's value and whose word it is.
func (l *Lines) Counter(value uint64, by audit.Word) {
	switch by {
	case audit.NoCounter:
		l.Printf("counter    none\n")
	case audit.TPM:
		l.Printf("counter    %d for this head, by the TPM that an authority has enrolled\n", value)
	case audit.Emulator:
		l.Printf("counter    %d for this head, by a program that emulates a TPM: it can be turned back\n", value)
	default:
		l.Printf("counter    %d for this head, by the key's own word: nobody has shown that it is in a TPM\n", value)
	}
}

// Fixed says how many entries an attestation fixed when they were added, and whose word it is.
func (l *Lines) Fixed(fixed, of int, by audit.Word) {
	switch by {
	case audit.TPM:
		l.Printf("fixed      %d of %d entries have the attestation of the TPM from when they were added\n", fixed, of)
	case audit.Emulator:
		l.Printf("fixed      %d of %d entries have the counter's attestation from when they were added, by a program that emulates a TPM\n", fixed, of)
	default:
		l.Printf("fixed      %d of %d entries have the counter's attestation from when they were added, by the key's own word\n", fixed, of)
	}
}

// NotShown says what the files do not show. since is how many entries an earlier checkpoint fixed, 0 without one.
func (l *Lines) NotShown(all []audit.Unshown, since int64, by audit.Word) {
	for _, u := range all {
		l.Printf("not shown  %s\n", notShown(u, since, by))
	}
}

func notShown(u audit.Unshown, since int64, by audit.Word) message.Text {
	switch u {
	case audit.OtherLogs:
		return message.Of("which log this is: this key may have signed other logs. Give --station CARD")
	case audit.InLog:
		return message.Of("that the certificate is in a log: give its proof")
	case audit.FirstIs:
		return message.Of("that the log begins with the station card: a bundle or an audit shows it")
	case audit.BeginIs:
		return message.Of("that the begin is as the certificate says: a bundle or an audit shows it")
	case audit.Later:
		return message.Of("what was stated about the certificate later: an audit shows it")
	case audit.Enrolling:
		return message.Of("that an authority has enrolled the station: a bundle or an audit shows it")
	case audit.TPMRoots:
		return message.Of("that the certificates of the TPM lead to vendors whom you trust: give --tpm-roots DIR")
	case audit.Past:
		return message.Of("that earlier entries are what they were when they were added: not all of them have an attestation of that time")
	case audit.ByCounter:
		if by == audit.Emulator {
			return message.Of("that the counter was not turned back: the emulator's owner can do that")
		}
		return message.Of("that the counter is in a TPM, where nobody can turn it back")
	case audit.Tail:
		if since > 0 {
			return message.Of("that nothing behind the first %d entries was cut off or rewritten since", since)
		}
		return message.Of("that nothing was cut off or rewritten since")
	}
	return message.Of("%s", string(u))
}

// Fresh says what the station answered to somebody who asked it.
func (l *Lines) Fresh(f *audit.Answered, by audit.Word) {
	switch at := l.local(f.At); by {
	case audit.NoCounter:
		l.Printf("fresh      asked with your nonce, the key signed the first %d entries as the whole log, %s by the station's clock\n", f.Entries, at)
	default:
		l.Printf("fresh      asked with your nonce, the key signed the first %d entries as the whole log, with its counter, %s by the station's clock\n", f.Entries, at)
	}
}

// Short is the part of a SHA-256 that fits on a line.
func Short(sum string) string { return sum[:min(len(sum), 16)] }

// Attested says since when entries are attested, and what happened to the TPM meanwhile. It says no durations: the TPM's clock can be
// set forward.
func (l *Lines) Attested(r *audit.Report) {
	t := r.Attested
	if t == nil {
		return
	}
	l.Printf("attested   from entry %d on, each when it was added, %s\n", t.Entry, r.CounterBy.Says())
	if t.OwnWord {
		l.Printf("           that attestations begin there is the log's own word: if you know the number, give --attested-from\n")
	}
	for _, e := range t.Epochs {
		safe := message.Of("clock safe")
		if !e.Safe {
			safe = message.Of("clock not safe")
		}
		l.Printf("epoch      from entry %d, counter %d: reset count %d, restart count %d, firmware %s, %s%s\n", e.Entry, e.Counter, e.Resets, e.Restarts, e.Firmware, safe, changed(e.Changes))
	}
}

func changed(codes []string) message.Text {
	switch {
	case len(codes) == 0:
		return message.Text{}
	case slices.Contains(codes, audit.ChangedCleared):
		return message.Of(". The counts fell: the TPM was cleared, or is another one")
	case slices.Contains(codes, audit.ChangedFirmware):
		return message.Of(". The firmware changed")
	}
	return message.Text{}
}

// Rosters says which rosters count, and whose keys the first one has.
func (l *Lines) Rosters(all []audit.Roster) {
	for i, r := range all {
		l.Printf("roster     entry %d: number %d, %d signer(s), the next needs %d of its %d root key(s)\n", r.Index, r.Number, r.Signers, r.Threshold, len(r.Roots))
		if i > 0 {
			continue
		}
		for _, root := range r.Roots {
			l.Printf("root       %s\n", root)
		}
	}
}
