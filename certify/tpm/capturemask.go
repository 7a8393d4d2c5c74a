package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"slices"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

var errMask = message.New("an answer of the TPM cannot be masked")

// masked replaces what identifies a TPM in its answers by bytes that another TPM could have as well, so that they are read as before. What cannot be read is
// cleared as a whole.
func masked(all []Exchange) ([]Exchange, error) {
	for i := 0; i < len(all); i++ {
		if binary.BigEndian.Uint32(all[i].Answer[6:]) != uint32(tpm2.TPMRCSuccess) {
			continue
		}
		switch commandOf(all[i].Command) {
		case tpm2.TPMCCReadPublic:
			if err := maskPublic(all[i].Answer); err != nil {
				return nil, err
			}
		case tpm2.TPMCCNVRead: // an index is read in pieces, one behind the other
			end := i + 1
			for end < len(all) && commandOf(all[end].Command) == tpm2.TPMCCNVRead && indexOf(all[end].Command) == indexOf(all[i].Command) && offsetOf(all[end].Command) > 0 {
				end++
			}
			if err := maskIndex(all[i:end]); err != nil {
				return nil, err
			}
			i = end - 1
		}
	}
	return all, nil
}

// indexOf and offsetOf are the index and the last parameter of TPM2_NV_Read.
func indexOf(command []byte) tpm2.TPMHandle {
	return tpm2.TPMHandle(binary.BigEndian.Uint32(command[headerSize+4:]))
}

func offsetOf(command []byte) uint16 { return binary.BigEndian.Uint16(command[len(command)-2:]) }

// sized takes a length of two bytes, and as many bytes, from the front.
func sized(rest *[]byte) (b []byte, err error) {
	if len(*rest) < 2 || len(*rest)-2 < int(binary.BigEndian.Uint16(*rest)) {
		return nil, errMask
	}
	end := 2 + int(binary.BigEndian.Uint16(*rest))
	b, *rest = (*rest)[2:end], (*rest)[end:]
	return b, nil
}

// maskPublic masks the answer to TPM2_ReadPublic: the key, and its names, which are hashes of it.
func maskPublic(answer []byte) error {
	rest := answer[headerSize:]
	area, err := sized(&rest)
	if err != nil {
		return err
	}
	if public, err := tpm2.Unmarshal[tpm2.TPMTPublic](area); err != nil || !maskArea(area, public) {
		clear(area)
	}
	for range 2 {
		name, err := sized(&rest)
		if err != nil {
			return err
		}
		clear(name[min(2, len(name)):])
	}
	return nil
}

// maskArea masks the bytes of a public area; false if its key is of a kind that is not known.
func maskArea(area []byte, public *tpm2.TPMTPublic) bool {
	if key, _ := rsaKeyOf(public); key != nil { // also one that is too short
		return maskRSA(area, key)
	}
	key, err := eccKeyOf(public)
	if err != nil {
		return false
	}
	size := (key.Params().BitSize + 7) / 8
	x, y := key.Params().Gx.FillBytes(make([]byte, size)), key.Params().Gy.FillBytes(make([]byte, size))
	return replace(area, key.X.FillBytes(make([]byte, size)), x) && replace(area, key.Y.FillBytes(make([]byte, size)), y)
}

// maskRSA replaces a modulus.
func maskRSA(in []byte, key *rsa.PublicKey) bool {
	return replace(in, key.N.Bytes(), bytes.Repeat([]byte{0xff}, len(key.N.Bytes())))
}

// replace replaces bytes where they first are.
func replace(in, old, by []byte) bool {
	at := bytes.Index(in, old)
	if at < 0 || len(old) == 0 || len(old) != len(by) {
		return false
	}
	copy(in[at:], by)
	return true
}

// maskIndex masks the content of an index, which the answers have in pieces.
func maskIndex(pieces []Exchange) error {
	var content []byte
	data := make([][]byte, len(pieces))
	for i, p := range pieces {
		if len(p.Answer) < headerSize+4 {
			return errMask
		}
		rest, err := p.Answer[headerSize+4:], error(nil) // behind parameterSize
		if data[i], err = sized(&rest); err != nil {
			return err
		}
		content = append(content, data[i]...)
	}
	maskContent(indexOf(pieces[0].Command), content)
	for _, d := range data {
		content = content[copy(d, content):]
	}
	return nil
}

