package p256

import (
	"bytes"
	"encoding/asn1"
	"math/big"
)

// plain is a signature as WebCrypto takes it, 32 bytes each of r and s. It is false for every encoding that package ecdsa refuses, and for some that it
// takes.
func plain(sig []byte) (raw []byte, ok bool) {
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig, &rs); err != nil || rs.R.Sign() <= 0 || rs.S.Sign() <= 0 || rs.R.BitLen() > 256 || rs.S.BitLen() > 256 {
		return nil, false
	}
	if same, err := asn1.Marshal(rs); err != nil || !bytes.Equal(same, sig) { // package asn1 reads over what follows in a sequence
		return nil, false
	}
	raw = make([]byte, 64)
	rs.R.FillBytes(raw[:32])
	rs.S.FillBytes(raw[32:])
	return raw, true
}
