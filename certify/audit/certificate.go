package audit

import (
	"bytes"
	"strings"
	"time"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/logs"
)

// Verified says what was checked of one certificate, and what it says. "not checked" is not "good".
type Verified struct {
	ID        string `json:"id"`
	Station   string `json:"station"`
	Assurance string `json:"assurance"`
	Outcome   string `json:"outcome"`
	Signature string `json:"signature"`         // "good"
	Proof     string `json:"proof"`             // "good" or "not checked"
	Index     int64  `json:"index"`             // in the log; -1 where not checked
	LogSize   int64  `json:"log_size"`          // entries in the log when the proof was made
	Root      string `json:"root,omitempty"`    // of the log then, as its checkpoint has it
	Counter   uint64 `json:"counter,omitempty"` // at that moment; CounterBy says whose word it is

	KeySHA256 string         `json:"key_sha256"`
	Pinned    string         `json:"pinned"`                 // [PinnedByKey] or [PinnedByCard]
	First     string         `json:"first_sha256,omitempty"` // of the log's first entry, where that was shown
	CounterBy Word           `json:"counter_by"`
	Bound     string         `json:"auth_policy,omitempty"` // of a bound key: what it takes to use it; CounterBy says whose word it is
	Fixed     bool           `json:"fixed"`                 // the counter attests the head of which the certificate is the last entry: what it was when it was added
	Cosigner  string         `json:"cosigner,omitempty"`    // the witness who cosigned the checkpoint of the proof, if one was demanded
	Cosigned  *time.Time     `json:"cosigned,omitempty"`    // by the witness's clock
	NotShown  []Unshown      `json:"not_shown"`
	Warnings  []message.Text `json:"warnings"`

	Certificate *certify.Certificate `json:"-"`
}

// VerifyCertificate decides whether a certificate is good: signed by the station that is pinned, consistent in itself and, unless
// proof is nil, in a log of that station after the begin of its job. The outcome can be anything.
func VerifyCertificate(signed, proof []byte, by Pin) (Verified, error) {
	cert, err := OpenCertificate(signed, by)
	if err != nil {
		return Verified{}, err
	}
	v := newVerified(cert, by, certify.KindOf(signed))
	if proof == nil {
		v.NotShown = append(v.NotShown, InLog, BeginIs, Later)
		return v, nil
	}
	id, err := Identity(cert.Station.Name, by.Key, cert.Station.Counter)
	if err != nil {
		return v, &Failure{err}
	}
	if !bytes.HasPrefix(proof, []byte(proofHeader)) {
		if what := WhatIs(proof); !what.IsZero() {
			return v, failf("the proof is %s, not a C2SP tlog-proof", what)
		}
		return v, failf("the proof is not a C2SP tlog-proof, which begins with %q", proofHeader)
	}
	in, err := logs.Verify(id, signed, proof)
	if err != nil {
		return v, failf("the certificate is not proven: %w", err)
	}
	if c := cert.Station.Counter; c != nil && in.Base() != c.Base {
		return v, failf("the certificate is not proven: the TPM counted %d at %d entries, not %d; if the roots have taken up the counter (a recount), a bundle or an audit shows it", in.Counter, in.Checkpoint.Size, c.Base+uint64(in.Checkpoint.Size))
	}
	if in.Index <= cert.Begin.Index {
		return v, failf("the certificate is in the log before the begin that it refers to")
	}
	v.Proof, v.Index, v.LogSize, v.Root, v.Counter = "good", in.Index, in.Checkpoint.Size, in.Checkpoint.Root.String(), in.Counter
	v.Fixed = id.Counter != nil && in.Checkpoint.Size == in.Index+1
	if by.Card != nil {
		v.NotShown = append(v.NotShown, FirstIs) // the tree of the proof may begin with anything: only the entry is proven
	}
	v.NotShown = append(v.NotShown, BeginIs, Later, Tail)
	return v, nil
}

// Demand verifies that a witness has cosigned the checkpoint in the proof of a verified certificate. The error is [Failure] if not.
func (v *Verified) Demand(proof []byte, by *logs.Cosigner) error {
	if proof == nil {
		return failf("a cosignature of %s is demanded, and there is no proof that could have it", by.Name())
	}
	at, err := logs.CosignedProof(proof, by)
	if err != nil {
		return failf("the certificate is proven, and no witness vouches for the log: %w", err)
	}
	v.Cosigner, v.Cosigned = by.Name(), &at
	return nil
}

// newVerified is what the signature of a certificate alone shows.
func newVerified(cert *certify.Certificate, by Pin, kind certify.Kind) Verified {
	s := cert.Station
	v := Verified{ID: cert.ID, Station: s.Name, Assurance: s.Assurance, Outcome: cert.Outcome, Signature: "good", Proof: "not checked", Index: -1, Certificate: cert,
		KeySHA256: s.KeySHA256, Pinned: by.word(), CounterBy: counterBy(s), Bound: boundTo(s), NotShown: []Unshown{}, Warnings: []message.Text{}}
	if by.Card == nil {
		v.NotShown = append(v.NotShown, OtherLogs)
	}
	if s.Assurance == certify.TPMVerified && kind != certify.KindCertificate {
		v.NotShown = append(v.NotShown, Enrolling)
	} else if wrong, ok := contradiction(s); ok {
		v.Warnings = append(v.Warnings, wrong)
	}
	return v
}

// proofHeader begins a proof (c2sp.org/tlog-proof).
const proofHeader = "c2sp.org/tlog-proof@v1"

// OpenCertificate verifies that the station that is pinned signed a certificate, and that it does not contradict itself.
func OpenCertificate(signed []byte, by Pin) (*certify.Certificate, error) {
	switch kind := certify.KindOf(signed); {
	case certify.IsCertificate(kind):
	case strings.HasPrefix(string(kind), "rasure/certificate/v"):
		return nil, &Failure{&certify.NewerError{Kind: kind}}
	default:
		if what := WhatIs(signed); !what.IsZero() {
			return nil, failf("this is %s, not a certificate (.cert)", what)
		}
		return nil, failf("this is not a certificate (.cert): it does not begin with %q", certify.KindCertificate)
	}
	e, err := certify.CheckEntry(signed, by.Key)
	if err != nil {
		return nil, &Failure{err}
	}
	cert := e.Certificate
	if err := e.Contradiction(); err != nil {
		return nil, failf("the certificate is signed and contradicts itself: %w", err)
	}
	if e.Statement != nil { // once more, with the counter that it names: its anchor is verified
		id, err := Identity(cert.Station.Name, by.Key, cert.Station.Counter)
		if err == nil {
			e, err = lenientKeyOf(id, by.Key).CheckEntry(signed)
		}
		if err == nil {
			err = e.Contradiction()
		}
		if err != nil {
			return nil, failf("the certificate is signed and contradicts itself: %w", err)
		}
	}
	if err := by.check(cert.Station, e.Statement != nil); err != nil {
		return nil, failf("the certificate: %w", err)
	}
	if e.Statement != nil && by.Card != nil && e.Statement.Log().First != by.Card.First {
		return nil, failf("the certificate: it is of another log, which the same key signed: that begins with the entry %.16s, and the station card is %.16s",
			e.Statement.Log().First, hexOf(by.Card.First))
	}
	return cert, nil
}

const zstdMagic = "\x28\xb5\x2f\xfd" // RFC 8878, 3.1.1
