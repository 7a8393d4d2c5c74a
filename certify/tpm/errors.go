package tpm

import (
	"errors"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// explain adds to a TPM's refusal what it means and what to do about it. It returns other errors as they are.
func explain(err error) error {
	for _, e := range []struct {
		code tpm2.TPMRC
		says message.Text
	}{
		{tpm2.TPMRCInitialize, message.Of("the TPM was not started; restart the computer, or the emulator with startup-clear")},
		{tpm2.TPMRCReboot, message.Of("the TPM requires a restart of the computer")},
		{tpm2.TPMRCFailure, message.Of("the TPM failed its own test; switch the computer off and on, and replace the TPM if that does not help")},
		{tpm2.TPMRCNVSpace, message.Of("the TPM's permanent memory is full; remove unused keys and indices (tpm2_evictcontrol, tpm2_nvundefine)")},
		{tpm2.TPMRCNVUnavailable, message.Of("the TPM's permanent memory cannot be reached now; restart the computer")},
		{tpm2.TPMRCObjectMemory, message.Of("all places in the TPM are taken by keys that another program left loaded; stop it, or restart the computer")},
		{tpm2.TPMRCSessionMemory, message.Of("all places in the TPM are taken by sessions that another program left open; stop it, or restart the computer")},
		{tpm2.TPMRCHierarchy, message.Of("this part of the TPM is switched off; switch it on in the firmware setup")},
		{tpm2.TPMRCBadAuth, message.Of("the TPM does not accept the station's secret; the file with it belongs to another station")},
		{tpm2.TPMRCAuthFail, message.Of("the TPM does not accept the station's secret; the file with it belongs to another station")},
		{tpm2.TPMRCTicket, message.Of("the TPM refuses to sign this text; it never signs one that begins like its own statements (ff 54 43 47)")},
		{tpm2.TPMRCRetry, message.Of("the TPM stayed busy")},
		{tpm2.TPMRCTesting, message.Of("the TPM is still testing itself")},
		{tpm2.TPMRCYielded, message.Of("the TPM stayed busy")},
		{tpm2.TPMRCNVRate, message.Of("the TPM limits how often its memory is written; wait a few minutes")},
	} {
		if errors.Is(err, e.code) {
			return message.Errorf("%s (%w)", e.says, err)
		}
	}
	if errors.Is(err, tpm2.TPMRCLockout) {
		return message.Errorf("%w after too many wrong passwords; wait, or let its owner reset it with tpm2_dictionarylockout (%w)", ErrLocked, err)
	}
	return err
}

// refuses reports whether the TPM answered, and the answer was no for one of these reasons.
func refuses(err error, codes ...tpm2.TPMRC) bool {
	for _, c := range codes {
		if errors.Is(err, c) {
			return true
		}
	}
	return false
}
