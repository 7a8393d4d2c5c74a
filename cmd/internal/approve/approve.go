// Package approve writes approvals of boots: who publishes an image, or an office, lets bound keys of stations sign in a machine that has started it.
//
// Neither a TPM nor a station is needed.
package approve

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"slices"

	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Options are what is approved.
type Options struct {
	Image   *boot.Prediction
	Version uint64 // of the image: a station can retire all images of lower versions
	Shim    []byte // another program, which starts the image; nil if the firmware starts it
	// Seen is the boot of a machine whose firmware starts other programs before the image; nil if there is none. It is approved alone.
	Seen *audit.OneBoot
}

// Approve signs the approval, and returns the text of the file.
func Approve(key *ecdsa.PrivateKey, o Options) (string, error) {
	if o.Version == 0 {
		return "", fault.Usagef("--version is missing: a number, higher than that of the image before")
	}
	boots, err := o.boots()
	if err != nil {
		return "", err
	}
	return tpm.WriteApprovals(key, o.Version, boots)
}

func (o Options) boots() (all []tpm.Started, err error) {
	add := func(start string, pcr4 boot.Digest) {
		all = append(all, tpm.Started{Start: start, Approval: tpm.Approval{PCR4: pcr4, PCR11: o.Image.PCR11, PCR12: o.Image.PCR12, PCR13: o.Image.PCR13}})
	}
	switch {
	case o.Seen != nil && o.Shim != nil:
		return nil, fault.Usagef("--seen and --shim exclude each other")
	case o.Seen != nil:
		if err := o.checkSeen(); err != nil {
			return nil, err
		}
		add("seen", o.Seen.PCR4)
	case o.Shim != nil:
		off, on, err := o.Image.By(o.Shim)
		if err != nil {
			return nil, fault.NotVerified(message.Errorf("--shim: %w", err))
		}
		add("shim", off)
		add("shim-secure-boot", on)
	default:
		add("direct", o.Image.PCR4.Off)
		add("direct-secure-boot", o.Image.PCR4.On)
	}
	return all, nil
}

// checkSeen refuses a boot in which something else ran than this image with its own command line. What the firmware started before is for the office to judge.
func (o Options) checkSeen() error {
	switch {
	case o.Seen.PCR11 != o.Image.PCR11 || !slices.Contains(o.Seen.Programs, o.Image.Image):
		return fault.Refusef("the machine has started another image")
	case o.Seen.PCR12 != o.Image.PCR12:
		return fault.Refusef("the machine has started the image with another command line: PCR 12 is %s", o.Seen.PCR12)
	case o.Seen.PCR13 != o.Image.PCR13:
		return fault.Refusef("the machine has started the image with a system extension: PCR 13 is %s", o.Seen.PCR13)
	}
	return nil
}

// ParseKey reads the private key of a publisher or an office: P-256 in PEM, as openssl writes it.
func ParseKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, message.New("no PEM block")
	}
	if block.Type == "EC PRIVATE KEY" {
		return x509.ParseECPrivateKey(block.Bytes)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, message.New("not an ECDSA key")
	}
	return ec, nil
}
