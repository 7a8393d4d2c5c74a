package certify

import (
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Contradiction is the error of a certificate that does not agree with itself.
type Contradiction = statement.Contradiction

// consistency is what must agree in a certificate of version 1. Package statement has such a table for version 2, and most of its rules read alike.
// They stay two: what version 1 signed is judged for ever as it is now, while version 2 and its rules may still change.
//
// A rule is given the certificate and reports with wrong what does not.
var consistency = []struct {
	name         string
	onlyVerified bool // the rule is for certificates with the outcome verified
	check        func(c *Certificate, wrong func(format string, args ...any))
}{
	{"words", false, (*Certificate).checkWords},
	{"numbers", false, (*Certificate).checkNumbers},
	{"times", false, (*Certificate).checkTimes},
	{"level", false, (*Certificate).checkLevel},
	{"scheme", false, (*Certificate).checkScheme},
	{"pattern", false, (*Certificate).checkPatterns},
	{"verification", false, (*Certificate).checkVerification},
	{"sample", false, (*Certificate).checkSamples},
	{"counts", false, (*Certificate).checkCounts},
	{"firmware", false, (*Certificate).checkFirmware},
	{"exceptions", true, (*Certificate).checkExceptions},
	{"complete", true, (*Certificate).checkComplete},
	{"erase", true, (*Certificate).checkErase},
}

// CheckConsistency compares what a certificate claims with what it says was measured, and returns the first [Contradiction]. A station
// that works signs none. A verifier need not trust that it worked: all that a claim rests on is in the certificate.
func (c *Certificate) CheckConsistency() error {
	for _, rule := range consistency {
		if rule.onlyVerified && !c.Verified() {
			continue
		}
		var found *Contradiction
		rule.check(c, func(format string, args ...any) {
			if found == nil {
				found = &Contradiction{Rule: rule.name, Text: message.Of(format, args...)}
			}
		})
		if found != nil {
			return found
		}
	}
	return nil
}

// ConsistencyRules names the rules of [Certificate.CheckConsistency].
func ConsistencyRules() []string {
	var names []string
	for _, rule := range consistency {
		names = append(names, rule.name)
	}
	return names
}
