package job

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/cmd/internal/station"
)

// malleate writes the ECDSA signature (r, s) of a statement as (r, n-s), which is as valid and has other bytes.
func malleate(t *testing.T, signed []byte, st *station.Station) []byte {
	t.Helper()
	text := certify.TextOf(signed)
	line := strings.TrimSpace(strings.TrimPrefix(string(signed), text))
	at := strings.LastIndex(line, " ") + 1
	sig, err := base64.StdEncoding.DecodeString(line[at:])
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig[4:], &v); err != nil {
		t.Fatal(err)
	}
	v.S.Sub(elliptic.P256().Params().N, v.S)
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	other := []byte(text + "\n" + line[:at] + base64.StdEncoding.EncodeToString(append(sig[:4:4], der...)) + "\n")
	if bytes.Equal(other, signed) {
		t.Fatal("the signature is the same")
	}
	if _, err := certify.CheckEntry(other, st.PublicKey()); err != nil {
		t.Fatalf("the other signature does not verify: %v", err)
	}
	return other
}
