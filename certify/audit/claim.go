package audit

import (
	"encoding/hex"

	"rasure/certify"
	"rasure/cmd/message"
)

// Word is whose word the value of a counter is, as JSON says it.
type Word string

// A counter is called the TPM's only behind an enrolment. A key in a file can write an attestation with any counter, and only an authority that enrolled the
// station can show that its key is in a TPM. Version 1 has no enrolment.
const (
	TPM       Word = "tpm" // that of a TPM: an authority has enrolled the station, and its signers are those of a roster whose roots are known
	NoCounter Word = "none"
	OwnWord   Word = "own-word" // the key's: nobody has shown that it is in a TPM
	Emulator  Word = "emulator" // that of a program which emulates a TPM: who can copy its files can turn the counter back
)

func counterBy(s certify.Station) Word {
	switch {
	case s.Counter == nil:
		return NoCounter
	case s.Assurance == certify.TPMEmulated:
		return Emulator
	}
	return OwnWord
}

// contradiction returns what a station says of its key that cannot be true. Statements of version 1 that say it are opened as before, with a
// warning; a station card that says it is refused.
func contradiction(s certify.Station) (message.Text, bool) {
	switch s.Assurance {
	case certify.TPMUnverified, certify.TPMEmulated:
		if s.Counter == nil {
			return message.Of("the assurance is %s, and no counter is named: whether the log was cut back cannot be seen, as with a software key", s.Assurance), true
		}
	case certify.Software:
		if s.Counter != nil {
			return message.Of("the assurance is %s, and a counter is named: a key in a file has none, so this counter is what its holder writes", s.Assurance), true
		}
	case certify.TPMVerified:
		return message.Of("the assurance is %s, and no authority enrolled the station: this is its own word", s.Assurance), true
	default:
		return message.Of("the assurance %q is not known", clip(s.Assurance)), true
	}
	return message.Text{}, false
}

// Unshown is something that an auditor may take for shown and that the files at hand do not show. The words are for JSON; the command that
// prints them has the sentences.
type Unshown string

const (
	OtherLogs Unshown = "other-logs"       // only the key is known: it may have signed other logs
	InLog     Unshown = "in-log"           // no proof was given that the certificate is in a log
	FirstIs   Unshown = "first-entry"      // a single proof: whether that log begins with the station card
	BeginIs   Unshown = "begin"            // whether the begin is as the certificate refers to it
	Later     Unshown = "later-statements" // what was stated about it later
	Tail      Unshown = "tail"             // that nothing was cut off or rewritten since
	ByCounter Unshown = "counter"          // what else is shown rests on a counter that is not shown to be a TPM's
	Enrolling Unshown = "enrolment"        // that an authority has enrolled the station, as the certificate says
	TPMRoots  Unshown = "tpm-roots"        // that the TPM's certificate leads to a vendor: the authority's word
	Past      Unshown = "past"             // that earlier entries are what they were when they were appended
)

func hexOf(sum [32]byte) string { return hex.EncodeToString(sum[:]) }
