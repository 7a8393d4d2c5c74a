package enrol

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/note"
)

// Request is a request that a station with this key and counter made.
type Request struct {
	*statement.EnrolmentRequest
	Sum     statement.Hash // SHA-256 of the text
	Counter uint64         // its value when the request was made

	certificates []*x509.Certificate // those that can be read
}

// WriteRequest signs a request with the lines of a station's checkpoints.
func WriteRequest(r *statement.EnrolmentRequest, lines ...note.Signer) ([]byte, error) {
	text, err := statement.EnrolmentRequestText(r)
	if err != nil {
		return nil, message.Errorf("writing the request: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, lines...)
	if err != nil {
		return nil, message.Errorf("signing the request: %w", err)
	}
	return signed, nil
}

// OpenRequest reads a request. It refuses one whose key or counter are not what rasure makes in a TPM, and one that they have not signed.
func OpenRequest(signed []byte) (*Request, error) {
	r, err := openRequest(signed)
	if err != nil {
		return nil, message.Errorf("the request: %w", err)
	}
	return r, nil
}

func openRequest(signed []byte) (*Request, error) {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	body, err := statement.ReadEnrolmentRequest(text + "\n")
	if err != nil {
		return nil, err
	}
	r := &Request{EnrolmentRequest: body, Sum: sha256.Sum256([]byte(text + "\n"))}
	key, index, policy, err := tpm.CheckKey(body.TPM.Key, body.TPM.NV)
	if err != nil {
		return nil, message.Errorf("the station's key: %w", err)
	}
	if sum, err := keySum(key); err != nil || sum != body.Station.Key || int64(index) != body.Station.Counter.Index {
		return nil, message.New("the station has another key or counter than the public areas that it shows")
	}
	if statement.Hash(policy) != body.TPM.Policy {
		return nil, message.New("the station's key has another policy than the request names")
	}
	if r.Counter, err = checkLines(signed, body, key, policy); err != nil {
		return nil, err
	}
	for _, der := range body.Certificates {
		if c, err := Parse(der); err == nil { // one that cannot be read cannot be used, and others may do
			r.certificates = append(r.certificates, c)
		}
	}
	return r, nil
}

// checkLines verifies the lines of the station and of its counter, which must have counted the entries of the log.
func checkLines(signed []byte, body *statement.EnrolmentRequest, key *ecdsa.PublicKey, policy tpm.Policy) (counter uint64, err error) {
	name, c := body.Station.Name, body.Station.Counter
	line, err := certify.NewVerifier(name, key)
	if err != nil {
		return 0, err
	}
	attested, err := tpm.NewAttestationVerifier(name, key, uint32(c.Index), policy)
	if err != nil {
		return 0, err
	}
	_, sigs, err := certify.OpenLines(signed, line, attested)
	if err == nil {
		counter, err = attested.Counter(sigs[1])
	}
	if err != nil {
		return 0, err
	}
	if least := uint64(c.Base + body.Log.Size); counter < least {
		return 0, message.Errorf("the counter is %d, and the log of %d entries needs %d: it is not the counter of this log", counter, body.Log.Size, least)
	}
	return counter, nil
}
