package tpm

import (
	"bytes"
	"maps"
	"slices"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// An endorsement key is made again from its template whenever it is needed: "TCG EK Credential Profile for TPM Family 2.0", 2.1.5 and annex B. The profile
// has a low range of templates, whose use needs the password of the hierarchy, and a high range, which the owner can use as well.

// policyA is PolicySecret(endorsement hierarchy), of the low range; policyB, of the high range, is that or a policy that the owner keeps in NV.
var (
	policyA    = tpm2.RSAEKTemplate.AuthPolicy.Buffer
	policyB256 = []byte("\xca\x3d\x0a\x99\xa2\xb9\x39\x06\xf7\xa3\x34\x24\x14\xef\xcf\xb3\xa3\x85\xd4\x4c\xd1\xfd\x45\x90\x89\xd1\x9b\x50\x71\xc0\xb7\xa0")
	policyB384 = []byte("\xb2\x6e\x7d\x28\xd1\x1a\x50\xbc\x53\xd8\x82\xbc\xf5\xfd\x3a\x1a\x07\x41\x48\xbb\x35\xd3\xb4\xe4\xcb\x1c\x0a\xd9\xbd\xe4\x19\xca\xcb\x47\xba\x09\x69\x96\x46\x15\x0f\x9f\xc0\x00\xf3\xf8\x0e\x12")
)

// ekPlace is where the profile has the certificate of a key, and the number and the template that the vendor may have put beside it.
type ekPlace struct {
	certificate, nonce, template tpm2.TPMHandle // 0: the profile has none
	standard                     func() tpm2.TPMTPublic
}

var ekPlaces = []ekPlace{
	{0x01C00002, 0x01C00003, 0x01C00004, func() tpm2.TPMTPublic { return tpm2.RSAEKTemplate }},
	{0x01C0000A, 0x01C0000B, 0x01C0000C, func() tpm2.TPMTPublic { return tpm2.ECCEKTemplate }},
	{0x01C00012, 0, 0, func() tpm2.TPMTPublic { return highRSA(2048, 128, tpm2.TPMAlgSHA256, policyB256) }},
	{0x01C00014, 0, 0, func() tpm2.TPMTPublic { return highECC(tpm2.TPMECCNistP256, 128, tpm2.TPMAlgSHA256, policyB256) }},
	{0x01C00016, 0, 0, func() tpm2.TPMTPublic { return highECC(tpm2.TPMECCNistP384, 256, tpm2.TPMAlgSHA384, policyB384) }},
	{0x01C0001C, 0, 0, func() tpm2.TPMTPublic { return highRSA(3072, 256, tpm2.TPMAlgSHA384, policyB384) }},
	{0x01C0001E, 0, 0, func() tpm2.TPMTPublic { return highRSA(4096, 256, tpm2.TPMAlgSHA384, policyB384) }},
}

func highAttributes() tpm2.TPMAObject {
	return tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, AdminWithPolicy: true, Restricted: true, Decrypt: true}
}

func aes(bits tpm2.TPMKeyBits) tpm2.TPMTSymDefObject {
	return tpm2.TPMTSymDefObject{Algorithm: tpm2.TPMAlgAES, KeyBits: tpm2.NewTPMUSymKeyBits(tpm2.TPMAlgAES, bits), Mode: tpm2.NewTPMUSymMode(tpm2.TPMAlgAES, tpm2.TPMAlgCFB)}
}

func highRSA(bits, symmetric tpm2.TPMKeyBits, hash tpm2.TPMIAlgHash, policy []byte) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{Type: tpm2.TPMAlgRSA, NameAlg: hash, ObjectAttributes: highAttributes(), AuthPolicy: tpm2.TPM2BDigest{Buffer: policy},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgRSA, &tpm2.TPMSRSAParms{Symmetric: aes(symmetric), KeyBits: bits}),
		Unique:     tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{})}
}

