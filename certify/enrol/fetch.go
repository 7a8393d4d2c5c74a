package enrol

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/url"

	"rasure/certify/tpm"
)

// Addresses are where the certificates of the endorsement keys may be had that are not in the TPM: Intel and AMD keep those of their firmware TPMs. As tpm2-tools
// has them (tpm2_getekcertificate); whether they exist is not known. For other vendors there is none.
func (r *Request) Addresses() (all []string) {
	for _, area := range r.Keys {
		key, err := tpm.CheckEK(area)
		if err != nil {
			continue
		}
		switch r.TPM.Manufacturer {
		case "INTC":
			sum := sha256.Sum256(intelText(key))
			all = append(all, "https://ekop.intel.com/ekcertservice/"+url.QueryEscape(base64.URLEncoding.EncodeToString(sum[:])))
		case "AMD":
			sum := sha256.Sum256(amdText(key))
			all = append(all, "https://ftpm.amd.com/pki/aia/"+hex.EncodeToString(sum[:16]))
		}
	}
	return all
}

// intelText is the modulus and the exponent 010001, or both coordinates.
func intelText(key any) []byte {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return append(key.N.Bytes(), 1, 0, 1)
	case *ecdsa.PublicKey:
		return point(key)
	}
	return nil
}

// amdText is a number for the algorithm, the exponent in four bytes and the modulus, or both coordinates.
func amdText(key any) []byte {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return append(binary.BigEndian.AppendUint32([]byte{0, 0, 0x22, 0x22}, uint32(key.E)), key.N.Bytes()...)
	case *ecdsa.PublicKey:
		return append([]byte{0, 0, 0x44, 0x44}, point(key)...)
	}
	return nil
}

func point(key *ecdsa.PublicKey) []byte {
	b, err := key.Bytes() // 04 || X || Y
	if err != nil {
		return nil
	}
	return b[1:]
}
