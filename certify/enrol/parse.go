package enrol

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"

	"rasure/certify/statement"
)

// Object identifiers: TCG EK Credential Profile for TPM Family 2.0, and RFC 5280, 4.2.1.6; RFC 4055, 4.1.
var (
	oidManufacturer = asn1.ObjectIdentifier{2, 23, 133, 2, 1}
	oidModel        = asn1.ObjectIdentifier{2, 23, 133, 2, 2}
	oidFirmware     = asn1.ObjectIdentifier{2, 23, 133, 2, 3}
	oidEKUse        = asn1.ObjectIdentifier{2, 23, 133, 8, 1} // tcg-kp-EKCertificate
	oidAltName      = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidOAEP         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7}
)

// Parse reads a certificate. It also understands the keys of old TPMs by Infineon, whose type is RSAES-OAEP, and takes the alternative name for read: there
// the model stands as a directory name, the only kind that crypto/x509 does not read, and as the subject is empty the extension is critical.
func Parse(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	c.UnhandledCriticalExtensions = slices.DeleteFunc(c.UnhandledCriticalExtensions, oidAltName.Equal)
	if c.PublicKey == nil {
		c.PublicKey, c.PublicKeyAlgorithm = oaepKey(c.RawSubjectPublicKeyInfo)
	}
	return c, nil
}

// oaepKey reads an RSA key that is marked for one use. The parameters say only how it encrypts.
func oaepKey(spki []byte) (any, x509.PublicKeyAlgorithm) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	rest, err := asn1.Unmarshal(spki, &info)
	if err != nil || len(rest) > 0 || !info.Algorithm.Algorithm.Equal(oidOAEP) {
		return nil, x509.UnknownPublicKeyAlgorithm
	}
	key, err := x509.ParsePKCS1PublicKey(info.Key.RightAlign())
	if err != nil {
		return nil, x509.UnknownPublicKeyAlgorithm
	}
	return key, x509.RSA
}

// unknown is said of a TPM of which the certificate says nothing.
const unknown = "unknown"

// chipOf is the TPM as its certificate describes it.
func chipOf(c *x509.Certificate) statement.Chip {
	chip := statement.Chip{Manufacturer: unknown, Model: unknown, Firmware: unknown}
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidAltName) {
			continue
		}
		for _, name := range directoryNames(e.Value) {
			for _, set := range name {
				for _, a := range set {
					text, _ := a.Value.(string)
					if text = statement.Sayable(text); text == "" {
						continue
					}
					switch {
					case a.Type.Equal(oidManufacturer):
						chip.Manufacturer = manufacturer(text)
					case a.Type.Equal(oidModel):
						chip.Model = text
					case a.Type.Equal(oidFirmware):
						chip.Firmware = text
					}
				}
			}
		}
	}
	return chip
}

func directoryNames(altName []byte) (all []pkix.RDNSequence) {
	var list []asn1.RawValue
	if _, err := asn1.Unmarshal(altName, &list); err != nil {
		return nil
	}
	for _, v := range list {
		if v.Class != asn1.ClassContextSpecific || v.Tag != 4 { // directoryName
			continue
		}
		var name pkix.RDNSequence
		if _, err := asn1.Unmarshal(v.Bytes, &name); err == nil {
			all = append(all, name)
		}
	}
	return all
}

// manufacturer gives the letters of a vendor that is written as "id:49465800": IFX.
func manufacturer(text string) string {
	digits, ok := strings.CutPrefix(text, "id:")
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return text
	}
	letters := strings.TrimSpace(strings.TrimRight(string(raw), "\x00"))
	for _, r := range letters {
		if r <= ' ' || r > '~' {
			return text
		}
	}
	if letters == "" {
		return text
	}
	return letters
}
