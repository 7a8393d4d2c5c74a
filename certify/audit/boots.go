package audit

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"slices"

	"rasure/certify"
	"rasure/certify/internal/pack"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/message"
)

// BootRule is the rule of a boot statement that the TPM has not stated.
const BootRule = "boot"

// checkBoot returns why a boot statement does not count: the TPM with this key, and the policy that it has if it is bound, quoted something else, or at another time.
func checkBoot(key *ecdsa.PublicKey, policy tpm.Policy, b *statement.Boot) error {
	q, err := tpm.OpenQuote(key, policy, b.Quote)
	if err != nil {
		return err
	}
	all, pcrs := sha256.New(), []int{}
	for _, p := range b.PCRs {
		all.Write(p.SHA256[:])
		pcrs = append(pcrs, int(p.Index))
	}
	switch {
	case q.Nonce != statement.BootNonce(b.Log):
		return message.New("the quote was made for another head of the log")
	case !slices.Equal(q.PCRs, pcrs) || q.Digest != [32]byte(all.Sum(nil)):
		return message.New("the PCRs are not those of the quote")
	case int64(q.ResetCount) != b.Resets || int64(q.RestartCount) != b.Restarts || fmt.Sprintf("%016x", q.FirmwareVersion) != b.Firmware:
		return message.New("the counts or the firmware are not those of the quote")
	}
	return nil
}

// policyOf is the policy of a station's key, by the first entry of its log.
func policyOf(s certify.Station) (p tpm.Policy) {
	if s.Counter != nil {
		p, _ = tpm.ParsePolicy(s.Counter.Policy)
	}
	return p
}

// bootIn returns the boot statement that an entry is, or nil.
func bootIn(e certify.Entry) *statement.Boot {
	if e.Statement == nil {
		return nil
	}
	b, _ := e.Statement.Body.(*statement.Boot)
	return b
}

// boots are the boot statements that count, by their entries.
type bootEntry struct{ index, resets, restarts int64 }

func (s *State) addBoot(index int64, e certify.Entry) {
	b := bootIn(e)
	if b == nil {
		return
	}
	if err := checkBoot(s.pub, policyOf(s.Chain.Station()), b); err != nil {
		s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Detail: message.Of("%v", err), Rule: BootRule})
		return
	}
	s.boots = append(s.boots, bootEntry{index, b.Resets, b.Restarts})
}

// checkBooted objects to a statement that names as its boot statement another one than the newest before its head that counts.
func (s *State) checkBooted(index int64, e certify.Entry) {
	if e.Statement == nil || e.ByPeople() {
		return
	}
	ref, size, newest := e.Statement.Station().Software.Boot, e.Statement.Log().Size, int64(-1)
	for _, b := range slices.Backward(s.boots) {
		if b.index < size {
			newest = b.index
			break
		}
	}
	if ref != nil && ref.Index != newest {
		s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Rule: BootRule, Detail: message.Of("it names entry %d as its boot statement, which is not the newest one that counts", ref.Index)})
	}
}

func (s *State) packBoots(c *pack.Coder) {
	pack.Slice(c, &s.boots, func(b *bootEntry) { pack.Int(c, &b.index); pack.Int(c, &b.resets); pack.Int(c, &b.restarts) })
}

// Boot returns the index of the newest boot statement, if it was made in the boot with these counts.
func (s *State) Boot(resets, restarts uint32) (index int64, ok bool) {
	if len(s.boots) == 0 {
		return 0, false
	}
	b := s.boots[len(s.boots)-1]
	return b.index, b.resets == int64(resets) && b.restarts == int64(restarts)
}
