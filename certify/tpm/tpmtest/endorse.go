package tpmtest

import (
	"crypto"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
)

// Places are where the certificate of an endorsement key of each kind is, that the emulator makes.
var Places = map[string]uint32{"rsa": 0x01C00002, "p256": 0x01C0000A, "p384": 0x01C00016}

// EK is the endorsement key of a kind: "rsa", "p256" or "p384".
func (e *Emulator) EK(kind string) crypto.PublicKey {
	e.t.Helper()
	var area []byte
	if kind == "p384" { // swtpm_setup has made it to stay
		r, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(0x81010016)}.Execute(e)
		if err != nil {
			e.t.Fatal(err)
		}
		area = r.OutPublic.Bytes()
	} else {
		r, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement,
			InPublic: tpm2.New2B(map[string]tpm2.TPMTPublic{"rsa": tpm2.RSAEKTemplate, "p256": tpm2.ECCEKTemplate}[kind])}.Execute(e)
		if err != nil {
			e.t.Fatal(err)
		}
		area = r.OutPublic.Bytes()
		if _, err := (tpm2.FlushContext{FlushHandle: r.ObjectHandle}).Execute(e); err != nil {
			e.t.Fatal(err)
		}
	}
	key, err := tpm.CheckEK(area)
	if err != nil {
		e.t.Fatal(err)
	}
	return key
}

// Endorse has the vendor certify keys of these kinds, in the place of swtpm_setup.
func (e *Emulator) Endorse(v *Vendor, kinds ...string) {
	e.t.Helper()
	for _, index := range Places {
		e.Drop(index)
	}
	for _, kind := range kinds {
		e.Store(Places[kind], v.Certify(e.EK(kind), nil))
	}
}
