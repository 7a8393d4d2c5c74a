package tpm_test

import (
	"crypto/sha256"
	"slices"
	"testing"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	e, chip, k, s := station(t)
	nonce := sha256.Sum256([]byte("nonce"))
	quote, values, err := s.Quote([]int{0, 4, 12}, nonce)
	if err != nil {
		t.Fatal(err)
	}
	resets, restarts, err := chip.Starts()
	if err != nil {
		t.Fatal(err)
	}
	q, err := tpm.OpenQuote(s.Public(), s.Policy(), quote)
	want := sha256.Sum256(slices.Concat(values[0][:], values[1][:], values[2][:]))
	if err != nil || q.Nonce != nonce || !slices.Equal(q.PCRs, []int{0, 4, 12}) || q.Digest != want || q.ResetCount != resets || q.RestartCount != restarts || values[1] != [32]byte{} {
		t.Errorf("%+v, %x, %v", q, values, err)
	}
	for _, at := range []int{0, 5, 20, 60, 90, 105, 109, 120, 150, len(quote) - 1} {
		changed := slices.Clone(quote)
		changed[at] ^= 1
		if _, err := tpm.OpenQuote(s.Public(), s.Policy(), changed); err == nil {
			t.Errorf("a quote with another byte %d is accepted", at)
		}
	}
	if _, err := tpm.OpenQuote(s.Public(), s.Policy(), quote[1:]); err == nil {
		t.Error("a shorter quote is accepted")
	}

	e.Boot(tpmtest.Measured{PCR: 4, Type: 5, SHA256: nonce})
	if s, err = chip.Load(k); err != nil {
		t.Fatal(err)
	}
	again, values, err := s.Quote([]int{4}, nonce)
	if err != nil {
		t.Fatal(err)
	}
	q, err = tpm.OpenQuote(s.Public(), s.Policy(), again)
	if err != nil || q.ResetCount != resets+1 || values[0] != sha256.Sum256(append(make([]byte, 32), nonce[:]...)) {
		t.Errorf("after a start: %+v, %x, %v", q, values, err)
	}
}
