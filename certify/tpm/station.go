package tpm

import (
	"crypto/ecdsa"
	"encoding/binary"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// A Station is a key and a counter in an open TPM. Its methods may be called from several goroutines.
type Station struct {
	t     *TPM
	pub   *ecdsa.PublicKey
	key   tpm2.AuthHandle // with its password, which signs only if the key is not bound
	index uint32
	auth  Secret

	policy      Policy // of a bound key
	authorities [][]byte

	// Of a bound key. t.places guards what follows.
	approvals []Approval
	chosen    *chosen // the approval of this boot; nil: not looked for, or it was not the right one
}

// Load finds a key and its counter in the TPM. If one is missing, is another one, or counts less than it did at the
// beginning, this is not the TPM that made them, or it was cleared: ErrOtherTPM.
func (t *TPM) Load(k Key) (*Station, error) {
	s, err := t.load(k)
	if err != nil {
		return nil, message.Errorf("finding the station's key in the TPM: %w", err)
	}
	return s, nil
}

func (t *TPM) load(k Key) (*Station, error) {
	pub, own, err := k.check()
	if err != nil {
		return nil, message.Errorf("the station's file is damaged: %w", err)
	}
	policy, err := k.Policy()
	if err != nil {
		return nil, err
	}
	r, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(k.Handle)}.Execute(t.t)
	switch {
	case refuses(err, tpm2.TPMRCHandle), err == nil && !own.is(r.Name):
		return nil, message.Errorf("%w, or it was cleared since: the key is not at handle %#08x", ErrOtherTPM, k.Handle)
	case err != nil:
		return nil, explain(err)
	}
	n, err := tpm2.NVReadPublic{NVIndex: tpm2.TPMHandle(k.NVIndex)}.Execute(t.t)
	switch {
	case refuses(err, tpm2.TPMRCHandle), err == nil && !counterName(k.NVIndex, true).is(n.NVName):
		return nil, message.Errorf("%w, or it was cleared since: the counter is not at index %#08x", ErrOtherTPM, k.NVIndex)
	case err != nil:
		return nil, explain(err)
	}
	s := &Station{
		t: t, pub: pub, index: k.NVIndex, auth: k.Auth, policy: policy, authorities: k.Authorities,
		key: tpm2.AuthHandle{Handle: tpm2.TPMHandle(k.Handle), Name: own.tpm(), Auth: tpm2.PasswordAuth(k.Auth)},
	}
	value, err := s.Read()
	if err != nil {
		return nil, err
	}
	if value < k.Base {
		return nil, message.Errorf("%w: its counter is %d, and the log began at %d", ErrOtherTPM, value, k.Base)
	}
	return s, nil
}

// Public returns the station's public key. The caller must not change it.
func (s *Station) Public() *ecdsa.PublicKey { return s.pub }

// Read returns the counter's value.
func (s *Station) Read() (uint64, error) { return s.t.read(s.index, s.auth) }

// Increment counts up by one and returns the new value. After an error the counter may have moved or not: ask Read.
func (s *Station) Increment() (uint64, error) {
	if err := s.t.increment(s.index, counterName(s.index, true), s.auth); err != nil {
		return 0, message.Errorf("incrementing the counter: %w", err)
	}
	return s.Read()
}

func (t *TPM) increment(index uint32, n entityName, auth Secret) error {
	h := tpm2.TPMHandle(index)
	_, err := tpm2.NVIncrement{
		AuthHandle: tpm2.AuthHandle{Handle: h, Name: n.tpm(), Auth: tpm2.PasswordAuth(auth)},
		NVIndex:    &tpm2.NamedHandle{Handle: h, Name: n.tpm()},
	}.Execute(t.t)
	return explain(err)
}

func (t *TPM) read(index uint32, auth Secret) (uint64, error) {
	h, n := tpm2.TPMHandle(index), counterName(index, true).tpm()
	r, err := tpm2.NVRead{
		AuthHandle: tpm2.AuthHandle{Handle: h, Name: n, Auth: tpm2.PasswordAuth(auth)},
		NVIndex:    &tpm2.NamedHandle{Handle: h, Name: n},
		Size:       counterSize,
	}.Execute(t.t)
	if err != nil {
		return 0, message.Errorf("reading the counter: %w", explain(err))
	}
	if len(r.Data.Buffer) != counterSize {
		return 0, message.Errorf("reading the counter: %w", errGarbage)
	}
	return binary.BigEndian.Uint64(r.Data.Buffer), nil
}
