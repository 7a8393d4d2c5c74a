package tpm

import (
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// explain says what a TPM's refusal means and what to do about it. Errors that need no explanation it returns as they are.
func explain(err error) error {
	for _, e := range []struct {
		code tpm2.TPMRC
		says string
	}{
		{tpm2.TPMRCInitialize, "the TPM was not started; restart the computer, or the emulator with startup-clear"},
		{tpm2.TPMRCReboot, "the TPM wants a restart of the computer"},
		{tpm2.TPMRCFailure, "the TPM failed its own test; switch the computer off and on, and replace the TPM if that does not help"},
		{tpm2.TPMRCNVSpace, "the TPM's permanent memory is full; remove keys and indices that nobody uses (tpm2_evictcontrol, tpm2_nvundefine)"},
		{tpm2.TPMRCNVUnavailable, "the TPM's permanent memory cannot be reached now; restart the computer"},
		{tpm2.TPMRCObjectMemory, "all places in the TPM are taken by keys that another program left loaded; stop it, or restart the computer"},
		{tpm2.TPMRCSessionMemory, "all places in the TPM are taken by sessions that another program left open; stop it, or restart the computer"},
		{tpm2.TPMRCHierarchy, "this part of the TPM is switched off; switch it on in the firmware setup"},
		{tpm2.TPMRCBadAuth, "the TPM does not accept the station's secret; the file with it belongs to another station"},
		{tpm2.TPMRCAuthFail, "the TPM does not accept the station's secret; the file with it belongs to another station"},
		{tpm2.TPMRCTicket, "the TPM refuses to sign this text; one that begins as a TPM's own statements do (ff 54 43 47) it never signs"},
		{tpm2.TPMRCRetry, "the TPM stayed busy"},
		{tpm2.TPMRCTesting, "the TPM is still testing itself"},
		{tpm2.TPMRCYielded, "the TPM stayed busy"},
		{tpm2.TPMRCNVRate, "the TPM limits how often its memory is written; wait a few minutes"},
	} {
		if errors.Is(err, e.code) {
			return fmt.Errorf("%s (%w)", e.says, err)
		}
	}
	if errors.Is(err, tpm2.TPMRCLockout) {
		return fmt.Errorf("%w after too many wrong passwords; wait, or let its owner reset it with tpm2_dictionarylockout (%w)", ErrLocked, err)
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

// ofHierarchy explains an error of a command that a hierarchy has to authorise.
func ofHierarchy(hierarchy string, err error) error {
	if refuses(err, tpm2.TPMRCBadAuth, tpm2.TPMRCAuthFail) {
		return fmt.Errorf("the TPM's %s hierarchy has a password; remove it (tpm2_changeauth -c %s) for as long as this takes (%w)", hierarchy, hierarchy, err)
	}
	return explain(err)
}
