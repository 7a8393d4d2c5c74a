package tpm_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func TestCreateThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	e := tpmtest.New(t)
	lost := errors.New("the answer got lost")
	for fault, at := range map[string]func([]byte) ([]byte, error){
		"refused":           func([]byte) ([]byte, error) { return code(tpm2.TPMRCNVUnavailable), nil },
		"done, answer lost": func(command []byte) ([]byte, error) { e.Send(command); return nil, lost },
	} {
		for n := 0; ; n++ {
			sent := 0
			k, err := tpm.New(fake(func(command []byte) ([]byte, error) {
				if sent++; sent == n+1 {
					return at(command)
				}
				return e.Send(command)
			}), tpm.Limits{}).Create()
			if err == nil {
				if n < 8 {
					t.Errorf("%s: succeeds although command %d fails", fault, n)
				}
				if err := open(t, e.Address()).Remove(k); err != nil {
					t.Error(err)
				}
				break
			}
			e.PowerCycle() // what is only loaded goes away by itself
			if left := kept(t, e); len(left) != 0 {
				t.Fatalf("%s: command %d fails (%v) and leaves %#x", fault, n, err, left)
			}
		}
	}
}

func TestALongTextThatFailsHalfWayLeavesNothingLoaded(t *testing.T) {
	t.Parallel()
	e, _, k, _ := station(t)
	const sequenceUpdate = 0x15c // Part 2, 6.5.2
	s, err := tpm.New(fake(func(command []byte) ([]byte, error) {
		if binary.BigEndian.Uint32(command[6:]) == sequenceUpdate {
			return code(tpm2.TPMRCNVUnavailable), nil
		}
		return e.Send(command)
	}), tpm.Limits{}).Load(k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Signer("a").Sign(make([]byte, 5000)); !errors.Is(err, tpm2.TPMRCNVUnavailable) {
		t.Errorf("Sign: %v", err)
	}
	if left := kept(t, e); len(left) != 2 {
		t.Errorf("left in the TPM: %#x", left)
	}
}
