// Package people signs and verifies statements of people, with the SSH keys that they already have.
//
// A statement of people is a C2SP signed note (c2sp.org/signed-note) with one signature line for each person. A line holds an SSHSIG
// blob (openssh-portable, PROTOCOL.sshsig) over the text. A person without rasure signs with `ssh-keygen -Y sign -n rasure-ROLE`
// and verifies with `ssh-keygen -Y verify`. The namespace is the role: a signature as a witness is not one as an approver. FORMAT.md in
// this directory is for those who write a second implementation.
//
// # Who signs
//
// The name on a line is the role, never the person. A signer on another machine cannot know the name that the office uses, and a
// name that the signature does not cover would be believed. The person follows from the key, by the [Roster] in force.
//
// # What is refused
//
// ssh-rsa signatures (SHA-1), RSA keys under 2048 bits, DSA, certificates, FIDO signatures without user presence, one key twice on a
// statement, and everything that can be written in two ways.
package people

import (
	"strings"

	"rasure/cmd/message"
)

// Role is the capacity in which a person signs.
type Role string

const (
	Technician Role = "technician" // treats media
	Approver   Role = "approve"    // releases media for re-use or destruction
	Witness    Role = "witness"    // saw it happen
	Custodian  Role = "custodian"  // answers for media, hands them over, counts them
	Validator  Role = "validate"   // accepts or rejects a treatment
	Secrecy    Role = "secrecy"    // the secrecy office: losses, corrections
	Root       Role = "roster"     // decides who may sign in which role

	// Rosters of version 1 do not grant these, also where their patterns fit: nobody who signed one could know them.
	Enroller Role = "enrol" // verifies the TPMs of stations
	Auditor  Role = "audit" // states the results of audits
)

// Roles are all roles.
var Roles = [...]Role{Technician, Approver, Witness, Custodian, Validator, Secrecy, Root, Enroller, Auditor}

// isNew reports whether only rosters of version 2 grant the role.
func (r Role) isNew() bool { return r == Enroller || r == Auditor }

const namespacePrefix = "rasure-"

// Namespace is the role as it appears in SSH signatures and on signature lines.
func (r Role) Namespace() string { return namespacePrefix + string(r) }

// ParseRole reads a role. The error of an unknown one lists them all.
func ParseRole(word string) (Role, error) {
	words := []string{}
	for _, r := range Roles {
		if string(r) == word {
			return r, nil
		}
		words = append(words, string(r))
	}
	return "", message.Errorf("unknown role %q; the roles are %s", word, strings.Join(words, ", "))
}

// roleOf is the inverse of [Role.Namespace].
func roleOf(namespace string) (Role, error) {
	word, ok := strings.CutPrefix(namespace, namespacePrefix)
	if !ok {
		return "", message.Errorf("signed for the namespace %q, which is not a role of rasure", shorten(namespace))
	}
	return ParseRole(word)
}

// maxBytes is the length of the longest statement: an entry of a tiled log has a 16-bit length (c2sp.org/tlog-tiles).
const maxBytes = 65535

var errMalformed = message.New("malformed statement")

// shorten makes a text of a stranger short enough for an error.
func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
