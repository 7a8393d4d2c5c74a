package tpm

import (
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// A recorder sends nothing that could change a TPM.
func TestRecorderReads(t *testing.T) {
	t.Parallel()
	sent := &replayed{}
	for name, err := range map[string]error{
		"clear": func() error {
			_, err := tpm2.Clear{AuthHandle: tpm2.TPMRHLockout}.Execute(&recorder{t: sent})
			return err
		}(),
		"key": func() error {
			_, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(tpm2.ECCEKTemplate)}.Execute(&recorder{t: sent})
			return err
		}(),
		"extend": func() error {
			_, err := (&recorder{t: sent}).Send([]byte{0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x82})
			return err
		}(),
		"short": func() error { _, err := (&recorder{t: sent}).Send([]byte{0x80}); return err }(),
	} {
		if err != errNotRead {
			t.Errorf("%s: %v", name, err)
		}
	}
}
