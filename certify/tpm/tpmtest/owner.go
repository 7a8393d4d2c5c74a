package tpmtest

import "github.com/google/go-tpm/tpm2"

// Evict removes a persistent key as the owner can, without the secret of the key.
func (e *Emulator) Evict(handle uint32) {
	e.t.Helper()
	h := tpm2.TPMHandle(handle)
	r, err := tpm2.ReadPublic{ObjectHandle: h}.Execute(e)
	if err == nil {
		_, err = tpm2.EvictControl{Auth: tpm2.TPMRHOwner, ObjectHandle: &tpm2.NamedHandle{Handle: h, Name: r.Name}, PersistentHandle: h}.Execute(e)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// Undefine removes an index as the owner can, without the secret of the index.
func (e *Emulator) Undefine(index uint32) {
	e.t.Helper()
	h := tpm2.TPMHandle(index)
	r, err := tpm2.NVReadPublic{NVIndex: h}.Execute(e)
	if err == nil {
		_, err = tpm2.NVUndefineSpace{AuthHandle: tpm2.TPMRHOwner, NVIndex: &tpm2.NamedHandle{Handle: h, Name: r.NVName}}.Execute(e)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// Clear clears the TPM as the firmware's menu does.
func (e *Emulator) Clear() {
	e.t.Helper()
	if _, err := (tpm2.Clear{AuthHandle: tpm2.TPMRHLockout}).Execute(e); err != nil {
		e.t.Fatal(err)
	}
}
