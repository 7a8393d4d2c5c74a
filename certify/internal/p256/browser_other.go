//go:build !js

package p256

import "crypto/ecdsa"

// browser is false: there is none.
func browser(*ecdsa.PublicKey, []byte, []byte) (good, ok bool) { return false, false }
