package statement

import (
	"maps"
	"slices"
)

// CodeHiddenNotExamined is the exception for areas that the disk does not address and that were not examined.
const CodeHiddenNotExamined = "hidden-areas-not-examined"

// CodeDeviceLost is the exception for a disk that went away, or is no longer the one that was claimed. Its job can be resumed.
const CodeDeviceLost = "device-lost"

// CodeKeyNotAnchored is the exception for a job that began in version 1, whose keys do not come from its begin.
const CodeKeyNotAnchored = "key-not-anchored"

// reach says of which certificates an exception limits the outcome.
type reach int

const (
	limitsAll   reach = iota // such a certificate is never verified
	limitsDisks              // only those of images can be
	limitsNone
)

// codes are all codes of exceptions, with what each limits; FORMAT.md describes them. A code that is not here comes from a later version,
// and limits every certificate.
var codes = map[string]reach{
	"unwritten":                  limitsAll,
	"mismatched":                 limitsAll,
	"unreadable":                 limitsAll,
	"flush-failed":               limitsAll,
	"cache-not-dropped":          limitsAll,
	"not-verified":               limitsAll,
	CodeDeviceLost:               limitsAll,
	"interrupted":                limitsAll,
	"retries-skipped":            limitsAll,
	"given-up":                   limitsAll, // too much time was lost to errors
	"refused":                    limitsAll,
	"not-carried-out":            limitsAll,
	"unaccounted":                limitsAll,
	"not-kept":                   limitsAll,   // keyed blocks read back as something else
	"probe-incomplete":           limitsAll,   // keyed blocks could not be written or read
	"opened-by-others":           limitsAll,   // another process had the disk open during the job
	"physical-disks-not-reached": limitsAll,   // a volume of a RAID adapter or of another machine was overwritten
	"zones-not-writable":         limitsAll,   // zones of the drive are read-only or offline
	"users-unknown":              limitsDisks, // whether one had could not be seen
	"direct-io-unknown":          limitsDisks, // what was read back may have come from this machine's memory
	"clock-changed":              limitsNone,  // the clock was set during the job
	"known-trouble":              limitsNone,  // drives of this model are known for it
	"replaced-while-erased":      limitsNone,  // blocks that the drive replaced during the job: outside of what an overwrite of addressable blocks claims
	"freed-by-psid":              limitsNone,  // a locked drive was reverted with its PSID before it was erased
	CodeKeyNotAnchored:           limitsNone,  // the keys were drawn, as those of version 1 were
	CodeHiddenNotExamined:        limitsNone,  // outside of what an overwrite of addressable blocks claims

	// of a drive's own erase
	"markers-kept":           limitsAll,
	"markers-unreadable":     limitsAll,
	"markers-unconfirmed":    limitsAll,
	"erase-failed":           limitsAll,
	"erase-locked":           limitsAll,
	"erase-refused":          limitsAll,
	"erase-unknown":          limitsAll,
	"identity-changed":       limitsAll,
	"hidden-area-not-erased": limitsAll,
	"others-not-read-back":   limitsAll,
}

// Limits reports whether an exception keeps the certificate of a disk of this medium type from the outcome verified. A code that this
// version does not know does.
func Limits(code, mediumType string) bool {
	switch codes[code] {
	case limitsNone:
		return false
	case limitsDisks:
		return mediumType != mediumImage
	}
	return true
}

// Codes returns all codes, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(codes)) }
