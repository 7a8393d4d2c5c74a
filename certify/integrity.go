package certify

import "slices"

// LogRule is the rule of problems that are wrong in any log, whatever the office's policy.
const LogRule = "log"

// integrity are the rules that a log breaks as a log, and signatures that do not verify. The others are those of an office.
var integrity = []string{LogRule, Fork, OldForm, NoCutOver, NotInLog, NotAnchored, SecondCard, Work, KeyReused, NotUnderstood, "signature", "unsigned", "roster", "retired",
	"recount", "not-attested", "bad-attestation", Enrolling}

// IsIntegrity reports whether a rule is about the log itself, so that only the roots can close what breaks it.
func IsIntegrity(rule string) bool { return slices.Contains(integrity, rule) }
