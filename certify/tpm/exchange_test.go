package tpm_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"

	"rasure/certify/tpm"
)

// exchange reads what an emulated TPM answered to the commands of one session. The TPM is gone; so is what key.json opens.
func exchange(t testing.TB, name string) (answers [][]byte) {
	t.Helper()
	for lines := bufio.NewScanner(bytes.NewReader(readFile(t, "testdata", name+".exchange"))); lines.Scan(); {
		if text, ok := bytes.CutPrefix(lines.Bytes(), []byte("< ")); ok {
			answer, err := hex.DecodeString(string(text))
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, answer)
		}
	}
	if len(answers) < 5 {
		t.Fatalf("%s: %d answers", name, len(answers))
	}
	return answers
}

func replay(answers [][]byte) *tpm.TPM {
	return tpm.New(fake(func([]byte) ([]byte, error) {
		if len(answers) == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		next := answers[0]
		answers = answers[1:]
		return slices.Clone(next), nil
	}), tpm.Limits{Patience: 1, Answer: 1 << 40})
}

// use does with a station what was recorded as "use". A signature that comes out must be good, whatever the TPM answered.
func use(t testing.TB, chip *tpm.TPM) error {
	var k tpm.Key
	if err := json.Unmarshal(readFile(t, "testdata/key.json"), &k); err != nil {
		t.Fatal(err)
	}
	s, err := chip.Load(k)
	if err != nil {
		return err
	}
	for _, size := range []int{1024, 1500} {
		text := make([]byte, size)
		sig, err := s.Signer("a").Sign(text)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(text); !ecdsa.VerifyASN1(s.Public(), sum[:], sig) {
			t.Fatalf("a signature of %d bytes that does not verify", size)
		}
	}
	if _, err := s.Increment(); err != nil {
		return err
	}
	line, err := s.Attestor("a").Sign([]byte("text\n"))
	if err == nil && !verifier(t, s.Public(), k.NVIndex).Verify([]byte("text\n"), line) {
		t.Fatal("an attestation that does not verify")
	}
	return err
}

func sessions(t testing.TB) map[string]func(*tpm.TPM) error {
	return map[string]func(*tpm.TPM) error{
		"use":      func(chip *tpm.TPM) error { return use(t, chip) },
		"create":   func(chip *tpm.TPM) error { _, err := chip.Create(); return err },
		"describe": func(chip *tpm.TPM) error { _, err := chip.Describe(); return err },
	}
}

func TestAnAnswerCutOffIsAnError(t *testing.T) {
	t.Parallel()
	for name, session := range sessions(t) {
		answers := exchange(t, name)
		if err := session(replay(answers)); err != nil {
			t.Errorf("%s: %v without any fault", name, err)
		}
		for n, whole := range answers {
			for size := 0; size < len(whole); size += 1 + len(whole)/100 {
				cut := slices.Clone(answers)
				cut[n] = whole[:size]
				if err := session(replay(cut)); err == nil {
					t.Errorf("%s: answer %d cut off after %d bytes is taken", name, n, size)
				}
				if size < 10 {
					continue
				}
				// With a header that fits, go-tpm does not miss the end of what is not needed. It must only do no harm.
				cut[n] = slices.Clone(whole[:size])
				binary.BigEndian.PutUint32(cut[n][2:], uint32(size))
				session(replay(cut))
			}
		}
	}
}

func TestAnAnswerWithABitFlippedNeverBecomesASignature(t *testing.T) {
	t.Parallel()
	answers := exchange(t, "use")
	for n, whole := range answers {
		for i := range whole {
			flipped := slices.Clone(answers)
			flipped[n] = slices.Clone(whole)
			flipped[n][i] ^= 1
			use(t, replay(flipped))
		}
	}
}

func TestAConnectionThatBreaksIsAnError(t *testing.T) {
	t.Parallel()
	for name, session := range sessions(t) {
		answers := exchange(t, name)
		for n := range answers {
			if err := session(replay(answers[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: broken after %d answers: %v", name, n, err)
			}
		}
	}
}

func FuzzAnyAnswerOfTheTPMIsEndured(f *testing.F) {
	names := []string{"use", "create", "describe"}
	for i, name := range names {
		for n, answer := range exchange(f, name) {
			f.Add(uint8(i), uint8(n), answer)
		}
	}
	f.Fuzz(func(t *testing.T, session, n uint8, answer []byte) {
		name := names[int(session)%len(names)]
		answers := exchange(t, name)
		answers[int(n)%len(answers)] = answer
		sessions(t)[name](replay(answers))
	})
}
