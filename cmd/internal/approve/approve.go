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
	Seen     *audit.OneBoot
	Programs []boot.Digest // those that may have run before the image in that boot
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

// checkSeen refuses a boot in which something else ran last than this image with its own command line, or something before it that the office has not named. That may
// be the kernel of the image: the firmware can start it with another initrd.
func (o Options) checkSeen() error {
	before, last := o.before()
	switch {
	case o.Seen.PCR11 != o.Image.PCR11 || !last:
		return fault.Refusef("the machine has started another image")
	case o.Seen.PCR12 != o.Image.PCR12:
		return fault.Refusef("the machine has started the image with another command line: PCR 12 is %s", o.Seen.PCR12)
	case o.Seen.PCR13 != o.Image.PCR13:
		return fault.Refusef("the machine has started the image with a system extension: PCR 13 is %s", o.Seen.PCR13)
	}
	for _, p := range before {
		if !slices.Contains(o.Programs, p) {
			return fault.WithHint(fault.Refusef("the machine has started %s before the image, and no --program names it", p),
				"find out what it is; add --program %s only if it can start no other system", p)
		}
	}
	return nil
}

// before returns the programs that ran before the image. last reports that the image ran last: with Secure Boot off the firmware loads its kernel after it.
func (o Options) before() (all []boot.Digest, last bool) {
	all = o.Seen.Programs
	if n := len(all); n > 0 && all[n-1] == o.Image.Kernel {
		all = all[:n-1]
	}
	n := len(all)
	if n == 0 || all[n-1] != o.Image.Image {
		return nil, false
	}
	return all[:n-1], true
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
