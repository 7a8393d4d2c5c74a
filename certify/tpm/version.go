package tpm

import (
	"encoding/binary"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// The version counter says which images are too old to sign: those whose approval has a lower version. Each TPM has one, at a place that is the same in all: so
// publishers know its name. Everybody can read it and its owner alone can count it up, which costs at worst the use of the keys. It is a counter
// because nobody can turn it back: one that was removed and made again continues above the old value.
const versionIndex tpm2.TPMHandle = firstIndex + places

// versionTemplate is its public area.
func versionTemplate(written bool) tpm2.TPMSNVPublic {
	return tpm2.TPMSNVPublic{
		NVIndex:    versionIndex,
		NameAlg:    tpm2.TPMAlgSHA256,
		Attributes: tpm2.TPMANV{OwnerWrite: true, OwnerRead: true, AuthRead: true, NT: tpm2.TPMNTCounter, NoDA: true, Written: written},
		DataSize:   counterSize,
	}
}

func versionName(written bool) entityName { return nameOf(tpm2.Marshal(versionTemplate(written))) }

// versionHandle is how everybody reads it: its password is empty.
func versionHandle() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: versionIndex, Name: versionName(true).tpm(), Auth: tpm2.PasswordAuth(nil)}
}

// createVersion makes the version counter, if the TPM has none.
func (t *TPM) createVersion() error {
	there, err := tpm2.NVReadPublic{NVIndex: versionIndex}.Execute(t.t)
	switch {
	case refuses(err, tpm2.TPMRCHandle):
		owner, err := t.auth(Owner)
		if err != nil {
			return err
		}
		if _, err := (tpm2.NVDefineSpace{AuthHandle: owner, PublicInfo: tpm2.New2B(versionTemplate(false))}).Execute(t.t); err != nil {
			return t.ofHierarchy(Owner, err)
		}
	case err != nil:
		return explain(err)
	case versionName(true).is(there.NVName):
		return nil
	case !versionName(false).is(there.NVName): // it was being made
		return message.Errorf("another program has taken the place of the version counter: index %#08x holds something else", uint32(versionIndex))
	}
	return t.countVersion(versionName(false))
}

func (t *TPM) countVersion(name entityName) error {
	owner, err := t.auth(Owner)
	if err != nil {
		return err
	}
	_, err = tpm2.NVIncrement{AuthHandle: owner, NVIndex: &tpm2.NamedHandle{Handle: versionIndex, Name: name.tpm()}}.Execute(t.t)
	if err != nil {
		return message.Errorf("incrementing the version counter: %w", t.ofHierarchy(Owner, err))
	}
	return nil
}

func (t *TPM) restoreVersion(k Key) error {
	if len(k.Authorities) == 0 {
		return nil
	}
	return t.createVersion()
}

func (t *TPM) version() (uint64, error) {
	h := versionHandle()
	r, err := tpm2.NVRead{AuthHandle: h, NVIndex: &tpm2.NamedHandle{Handle: h.Handle, Name: h.Name}, Size: counterSize}.Execute(t.t)
	if err != nil {
		return 0, message.Errorf("reading the version counter: %w", explain(err))
	}
	if len(r.Data.Buffer) != counterSize {
		return 0, message.Errorf("reading the version counter: %w", errGarbage)
	}
	return binary.BigEndian.Uint64(r.Data.Buffer), nil
}

// maxVersions is how far the version counter is moved at once: each count writes to the TPM's memory, which wears.
const maxVersions = 1000

// RetireOlder moves the version counter of the TPM to the version of the approval of this boot, so that no image of a lower version can use a bound key of this TPM
// again. Nothing takes it back. It asks for the password of the owner hierarchy as [TPM.Create] does, and returns the version.
func (s *Station) RetireOlder() (version uint64, err error) {
	s.t.places.Lock()
	defer s.t.places.Unlock()
	c, err := s.choose()
	if err != nil {
		return 0, err
	}
	at, err := s.t.version()
	if err != nil {
		return 0, err
	}
	if c.Version > at+maxVersions {
		return at, message.Errorf("the version counter is %d, and the image has version %d: it is moved by at most %d", at, c.Version, maxVersions)
	}
	for ; at < c.Version; at++ {
		if err := s.t.countVersion(versionName(true)); err != nil {
			return at, err
		}
	}
	return at, nil
}
