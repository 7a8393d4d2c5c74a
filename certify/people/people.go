// Package people signs and checks for persons, with the SSH keys they have already.
//
// A statement by people is a C2SP signed note (c2sp.org/signed-note) with one signature line for each person. A line carries
// an SSHSIG blob (openssh-portable, PROTOCOL.sshsig) over the text, so that whoever has no rasure signs with
// `ssh-keygen -Y sign -n rasure-ROLE` and checks with `ssh-keygen -Y verify`. The namespace is the role: a signature as a
// witness is not one as an approver. FORMAT.md beside this file says it for those who write a second implementation.
//
// # Who
//
// The name on a line says the role, never the person: whoever signs on another machine cannot know what the office
// calls him, and a name that the signature does not cover would be believed. The person comes from the key, by the
// [Roster] that was in force.
//
// # What is refused
//
// ssh-rsa (SHA-1), RSA keys under 2048 bits, DSA, certificates, a FIDO signature without user presence, one key twice on a
// statement, and whatever can be written in two ways.
package people

import (
	"errors"
	"fmt"
	"strings"
)

// Role is what somebody signs as.
type Role string

const (
	Technician Role = "technician" // treats media
	Approver   Role = "approve"    // releases media for re-use or destruction
	Witness    Role = "witness"    // saw it happen
	Custodian  Role = "custodian"  // answers for media, hands them over, counts them
	Validator  Role = "validate"   // accepts or rejects what a technician did
	Secrecy    Role = "secrecy"    // the secrecy office: losses, corrections
	Root       Role = "roster"     // says who may sign as what
)

// Roles are all there are.
var Roles = [...]Role{Technician, Approver, Witness, Custodian, Validator, Secrecy, Root}

const namespacePrefix = "rasure-"

// Namespace is the role as SSH signatures, and the names on signature lines, say it.
func (r Role) Namespace() string { return namespacePrefix + string(r) }

// ParseRole reads the word of a role. An unknown one is an error that lists them all.
func ParseRole(word string) (Role, error) {
	words := []string{}
	for _, r := range Roles {
		if string(r) == word {
			return r, nil
		}
		words = append(words, string(r))
	}
	return "", fmt.Errorf("%q is no role; there are %s", word, strings.Join(words, ", "))
}

// roleOf is the inverse of [Role.Namespace].
func roleOf(namespace string) (Role, error) {
	word, ok := strings.CutPrefix(namespace, namespacePrefix)
	if !ok {
		return "", fmt.Errorf("signed for the namespace %q, which is not ours", shorten(namespace))
	}
	return ParseRole(word)
}

// maxBytes is the length of the longest statement: an entry of a tiled log has a 16-bit length (c2sp.org/tlog-tiles).
const maxBytes = 65535

var errMalformed = errors.New("malformed statement")

// clip shortens what a stranger wrote to something an error may show.
func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
