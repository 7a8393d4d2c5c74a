package tpm

import (
	"bytes"
	"errors"
	"slices"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// EndorsementKeys returns the public areas (TPMT_PUBLIC) of the endorsement keys that the TPM can use: those for which it has a certificate, and those that
// are kept in it. It makes and forgets keys, which takes a hardware TPM seconds for each RSA key. A password of the endorsement hierarchy is asked for.
func (t *TPM) EndorsementKeys() (all [][]byte, err error) {
	t.places.Lock()
	defer t.places.Unlock()
	defer func() {
		if err != nil {
			err = message.Errorf("reading the endorsement keys: %w", err)
		}
	}()
	add := func(area []byte) {
		if !slices.ContainsFunc(all, func(have []byte) bool { return bytes.Equal(have, area) }) {
			all = append(all, area)
		}
	}
	kept, err := t.persistentEKs()
	if err != nil {
		return nil, err
	}
	for _, k := range kept {
		add(k.area)
	}
	templates, err := t.ekTemplates()
	if err != nil {
		return nil, err
	}
	for _, template := range templates {
		err := t.withEK(template, func(_ tpm2.NamedHandle, area []byte) error {
			if _, err := checkEK(area); err == nil {
				add(area)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// withEK makes an endorsement key for as long as use takes. A TPM that cannot make it, since it does not have the algorithm, is passed over.
func (t *TPM) withEK(template tpm2.TPMTPublic, use func(h tpm2.NamedHandle, area []byte) error) error {
	auth, err := t.auth(Endorsement)
	if err != nil {
		return err
	}
	made, err := tpm2.CreatePrimary{PrimaryHandle: auth, InPublic: tpm2.New2B(template)}.Execute(t.t)
	if refuses(err, tpm2.TPMRCCurve, tpm2.TPMRCAsymmetric, tpm2.TPMRCKeySize, tpm2.TPMRCHash, tpm2.TPMRCSymmetric, tpm2.TPMRCValue) {
		return nil
	}
	if err != nil {
		return t.ofHierarchy(Endorsement, err)
	}
	err = use(tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}, made.OutPublic.Bytes())
	_, flushErr := tpm2.FlushContext{FlushHandle: made.ObjectHandle}.Execute(t.t)
	return errors.Join(err, flushErr)
}

// ErrNoEK says that the TPM does not have the endorsement key for which something was encrypted.
var ErrNoEK = message.New("this TPM does not have the endorsement key for which the file was made")

// Activate opens what [MakeCredential] has encrypted for an endorsement key (TPMT_PUBLIC) and this key. It succeeds only in the TPM that has both.
func (s *Station) Activate(ek []byte, idObject, encSecret []byte) (secret []byte, err error) {
	t := s.t
	t.places.Lock()
	defer t.places.Unlock()
	defer func() {
		if err != nil {
			err = message.Errorf("opening the credential: %w", err)
		}
	}()
	wanted, err := checkEK(ek)
	if err != nil {
		return nil, err
	}
	use := func(h tpm2.NamedHandle, area []byte) error {
		if bytes.Equal(area, ek) {
			secret, err = s.activate(h, wanted, idObject, encSecret)
			return err
		}
		return nil
	}
	kept, err := t.persistentEKs()
	if err != nil {
		return nil, err
	}
	for _, k := range kept {
		if secret != nil {
			break
		}
		if err := use(k.NamedHandle, k.area); err != nil {
			return nil, err
		}
	}
	templates, err := t.ekTemplates()
	if err != nil {
		return nil, err
	}
	for _, template := range templates {
		if secret != nil || template.Type != wanted.Type {
			continue
		}
		if err := t.withEK(template, use); err != nil {
			return nil, err
		}
	}
	if secret == nil {
		return nil, ErrNoEK
	}
	return secret, nil
}

// activate uses an endorsement key as its template says: by the empty password of the key, or by that of the hierarchy. The key of the station is used by its
// password in either case.
func (s *Station) activate(h tpm2.NamedHandle, area *tpm2.TPMTPublic, idObject, encSecret []byte) (secret []byte, err error) {
	auth := tpm2.PasswordAuth(nil)
	if !area.ObjectAttributes.UserWithAuth {
		session, end, err := s.t.endorsementSession(area)
		if err != nil {
			return nil, err
		}
		defer func() { // the TPM has few places for sessions
			err = errors.Join(err, end())
		}()
		auth = session
	}
	r, err := tpm2.ActivateCredential{
		ActivateHandle: s.key,
		KeyHandle:      tpm2.AuthHandle{Handle: h.Handle, Name: h.Name, Auth: auth},
		CredentialBlob: tpm2.TPM2BIDObject{Buffer: idObject},
		Secret:         tpm2.TPM2BEncryptedSecret{Buffer: encSecret},
	}.Execute(s.t.t)
	switch {
	case refuses(err, tpm2.TPMRCIntegrity):
		return nil, message.Errorf("it was made for another key than this station's, or was changed (%w)", err)
	case err != nil:
		return nil, explain(err)
	}
	return r.CertInfo.Buffer, nil
}

// endorsementSession is a session that satisfies policy A or B by the password of the endorsement hierarchy.
func (t *TPM) endorsementSession(area *tpm2.TPMTPublic) (session tpm2.Session, end func() error, err error) {
	auth, err := t.auth(Endorsement)
	if err != nil {
		return nil, nil, err
	}
	session, end, err = tpm2.PolicySession(t.t, area.NameAlg, 16)
	if err != nil {
		return nil, nil, explain(err)
	}
	_, err = tpm2.PolicySecret{AuthHandle: auth, PolicySession: session.Handle(), NonceTPM: session.NonceTPM()}.Execute(t.t)
	if err != nil {
		return nil, nil, errors.Join(t.ofHierarchy(Endorsement, err), end())
	}
	return session, end, nil
}