func highECC(curve tpm2.TPMECCCurve, symmetric tpm2.TPMKeyBits, hash tpm2.TPMIAlgHash, policy []byte) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{Type: tpm2.TPMAlgECC, NameAlg: hash, ObjectAttributes: highAttributes(), AuthPolicy: tpm2.TPM2BDigest{Buffer: policy},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{Symmetric: aes(symmetric), CurveID: curve}),
		Unique:     tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{})}
}

// templateAt is the template of the key that belongs to a place: that of the vendor if NV has one, with the vendor's number in it if NV has one.
func (t *TPM) templateAt(p ekPlace) (tpm2.TPMTPublic, error) {
	area := p.standard()
	own, err := t.readKept(p.template)
	if err != nil {
		return area, err
	}
	if len(own) > 0 {
		vendors, err := tpm2.Unmarshal[tpm2.TPMTPublic](own)
		if err != nil {
			return area, message.Errorf("the template at index %#08x: %w", uint32(p.template), err)
		}
		area = *vendors
	}
	nonce, err := t.readKept(p.nonce)
	if err != nil || len(nonce) == 0 {
		return area, err
	}
	return withNonce(area, nonce), nil
}

// withNonce puts the number in front of the part of a template that makes the key unique, which zeros fill up to the size of the key.
func withNonce(area tpm2.TPMTPublic, nonce []byte) tpm2.TPMTPublic {
	padded := func(size int) []byte { return append(bytes.Clone(nonce), make([]byte, max(0, size-len(nonce)))...) }
	if r, err := area.Parameters.RSADetail(); err == nil {
		area.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{Buffer: padded(int(r.KeyBits) / 8)})
	}
	if _, err := area.Parameters.ECCDetail(); err == nil {
		area.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: padded(coordinateSize)},
			Y: tpm2.TPM2BECCParameter{Buffer: make([]byte, coordinateSize)}})
	}
	return area
}

// readKept reads an index that may not be there.
func (t *TPM) readKept(h tpm2.TPMHandle) ([]byte, error) {
	if h == 0 {
		return nil, nil
	}
	content, err := t.readIndex(h)
	switch {
	case refuses(err, tpm2.TPMRCHandle) || isKept(err):
		return nil, nil
	case err != nil:
		return nil, message.Errorf("index %#08x: %w", uint32(h), explain(err))
	}
	return content, nil
}

// ekTemplates are the templates of the keys for which the TPM has a certificate; without any certificate, those of the two keys that most TPMs have.
func (t *TPM) ekTemplates() (all []tpm2.TPMTPublic, err error) {
	at, err := t.certificatesAt()
	if err != nil {
		return nil, err
	}
	known := slices.ContainsFunc(ekPlaces, func(p ekPlace) bool { return len(at[p.certificate]) > 0 })
	for i, p := range ekPlaces {
		if len(at[p.certificate]) == 0 && (known || i >= 2) {
			continue
		}
		area, err := t.templateAt(p)
		if err != nil {
			return nil, err
		}
		all = append(all, area)
	}
	return all, nil
}

// Persistent handles of endorsement keys: TCG "Registry of Reserved TPM 2.0 Handles and Localities", table 2.
const (
	firstEK = 0x81010000
	lastEK  = 0x8101FFFF
)

type persistentEK struct {
	tpm2.NamedHandle
	area []byte // TPMT_PUBLIC
}

// persistentEKs are the endorsement keys that somebody has made to stay, in the order of their handles.
func (t *TPM) persistentEKs() (all []persistentEK, err error) {
	used, err := t.handles(firstEK, lastEK)
	if err != nil {
		return nil, explain(err)
	}
	for _, h := range slices.Sorted(maps.Keys(used)) {
		r, err := tpm2.ReadPublic{ObjectHandle: h}.Execute(t.t)
		if err != nil {
			return nil, explain(err)
		}
		if _, err := checkEK(r.OutPublic.Bytes()); err == nil {
			all = append(all, persistentEK{tpm2.NamedHandle{Handle: h, Name: r.Name}, r.OutPublic.Bytes()})
		}
	}
	return all, nil
}
