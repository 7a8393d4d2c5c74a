package enrol

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/message"
)

// Seal encrypts a signed enrolment so that only the TPM of the request opens it. It returns the grant, which can travel over any way.
func (r *Request) Seal(d *Decision, signed []byte) (string, error) {
	secret := make([]byte, tpm.SecretSize)
	rand.Read(secret)
	g := &statement.EnrolmentGrant{Request: r.Sum, Key: d.EK}
	var err error
	if g.IDObject, g.Secret, err = tpm.MakeCredential(d.EK, r.TPM.Key, secret); err != nil {
		return "", message.Errorf("encrypting the enrolment: %w", err)
	}
	box, err := boxOf(secret)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce)
	g.Sealed = box.Seal(nonce, nonce, signed, g.Request[:])
	return statement.EnrolmentGrantText(g)
}

// Activator is the key of a station in its TPM.
type Activator interface {
	// Activate opens what was encrypted for an endorsement key (TPMT_PUBLIC) and the station's key.
	Activate(ek []byte, idObject, encSecret []byte) (secret []byte, err error)
}

// Open returns the signed enrolment in a grant. It verifies none of its signatures.
func Open(grant string, by Activator) ([]byte, error) {
	g, err := statement.ReadEnrolmentGrant(grant)
	if err != nil {
		return nil, err
	}
	secret, err := by.Activate(g.Key, g.IDObject, g.Secret)
	if err != nil {
		return nil, err
	}
	box, err := boxOf(secret)
	if err != nil || len(g.Sealed) < box.NonceSize() {
		return nil, errGrant
	}
	signed, err := box.Open(nil, g.Sealed[:box.NonceSize()], g.Sealed[box.NonceSize():], g.Request[:])
	if err != nil {
		return nil, errGrant
	}
	return signed, nil
}

var errGrant = message.New("the enrolment in the file was changed, or is cut off")

func boxOf(secret []byte) (cipher.AEAD, error) {
	if len(secret) != tpm.SecretSize {
		return nil, errGrant
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
