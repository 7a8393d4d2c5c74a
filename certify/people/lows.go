package people

import (
	"crypto/elliptic"
	"math/big"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"rasure/certify/statement"
)

// isVersion2 reports whether a text is a statement of version 2, whose lines are written in one way only.
func isVersion2(text string) bool {
	first, _, _ := strings.Cut(text, "\n")
	return statement.KindOf(first) != nil
}

// canonical puts the signatures of a statement of version 2 into the one form of their lines: each ECDSA signature has the low s, and the lines are
// sorted bytewise.
func canonical(sigs []Signature) []Signature {
	all := []Signature{}
	for _, s := range sigs {
		all = append(all, s.lowS())
	}
	slices.SortFunc(all, func(a, b Signature) int { return strings.Compare(a.line(), b.line()) })
	return all
}

// lowS returns the ECDSA signature (r, n-s) for (r, s) if s is more than half of n. Both verify, and anybody can make one from the other.
func (s Signature) lowS() Signature {
	curve := map[string]elliptic.Curve{ssh.KeyAlgoECDSA256: elliptic.P256(), ssh.KeyAlgoSKECDSA256: elliptic.P256(), ssh.KeyAlgoECDSA384: elliptic.P384(),
		ssh.KeyAlgoECDSA521: elliptic.P521()}[s.sig.Format]
	var rs struct{ R, S *big.Int }
	if curve == nil || ssh.Unmarshal(s.sig.Blob, &rs) != nil {
		return s
	}
	n := curve.Params().N
	if rs.S.Cmp(new(big.Int).Rsh(n, 1)) <= 0 || rs.S.Cmp(n) >= 0 {
		return s
	}
	rs.S.Sub(n, rs.S)
	s.sig.Blob = ssh.Marshal(rs)
	s.blob = blobOf(s.Key.Marshal(), s.Role.Namespace(), s.hash, s.sig)
	return s
}
