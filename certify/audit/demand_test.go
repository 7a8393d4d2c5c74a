package audit

import (
	"crypto/ed25519"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"rasure/logs"
)

func TestDemand(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	cert := l.begin(start, nil)
	index := l.add(cert).Index
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat("w", 32)))
	by, err := logs.NewCosigner("hub.example", key.Public().(ed25519.PublicKey))
	check(t, err)
	plain, err := l.log.Prove(index)
	check(t, err)
	signed, err := by.Cosign(l.id, l.log.Snapshot().Signed(), start, func(msg []byte) ([]byte, error) { return ed25519.Sign(key, msg), nil })
	check(t, err)
	_, err = logs.KeepCosigned(l.dir, l.id, signed, by, time.Minute)
	check(t, err)
	s, err := logs.ReadSnapshot(os.DirFS(l.dir), l.id)
	check(t, err)
	cosigned, err := s.ProveCosigned(index)
	check(t, err)
	other, err := logs.NewCosigner("other.example", key.Public().(ed25519.PublicKey))
	check(t, err)
	for name, c := range map[string]struct {
		proof []byte
		by    *logs.Cosigner
		good  bool
	}{"cosigned": {cosigned, by, true}, "not cosigned": {plain, by, false}, "no proof": {nil, by, false}, "by another": {cosigned, other, false}} {
		v, err := VerifyCertificate(cert, c.proof, l.cardPin())
		check(t, err)
		err = v.Demand(c.proof, c.by)
		if failure := new(Failure); (err == nil) != c.good || err != nil && !errors.As(err, &failure) {
			t.Errorf("%s: Demand = %v", name, err)
		}
		if (v.Cosigned != nil) != c.good || c.good && (!v.Cosigned.Equal(start) || v.Cosigner != "hub.example") {
			t.Errorf("%s: cosigned %v by %q", name, v.Cosigned, v.Cosigner)
		}
	}
}
