package audit

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
)

// Pin is what a verifier knows of a station independently of what is verified: its card, or only its public key.
//
// A key is not a log. Who can use the key can also sign a log that begins again on the same counter, one that counts with another
// counter of the same TPM, and one that counts with none. The key opens all of them; the card is of one.
type Pin struct {
	Key  *ecdsa.PublicKey
	Card *Card // nil if only the key is known
}

// Card is a station card: the first entry of a station's log, kept as a file. It names the key, the counter, and the counter's value when
// the log began.
type Card struct {
	Station certify.Station
	First   [32]byte // SHA-256 of its text: what the log is known by
}

// ParseCard reads a station card. The error is [Failure] if it is not signed by the key that it names, or contradicts itself.
func ParseCard(file []byte) (Pin, error) {
	if kind := certify.KindOf(file); !certify.IsStation(kind) {
		if what := WhatIs(file); !what.IsZero() {
			return Pin{}, failf("this is %s, not a station card", what)
		}
		return Pin{}, failf("this is not a station card: it begins with %q, not with %q", visible(clip(string(kind))), certify.KindStation)
	}
	key, err := keyNamedBy(file)
	if err != nil {
		return Pin{}, failf("the station card: %w", err)
	}
	e, err := certify.CheckEntry(file, key)
	if err != nil {
		return Pin{}, failf("the station card: %w", err)
	}
	if e.CutsOver() {
		return Pin{}, failf("this is not a station card: it is the statement that begins version 2 in an older log, whose first entry is its card")
	}
	c := &Card{Station: e.Station.Station, First: e.TextSHA256()}
	if wrong, ok := contradiction(c.Station); ok {
		return Pin{}, failf("the station card contradicts itself: %v", wrong)
	}
	return Pin{key, c}, nil
}

// keyNamedBy reads the public key that a station statement names. What vouches for it is that the statement is signed by it, and that the
// verifier obtained the card independently.
func keyNamedBy(file []byte) (*ecdsa.PublicKey, error) {
	_, body, _ := strings.Cut(certify.TextOf(file), "\n")
	var named struct {
		PublicKey string `json:"public_key"`
	}
	if err := json.NewDecoder(strings.NewReader(body)).Decode(&named); err != nil {
		return nil, err
	}
	if certify.KindOf(file) != certify.KindStation { // version 2 has it in DER
		der, err := base64.StdEncoding.DecodeString(named.PublicKey)
		if err != nil {
			return nil, err
		}
		return certify.ParsePublicKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return certify.ParsePublicKey([]byte(named.PublicKey))
}

// check refuses a station that is not the one on the card. In version 2 an enrolment says more than the card: that the TPM is verified, or emulated.
func (p Pin) check(s certify.Station, version2 bool) error {
	if p.Card == nil {
		return nil
	}
	if card := p.Card.Station; version2 && (s.Assurance == certify.TPMVerified || s.Assurance == certify.TPMEmulated) && card.Assurance == certify.TPMUnverified {
		s = s.WithAssurance(card.Assurance)
	}
	if s.SameAs(p.Card.Station) {
		return nil
	}
	return message.New("it names another station, assurance or counter than the station card: it is of another log, which the same key signed")
}

// checkFirst refuses a log that does not begin with the card.
func (p Pin) checkFirst(first certify.Entry) error {
	if sum := first.TextSHA256(); p.Card != nil && sum != p.Card.First {
		return failf("this is another log, which the same key signed: it begins with the entry %s, and the station card is %s", hexOf(sum)[:16], hexOf(p.Card.First)[:16])
	}
	return nil
}

// What a [Pin] consists of, as JSON says it.
const (
	PinnedByKey  = "key"
	PinnedByCard = "card"
)

func (p Pin) word() string {
	if p.Card != nil {
		return PinnedByCard
	}
	return PinnedByKey
}

// IsPublicKey reports whether a file looks like a public key in PEM, which is easily given in the place of a station card.
func IsPublicKey(file []byte) bool {
	return bytes.HasPrefix(file, []byte("-----BEGIN PUBLIC KEY-----"))
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