// maskContent masks certificates. Of a template it clears what makes the key unique, and it clears what it does not know.
func maskContent(index tpm2.TPMHandle, content []byte) {
	if slices.ContainsFunc(ekPlaces, func(p ekPlace) bool { return p.template == index }) {
		if area, err := tpm2.Unmarshal[tpm2.TPMTPublic](content); err == nil {
			copy(content, tpm2.Marshal(withNonce(*area, nil)))
			return
		}
	}
	plain := slices.Clone(content)
	for i, b := range plain { // padding stays
		if b != 0xff {
			plain[i] = 0
		}
	}
	certificates := splitCertificates(content)
	if header := 5; len(certificates) > 0 && content[0] == 0x10 {
		copy(plain, content[:header])
	}
	for _, der := range certificates {
		at := bytes.Index(content, der)
		maskCertificate(der)
		copy(plain[at:], der)
	}
	copy(content, plain)
}

// maskCertificate masks a certificate: its key, serial number, signature, the identifiers of keys, and serial numbers in names. Issuer, model and dates stay.
func maskCertificate(der []byte) {
	c, err := x509.ParseCertificate(slices.Clone(der))
	if err != nil {
		clear(der[min(len(der), 4):])
		return
	}
	maskSerial(der)
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err == nil {
		key, isRSA := c.PublicKey.(*rsa.PublicKey)
		if !isRSA && c.PublicKey == nil { // RSAES-OAEP
			key, _ = x509.ParsePKCS1PublicKey(info.Key.Bytes)
		}
		switch ecc, isECC := c.PublicKey.(*ecdsa.PublicKey); {
		case key != nil:
			maskRSA(der, key)
		case isECC:
			size := (ecc.Params().BitSize + 7) / 8
			point := append(append([]byte{4}, ecc.Params().Gx.FillBytes(make([]byte, size))...), ecc.Params().Gy.FillBytes(make([]byte, size))...)
			replace(der, info.Key.Bytes, point)
		default:
			replace(der, info.Key.Bytes, make([]byte, len(info.Key.Bytes)))
		}
	}
	clear(der[len(der)-min(len(der), len(c.Signature)):])
	maskID(der, 0x04, c.SubjectKeyId) // OCTET STRING
	maskID(der, 0x80, c.AuthorityKeyId)
	for _, n := range slices.Concat(c.Subject.Names, c.Issuer.Names) {
		if text, ok := n.Value.(string); ok && n.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 5}) && text != "" {
			replace(der, []byte(text), bytes.Repeat([]byte{'0'}, len(text)))
		}
	}
}

// maskSerial replaces the serial number, which follows the version.
func maskSerial(der []byte) {
	var c, tbs, version, serial asn1.RawValue
	_, err := asn1.Unmarshal(der, &c)
	if err == nil {
		_, err = asn1.Unmarshal(c.Bytes, &tbs)
	}
	rest := tbs.Bytes
	if err == nil {
		rest, err = asn1.Unmarshal(rest, &version)
	}
	if err == nil {
		_, err = asn1.Unmarshal(rest, &serial)
	}
	for i := range serial.Bytes { // a part of der
		if err == nil {
			serial.Bytes[i] = 1
		}
	}
}

// maskID clears the identifier of a key, where it is with that tag: names can have the same bytes.
func maskID(der []byte, tag byte, id []byte) {
	if n := len(id); n > 0 && n < 0x80 {
		replace(der, append([]byte{tag, byte(n)}, id...), append([]byte{tag, byte(n)}, make([]byte, n)...))
	}
}

// kindOf names the kind of an endorsement key.
func kindOf(area []byte) string {
	key, err := CheckEK(area)
	switch k := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return k.Params().Name
	}
	return err.Error()
}
