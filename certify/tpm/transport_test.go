package tpm_test

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
)

// A fake answers commands by a function.
type fake func(command []byte) ([]byte, error)

func (f fake) Send(command []byte) ([]byte, error) { return f(command) }
func (fake) Close() error                          { return nil }

func code(c tpm2.TPMRC) []byte {
	return binary.BigEndian.AppendUint32([]byte{0x80, 0x01, 0, 0, 0, 10}, uint32(c))
}

func TestACommandIsRepeatedWhileTheTPMIsBusy(t *testing.T) {
	t.Parallel()
	for name, busy := range map[string][]byte{
		"retry": code(tpm2.TPMRCRetry), "testing": code(tpm2.TPMRCTesting), "yielded": code(tpm2.TPMRCYielded), "NV rate": code(tpm2.TPMRCNVRate),
		"go-tpm gave up": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				left, sent := 20, 0
				chip := tpm.New(fake(func([]byte) ([]byte, error) {
					sent++
					if left--; left >= 0 {
						return busy, nil
					}
					return nil, errors.New("done")
				}), tpm.Limits{})
				if _, err := chip.Describe(); err == nil || !strings.Contains(err.Error(), "done") || sent != 21 {
					t.Errorf("busy 20 times: %v after %d times", err, sent)
				}
				left = 1 << 30
				before := time.Now()
				_, err := chip.Describe()
				want := tpm2.TPMRC(tpm2.TPMRCRetry)
				if busy != nil {
					want = tpm2.TPMRC(binary.BigEndian.Uint32(busy[6:]))
				}
				if took := time.Since(before); !errors.Is(err, want) || took > 21*time.Second || took < 19*time.Second {
					t.Errorf("busy for ever: %v after %v, want %v", err, took, want)
				}
			})
		})
	}
}

func TestATPMThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		var sent atomic.Int32
		chip := tpm.New(fake(func([]byte) ([]byte, error) {
			sent.Add(1)
			<-end
			return code(0), nil
		}), tpm.Limits{})
		for _, most := range []time.Duration{61 * time.Second, 0} { // the second time at once
			before := time.Now()
			_, err := chip.Create()
			if took := time.Since(before); !errors.Is(err, os.ErrDeadlineExceeded) || took > most {
				t.Errorf("%v after %v, want no answer within %v", err, took, most)
			}
		}
		if n := sent.Load(); n != 1 {
			t.Errorf("sent %d commands to a TPM that hangs", n)
		}
		close(end)
	})
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for refusal, want := range map[tpm2.TPMRC]string{
		tpm2.TPMRCInitialize:        "restart the computer",
		tpm2.TPMRCFailure:           "switch the computer off and on",
		tpm2.TPMRCNVSpace:           "permanent memory is full",
		tpm2.TPMRCObjectMemory:      "another program",
		tpm2.TPMRCSessionMemory:     "another program",
		tpm2.TPMRCLockout:           "tpm2_dictionarylockout",
		tpm2.TPMRCHierarchy + 0x100: "firmware setup", // handle 1
	} {
		chip := tpm.New(fake(func([]byte) ([]byte, error) { return code(refusal), nil }), tpm.Limits{})
		_, err := chip.Create()
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, refusal) {
			t.Errorf("%v: %v, want %q", refusal, err, want)
		}
		if errors.Is(err, tpm.ErrLocked) != (refusal == tpm2.TPMRCLockout) {
			t.Errorf("%v: %v is ErrLocked: %v", refusal, err, errors.Is(err, tpm.ErrLocked))
		}
	}
}
