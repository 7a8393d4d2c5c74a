package certify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Entry is what one log entry states, after its signature was verified.
type Entry struct {
	Kind        Kind
	Certificate *Certificate      // for KindCertificate
	Begin       *Begin            // for KindBegin
	Station     *StationStatement // for KindStation
	Preparation *Preparation      // for KindPreparation
	Act         *Declaration      // what people signed, but rosters; its signatures are not verified yet

	// Statement is there for the kinds of version 2; signatures of people are not verified yet. The fields above have what the rules of version 1 look at
	// too.
	Statement *statement.Statement

	contradiction error // of a certificate, with itself
	newer         bool  // only its envelope was verified

	named *statement.Named // of a statement of version 2

	work [32]byte // of the begin and the certificate of a job in version 2: over what both must state

	file [32]byte // SHA-256 of the entry, by which other statements refer to it
	text [32]byte // SHA-256 of its text, which is its identity
}

// CheckEntry verifies one log entry with the station's key. Entries can be checked in parallel. An entry of an unknown kind is an
// error: nothing can be said about it. One of a later version's is a [*NewerError].
//
// It reads what people signed, declarations and rosters, but does not verify their signatures: who may sign depends on the roster that
// is in force at that place of the log.
func (k *Key) CheckEntry(entry []byte) (Entry, error) {
	e := Entry{Kind: KindOf(entry), file: sha256.Sum256(entry)}
	var err error
	switch e.Kind {
	case KindCertificate:
		e.Certificate = new(Certificate)
		if e.text, err = k.open(entry, e.Kind, e.Certificate); err == nil {
			e.contradiction = e.Certificate.CheckConsistency() // here, and not in the chain, which is on one core
		}
	case KindBegin:
		e.Begin = new(Begin)
		e.text, err = k.open(entry, e.Kind, e.Begin)
	case KindStation:
		e.Station = new(StationStatement)
		e.text, err = k.open(entry, e.Kind, e.Station)
	case KindPreparation:
		e.Preparation = new(Preparation)
		e.text, err = k.open(entry, e.Kind, e.Preparation)
	case KindRoster:
		e.text = TextSHA256(entry)
	default:
		e.text = TextSHA256(entry)
		if DeclarationKindOf(e.Kind) != nil {
			_, e.Act, err = ParseDeclaration(TextOf(entry))
			break
		}
		if kind := statement.KindOf(string(e.Kind)); kind != nil {
			if e.Statement, e.contradiction, err = k.openStatement(entry, kind); err != nil {
				break
			}
			if e.named = e.Statement.Named(); !e.adapt() {
				err = &NewerError{e.Kind}
			}
			break
		}
		if err = message.Errorf("unknown kind of statement %q", clip(string(e.Kind))); isNewer(e.Kind) {
			err = &NewerError{e.Kind}
		}
	}
	return e, err
}

// CheckEntry is [Key.CheckEntry] for a single entry.
func CheckEntry(entry []byte, pub *ecdsa.PublicKey) (Entry, error) {
	return NewKey(pub).CheckEntry(entry)
}

// Newer reports whether the statement needs a newer version, so that only its envelope was verified.
func (e Entry) Newer() bool { return e.newer }

// Contradiction returns how a certificate contradicts itself, or nil.
func (e Entry) Contradiction() error { return e.contradiction }

// ByPeople reports whether people sign the statement, and not the station.
func (e Entry) ByPeople() bool { return SignedByPeople(e.Kind) }

// Named is what a statement of version 2 names of its log.
func (e Entry) Named() statement.Named {
	if e.named == nil {
		return statement.Named{}
	}
	return *e.named
}

// KindName is a kind without program and version: "certificate".
func KindName(k Kind) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(k), "rasure/"), "/")
	return name
}

// IsStation reports whether a kind is a station statement, of any version that is known.
func IsStation(k Kind) bool { return k == KindStation || k == "rasure/station/v2" }

// IsRoster reports whether a kind is a roster, of any version that is known.
func IsRoster(k Kind) bool { return k == KindRoster || k == "rasure/roster/v2" }

// IsCertificate reports whether a kind is a certificate, of any version that is known.
func IsCertificate(k Kind) bool { return k == KindCertificate || k == "rasure/certificate/v2" }

// IsPreparation reports whether a kind is a preparation, of any version that is known.
func IsPreparation(k Kind) bool { return k == KindPreparation || k == "rasure/preparation/v2" }

// SignedByPeople reports whether people sign statements of this kind. Only these may be added to a log from outside: the station
// appends itself what it signs.
func SignedByPeople(k Kind) bool {
	kind := statement.KindOf(string(k))
	return k == KindRoster || DeclarationKindOf(k) != nil || kind != nil && kind.ByPeople()
}

// Refer is how statements of version 1 refer to this one: by its index and the SHA-256 of the whole entry, signatures included. Those of version
// 2 name the SHA-256 of its text; [Chain.Resolve] makes one of the other.
func (e Entry) Refer(index int64) EntryRef { return EntryRef{index, hex.EncodeToString(e.file[:])} }

// ReferTo is how this statement refers to another one at that index, by its own version.
func (e Entry) ReferTo(other Entry, index int64) EntryRef {
	if e.Statement != nil {
		return EntryRef{index, hex.EncodeToString(other.text[:])}
	}
	return other.Refer(index)
}

// TextSHA256 is the identity of the entry: the SHA-256 of its text.
func (e Entry) TextSHA256() [32]byte { return e.text }

// signer is the station that the statement names.
func (e Entry) signer() Station {
	switch {
	case e.Certificate != nil:
		return e.Certificate.Station
	case e.Begin != nil:
		return e.Begin.Station
	case e.Station != nil:
		return e.Station.Station
	case e.Preparation != nil:
		return e.Preparation.Station
	case e.Statement != nil && !e.ByPeople():
		return stationOf(e.Statement.Station())
	}
	return Station{}
}

// TextOf returns the text of a signed statement, or all of a draft that has no signature yet. The text ends at the first empty line: no
// text of a statement contains one.
func TextOf(file []byte) string { return string(textOf(file)) }

// TextSHA256 is the identity of a statement: the SHA-256 of its text. The signature is no part of it. Anybody who has a statement can rewrite
// its ECDSA signature (r, s) as (r, n-s), which verifies as well, so the bytes of a whole file identify nothing.
func TextSHA256(file []byte) [32]byte { return sha256.Sum256(textOf(file)) }

// SameStatement reports whether two files are the same statement: one text, however it is signed.
func SameStatement(a, b []byte) bool { return string(textOf(a)) == string(textOf(b)) }

func textOf(file []byte) []byte {
	if i := bytes.Index(file, []byte("\n\n")); i >= 0 {
		return file[:i+1]
	}
	return file
}
