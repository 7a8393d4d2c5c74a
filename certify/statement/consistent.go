package statement

import (
	"rasure/cmd/message"
)

// Contradiction is the error of a certificate that does not agree with itself.
type Contradiction struct {
	Rule string // a word for the rule, the same in all languages
	Text message.Text
}

func (c *Contradiction) Message() message.Text { return c.Text }
func (c *Contradiction) Error() string         { return c.Text.String() }

const outcomeVerified = "verified"

// consistency is what must agree in a certificate. A rule is given the certificate and reports with wrong what does not. Words and numbers have no
// rule: no text is read in which one is not allowed.
var consistency = []struct {
	name         string
	onlyVerified bool // the rule is for certificates with the outcome verified
	check        func(c *Certificate, wrong func(format string, args ...any))
}{
	{"anchor", false, (*Certificate).checkAnchor},
	{"times", false, (*Certificate).checkTimes},
	{"level", false, (*Certificate).checkLevel},
	{"scheme", false, (*Certificate).checkScheme},
	{"pattern", false, (*Certificate).checkPatterns},
	{"verification", false, (*Certificate).checkVerification},
	{"sample", false, (*Certificate).checkSamples},
	{"zones", false, (*Certificate).checkZones},
	{"counts", false, (*Certificate).checkCounts},
	{"profile", false, (*Certificate).checkProfiles},
	{"firmware", false, (*Certificate).checkFirmware},
	{"hidden", false, (*Certificate).checkHidden},
	{"exceptions", true, (*Certificate).checkExceptions},
	{"complete", true, (*Certificate).checkComplete},
	{"erase", true, (*Certificate).checkErase},
}

// CheckConsistency compares what a certificate claims with what it says was measured, and returns the first [Contradiction]. A station that works
// signs none. A verifier need not trust that it worked: all that a claim rests on is in the certificate.
func (c *Certificate) CheckConsistency() error {
	for _, rule := range consistency {
		if rule.onlyVerified && c.Outcome != outcomeVerified {
			continue
		}
		var found *Contradiction
		rule.check(c, func(format string, args ...any) {
			if found == nil {
				found = &Contradiction{rule.name, message.Of(format, args...)}
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

// Last returns the pass whose bytes are on the disk now, or nil where there was none.
func (c *Certificate) Last() *Pass {
	if len(c.Passes) == 0 {
		return nil
	}
	return &c.Passes[len(c.Passes)-1]
}

// Elapsed is how long the job ran, in milliseconds: the sum of its sessions.
func (c *Certificate) Elapsed() int64 {
	sum := int64(0)
	for _, s := range c.Sessions {
		sum += s.Elapsed
	}
	return sum
}
