package tpm

import (
	"bytes"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// TestAreas reads the areas that are written here with go-tpm, which must find the words of the standard in them and write the same bytes.
func TestAreas(t *testing.T) {
	t.Parallel()
	x, y := bytes.Repeat([]byte{7}, coordinateSize), make([]byte, coordinateSize)
	for _, policy := range []Policy{{}, {1, 2, 3}} {
		bytesOf := keyArea(x, y, policy)
		got, err := tpm2.Unmarshal[tpm2.TPMTPublic](bytesOf)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(tpm2.Marshal(got), bytesOf) {
			t.Errorf("go-tpm writes %x for %x", tpm2.Marshal(got), bytesOf)
		}
		if want := (tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: policy.IsZero(), NoDA: true, Restricted: true,
			SignEncrypt: true}); got.ObjectAttributes != want {
			t.Errorf("the attributes are %+v, want %+v", got.ObjectAttributes, want)
		}
		want := tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256, Scheme: tpm2.TPMTECCScheme{Scheme: tpm2.TPMAlgECDSA,
			Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256})}})
		area := tpm2.TPMTPublic{Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256, ObjectAttributes: got.ObjectAttributes, Parameters: want,
			Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: x}, Y: tpm2.TPM2BECCParameter{Buffer: y}})}
		if !policy.IsZero() {
			area.AuthPolicy.Buffer = policy[:]
		}
		if !bytes.Equal(tpm2.Marshal(area), bytesOf) {
			t.Errorf("go-tpm writes %x, and this package %x", tpm2.Marshal(area), bytesOf)
		}
	}
	for _, written := range []bool{false, true} {
		want := tpm2.Marshal(tpm2.TPMSNVPublic{NVIndex: 0x01800AA0, NameAlg: tpm2.TPMAlgSHA256, DataSize: counterSize,
			Attributes: tpm2.TPMANV{AuthWrite: true, AuthRead: true, OwnerRead: true, NT: tpm2.TPMNTCounter, NoDA: true, Written: written}})
		if got := counterArea(0x01800AA0, written); !bytes.Equal(got, want) {
			t.Errorf("written %t: go-tpm writes %x, and this package %x", written, want, got)
		}
	}
}
