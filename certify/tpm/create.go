package tpm

import (
	"crypto/ecdsa"
	"crypto/rand"
	"errors"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// Where a station's key and counter go: the first free place from here, out of 256. The handles belong to the endorsement
// hierarchy, the indices to the owner: "Registry of Reserved TPM 2.0 Handles and Localities", from memory.
const (
	firstHandle = 0x81010100
	firstIndex  = 0x01800AA0
	places      = 256
)

// Create makes a key and a counter in the TPM and counts once. With authorities, at most [MaxAuthorities], the key is bound: it signs only in a boot that one of
// them has approved. It asks for the passwords of the owner and the endorsement hierarchy if they have
// one, see [TPM.AskPasswords]. If it fails, what it made is removed again, except the version counter.
func (t *TPM) Create(authorities ...*ecdsa.PublicKey) (k Key, err error) {
	defer func() {
		if err == nil {
			return
		}
		if undo := t.Remove(k); undo != nil {
			err = errors.Join(err, undo)
		}
		k, err = Key{}, message.Errorf("making a key in the TPM: %w", err)
	}()
	for _, a := range authorities {
		if err := checkAuthority(a); err != nil {
			return k, err
		}
		k.Authorities = append(k.Authorities, spki(a))
	}
	t.places.Lock()
	defer t.places.Unlock()
	if len(authorities) > 0 {
		if err := t.createVersion(); err != nil {
			return k, err
		}
	}
	k.Auth = newSecret()
	if err = t.createKey(&k); err == nil {
		err = t.createCounter(&k)
	}
	return k, err
}

func (t *TPM) createKey(k *Key) error {
	// Some TPMs leave out leading zeros of a coordinate. Verifiers compute the key's name from the public key, with the
	// zeros, so such a key would never verify. One in 128 is like that; eight in a row are not.
	for range 8 {
		unique := make([]byte, coordinateSize)
		rand.Read(unique)
		done, err := t.createKeyOnce(k, unique, entityName{})
		if err != nil || done {
			return err
		}
	}
	return message.New("the TPM encodes public keys incorrectly")
}

// createKeyOnce makes the key of a number and keeps it in the TPM. It reports false, and keeps nothing, if the key would never verify, or is not the one
// wanted, where one is.
func (t *TPM) createKeyOnce(k *Key, unique []byte, wanted entityName) (done bool, err error) {
	policy, err := k.Policy()
	if err != nil {
		return false, err
	}
	auth, err := t.auth(Endorsement)
	if err != nil {
		return false, err
	}
	made, err := tpm2.CreatePrimary{
		PrimaryHandle: auth,
		InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
			UserAuth: tpm2.TPM2BAuth{Buffer: k.Auth},
		}},
		InPublic: tpm2.BytesAs2B[tpm2.TPMTPublic](keyArea(unique, make([]byte, coordinateSize), policy)),
	}.Execute(t.t)
	if err != nil {
		return false, t.ofHierarchy(Endorsement, err)
	}
	defer func() { // only three such places exist
		_, flushErr := tpm2.FlushContext{FlushHandle: made.ObjectHandle}.Execute(t.t)
		err = errors.Join(err, flushErr)
	}()
	area, err := made.OutPublic.Contents()
	if err != nil {
		return false, message.Errorf("%w: %w", errGarbage, err)
	}
	pub, err := publicKey(area)
	if err != nil {
		return false, message.Errorf("%w: %w", errGarbage, err)
	}
	own, _, err := keyNames(pub, policy)
	if err != nil {
		return false, err
	}
	k.Public, k.Unique = made.OutPublic.Bytes(), unique
	if !own.is(made.Name) || nameOf(k.Public) != own || wanted != (entityName{}) && wanted != own {
		return false, nil
	}
	return true, t.place(firstHandle, &k.Handle, func(owner tpm2.AuthHandle, h tpm2.TPMHandle) error {
		_, err := tpm2.EvictControl{
			Auth:             owner,
			ObjectHandle:     &tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name},
			PersistentHandle: h,
		}.Execute(t.t)
		return err
	})
}

func (t *TPM) createCounter(k *Key) error {
	err := t.place(firstIndex, &k.NVIndex, func(owner tpm2.AuthHandle, h tpm2.TPMHandle) error { return t.defineCounter(owner, uint32(h), k.Auth) })
	if err != nil {
		return err
	}
	// Until its first increment a counter has another name, and no value.
	if err := t.increment(k.NVIndex, counterName(k.NVIndex, false), k.Auth); err != nil {
		return message.Errorf("incrementing the counter for the first time: %w", err)
	}
	rsp, err := tpm2.NVReadPublic{NVIndex: tpm2.TPMHandle(k.NVIndex)}.Execute(t.t)
	if err != nil {
		return explain(err)
	}
	if !counterName(k.NVIndex, true).is(rsp.NVName) {
		return message.New("the TPM made another kind of counter than requested")
	}
	k.NVPublic = rsp.NVPublic.Bytes()
	k.Base, err = t.read(k.NVIndex, k.Auth)
	return err
}

func (t *TPM) defineCounter(owner tpm2.AuthHandle, index uint32, auth Secret) error {
	_, err := tpm2.NVDefineSpace{
		AuthHandle: owner,
		Auth:       tpm2.TPM2BAuth{Buffer: auth},
		PublicInfo: tpm2.BytesAs2B[tpm2.TPMSNVPublic](counterArea(index, false)),
	}.Execute(t.t)
	return err
}

// place tries free places from first on until put succeeds. Another program may take one in between. It notes the place
// in at before it is true: if the TPM's answer gets lost, Remove must know where to look.
func (t *TPM) place(first tpm2.TPMHandle, at *uint32, put func(owner tpm2.AuthHandle, h tpm2.TPMHandle) error) error {
	owner, err := t.auth(Owner)
	if err != nil {
		return err
	}
	used, err := t.handles(first, first+places-1)
	if err != nil {
		return explain(err)
	}
	for h := first; h < first+places; h++ {
		if used[h] {
			continue
		}
		*at = uint32(h)
		if err = put(owner, h); err == nil {
			return nil
		}
		if !refuses(err, tpm2.TPMRCNVDefined) {
			return t.ofHierarchy(Owner, err)
		}
		*at = 0
	}
	return message.Errorf("all indices from %#08x to %#08x are in use", uint32(first), uint32(first+places-1))
}
