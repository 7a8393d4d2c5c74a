// Package p256 verifies ECDSA signatures over SHA-256, which most of the time of an audit goes into. In a browser it asks the browser, which does it ten times
// faster than this program.
package p256

import (
	"crypto/ecdsa"
	"crypto/sha256"
)

// Verify reports whether sig, ASN.1 DER, is a signature of a message. For js/wasm it must not be called by a function that JavaScript has called and that
// has not returned: the answer of the browser would never arrive.
func Verify(pub *ecdsa.PublicKey, message, sig []byte) bool {
	if good, ok := browser(pub, message, sig); ok {
		return good
	}
	sum := sha256.Sum256(message)
	return ecdsa.VerifyASN1(pub, sum[:], sig)
}
