package tpm

import (
	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// Restored is what [TPM.Restore] made again.
type Restored struct {
	Key     bool   // it had been evicted, or the TPM cleared
	Counter bool   // it had been undefined; its value continues above that of every counter that the TPM has had
	Value   uint64 // of the counter now
}

// Restore makes again what is missing of a station's key and counter: the owner evicted the key, or undefined the counter, or the TPM was
// cleared. The key that it makes is the same one, which only the TPM that made it first can do; the counter has the same index. What is there is not
// touched. The Key that it returns is to be kept in the place of k: the handle may have changed.
//
// The error is [ErrOtherTPM] if the TPM makes another key, or something else is at the counter's index. It asks for passwords as [TPM.Create] does.
func (t *TPM) Restore(k Key) (Key, Restored, error) {
	t.places.Lock()
	defer t.places.Unlock()
	var r Restored
	err := t.restoreVersion(k)
	if err == nil {
		err = t.restoreKey(&k, &r)
	}
	if err == nil {
		err = t.restoreCounter(&k, &r)
	}
	if err == nil {
		r.Value, err = t.read(k.NVIndex, k.Auth)
	}
	if err != nil {
		return k, r, message.Errorf("restoring the station's key and counter: %w", err)
	}
	return k, r, nil
}

func (t *TPM) restoreKey(k *Key, r *Restored) error {
	_, own, err := k.check()
	if err != nil {
		return message.Errorf("the station's file is damaged: %w", err)
	}
	there, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(k.Handle)}.Execute(t.t)
	if err == nil && own.is(there.Name) {
		return nil
	}
	if err != nil && !refuses(err, tpm2.TPMRCHandle) {
		return explain(err)
	}
	if len(k.Unique) == 0 {
		return message.Errorf("%w, or it lost the key: the station was made by rasure 0.1.0, which did not keep what makes the key again", ErrOtherTPM)
	}
	again, made := *k, false
	if made, err = t.createKeyOnce(&again, k.Unique, own); err != nil {
		return err
	}
	if !made {
		return message.Errorf("%w, or its seeds were changed since: it makes another key", ErrOtherTPM)
	}
	k.Handle, r.Key = again.Handle, true
	return nil
}

func (t *TPM) restoreCounter(k *Key, r *Restored) error {
	there, err := tpm2.NVReadPublic{NVIndex: tpm2.TPMHandle(k.NVIndex)}.Execute(t.t)
	written, unwritten := counterName(k.NVIndex, true), counterName(k.NVIndex, false)
	switch {
	case refuses(err, tpm2.TPMRCHandle):
		owner, err := t.auth(Owner)
		if err != nil {
			return err
		}
		if err := t.defineCounter(owner, k.NVIndex, k.Auth); err != nil {
			return t.ofHierarchy(Owner, err)
		}
	case err != nil:
		return explain(err)
	case written.is(there.NVName):
		return nil
	case !unwritten.is(there.NVName): // a restoration was interrupted otherwise
		return message.Errorf("%w, or another program has taken its place: index %#08x holds something else", ErrOtherTPM, k.NVIndex)
	}
	r.Counter = true
	if err := t.increment(k.NVIndex, unwritten, k.Auth); err != nil {
		return message.Errorf("incrementing the counter for the first time: %w", err)
	}
	return nil
}
