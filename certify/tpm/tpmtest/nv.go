package tpmtest

import (
	"github.com/google/go-tpm/tpm2"
)

// Store writes an index as the maker of the TPM does, in the place of what is there.
func (e *Emulator) Store(index uint32, content []byte) {
	e.t.Helper()
	e.Drop(index)
	h := tpm2.TPMHandle(index)
	_, err := tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHPlatform, PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{NVIndex: h, NameAlg: tpm2.TPMAlgSHA256, DataSize: uint16(len(content)),
		Attributes: tpm2.TPMANV{PlatformCreate: true, PPWrite: true, PPRead: true, OwnerRead: true, AuthRead: true, NoDA: true, NT: tpm2.TPMNTOrdinary}})}.Execute(e)
	if err != nil {
		e.t.Fatal(err)
	}
	for at := 0; at < len(content); {
		r, err := tpm2.NVReadPublic{NVIndex: h}.Execute(e) // its name changes with the first write
		if err != nil {
			e.t.Fatal(err)
		}
		n := min(512, len(content)-at)
		_, err = tpm2.NVWrite{AuthHandle: tpm2.TPMRHPlatform, NVIndex: tpm2.NamedHandle{Handle: h, Name: r.NVName}, Data: tpm2.TPM2BMaxNVBuffer{Buffer: content[at : at+n]}, Offset: uint16(at)}.Execute(e)
		if err != nil {
			e.t.Fatal(err)
		}
		at += n
	}
}

// Drop removes an index of the maker's, if it is there.
func (e *Emulator) Drop(index uint32) {
	e.t.Helper()
	h := tpm2.TPMHandle(index)
	r, err := tpm2.NVReadPublic{NVIndex: h}.Execute(e)
	if err != nil {
		return
	}
	if _, err := (tpm2.NVUndefineSpace{AuthHandle: tpm2.TPMRHPlatform, NVIndex: tpm2.NamedHandle{Handle: h, Name: r.NVName}}).Execute(e); err != nil {
		e.t.Fatal(err)
	}
}

// SetEndorsementPassword sets the password of the endorsement hierarchy, which is empty.
func (e *Emulator) SetEndorsementPassword(password string) {
	e.t.Helper()
	if _, err := (tpm2.HierarchyChangeAuth{AuthHandle: tpm2.TPMRHEndorsement, NewAuth: tpm2.TPM2BAuth{Buffer: []byte(password)}}).Execute(e); err != nil {
		e.t.Fatal(err)
	}
}
