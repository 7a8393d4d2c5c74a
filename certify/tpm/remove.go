package tpm

import (
	"errors"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// Remove deletes a key and its counter from the TPM, so that a preparation of a station that failed half-way leaves nothing
// behind. What is not there any more is no error; what is there in its stead stays, and is ErrOtherTPM.
// A counter that is made later goes on above where this one stopped: so libtpms does; TestADeviceServes asks a real TPM.
func (t *TPM) Remove(k Key) error {
	var errs []error
	if k.NVIndex != 0 {
		errs = append(errs, t.removeCounter(k))
	}
	if k.Handle != 0 {
		errs = append(errs, t.removeKey(k))
	}
	if err := errors.Join(errs...); err != nil {
		return message.Errorf("removing the key from the TPM: %w", err)
	}
	return nil
}

func (t *TPM) removeCounter(k Key) error {
	h := tpm2.TPMHandle(k.NVIndex)
	rsp, err := tpm2.NVReadPublic{NVIndex: h}.Execute(t.t)
	if refuses(err, tpm2.TPMRCHandle) {
		return nil
	}
	if err != nil {
		return explain(err)
	}
	elsewhere := message.Errorf("index %#08x holds something else: %w", k.NVIndex, ErrOtherTPM)
	if !counterName(k.NVIndex, true).is(rsp.NVName) && !counterName(k.NVIndex, false).is(rsp.NVName) {
		return elsewhere
	}
	// Counters of two stations differ in nothing but their secrets. Before its first increment a counter cannot be read,
	// but the secret is looked at first.
	_, err = t.read(k.NVIndex, k.Auth)
	switch {
	case refuses(err, tpm2.TPMRCBadAuth, tpm2.TPMRCAuthFail):
		return elsewhere
	case err != nil && !refuses(err, tpm2.TPMRCNVUninitialized):
		return err
	}
	owner, err := t.auth(Owner)
	if err != nil {
		return err
	}
	_, err = tpm2.NVUndefineSpace{AuthHandle: owner, NVIndex: &tpm2.NamedHandle{Handle: h, Name: rsp.NVName}}.Execute(t.t)
	if err != nil {
		return t.ofHierarchy(Owner, err)
	}
	return nil
}

func (t *TPM) removeKey(k Key) error {
	h := tpm2.TPMHandle(k.Handle)
	rsp, err := tpm2.ReadPublic{ObjectHandle: h}.Execute(t.t)
	if refuses(err, tpm2.TPMRCHandle) {
		return nil
	}
	if err != nil {
		return explain(err)
	}
	if !nameOf(k.Public).is(rsp.Name) {
		return message.Errorf("handle %#08x holds another key: %w", k.Handle, ErrOtherTPM)
	}
	owner, err := t.auth(Owner)
	if err != nil {
		return err
	}
	_, err = tpm2.EvictControl{Auth: owner, ObjectHandle: &tpm2.NamedHandle{Handle: h, Name: rsp.Name}, PersistentHandle: h}.Execute(t.t)
	if err != nil {
		return t.ofHierarchy(Owner, err)
	}
	return nil
}
