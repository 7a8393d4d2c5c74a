package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

type verifyOptions struct{ proof, key string }

func newVerifyCmd(a *app) *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify CERT [--proof FILE] --key station.pem",
		Short: "Verify one certificate, offline",
		Long: `Verify one certificate with nothing but the files: the station's signature over every byte of it, that its
outcome is borne out by the numbers in it, and that it is in the station's log. It needs no state directory, no root,
no network.

Exit status 0 says that the certificate is genuine. What became of the disk is its outcome, which can be "failed".

Without --proof the file beside the certificate that ends in .tlog-proof is taken; where there is none, only the
signature is verified, and that is said.

Example: rasure verify USBSTICK01-20260102T030405Z.cert --key station7.pem` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.verify(args[0], o) },
	}
	c.Flags().StringVar(&o.proof, "proof", "", "proof that the certificate is in the log")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key")
	return a.jsonFlag(c)
}

// verifiedFile is what verify --json shows. It says what was checked: "not checked" is not "good".
type verifiedFile struct {
	File      string `json:"file"`
	ID        string `json:"id"`
	Station   string `json:"station"`
	Assurance string `json:"assurance"`
	Outcome   string `json:"outcome"`
	Signature string `json:"signature"`         // "good"
	Proof     string `json:"proof"`             // "good" or "not checked"
	Index     int64  `json:"index"`             // in the log; -1 where not checked
	LogSize   int64  `json:"log_size"`          // entries in the log when the proof was made
	Counter   uint64 `json:"counter,omitempty"` // of the station's TPM at that moment, attested by it
}

func (a *app) verify(path string, o verifyOptions) error {
	if o.key == "" {
		return fault.Usage(errors.New("--key is missing: the station's public key, which must have come to you by another way than the certificate"))
	}
	pub, err := readPublicKey(o.key)
	if err != nil {
		return err
	}
	signed, err := readFile(path)
	if err != nil {
		return err
	}
	cert := new(certify.Certificate)
	if err := certify.OpenWithKey(signed, certify.KindCertificate, pub, cert); err != nil {
		return fault.NotVerifiedf("%s: %w", path, err)
	}
	if err := cert.CheckConsistency(); err != nil {
		return fault.NotVerifiedf("%s is signed, and contradicts itself: %w", path, err)
	}
	v := verifiedFile{File: path, ID: cert.ID, Station: cert.Station.Name, Assurance: cert.Station.Assurance, Outcome: cert.Outcome,
		Signature: "good", Proof: "not checked", Index: -1}
	proofPath := o.proof
	if proofPath == "" {
		proofPath = strings.TrimSuffix(path, ".cert") + ".tlog-proof"
	}
	proof, err := readFile(proofPath)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.proof == "":
	case err != nil:
		return err
	default:
		policy, err := audit.Identity(cert.Station.Name, pub, cert.Station.Counter)
		if err != nil {
			return err
		}
		in, err := logs.Verify(policy, signed, proof)
		if err != nil {
			return fault.NotVerifiedf("%s is not proven by %s: %w", path, proofPath, err)
		}
		if c := cert.Station.Counter; c != nil && in.Base() != c.Base {
			return fault.NotVerifiedf("%s is not proven by %s: the TPM counted %d at %d entries, not %d", path, proofPath, in.Counter, in.Checkpoint.Size, c.Base+uint64(in.Checkpoint.Size))
		}
		if in.Index <= cert.Begin.Index {
			return fault.NotVerifiedf("%s stands in the log before the begin it refers to", path)
		}
		v.Proof, v.Index, v.LogSize, v.Counter = "good", in.Index, in.Checkpoint.Size, in.Counter
	}
	if a.json {
		return a.printJSON(v)
	}
	a.printVerified(v)
	return nil
}

func (a *app) printVerified(v verifiedFile) {
	a.printf("signature  good: %s, key assurance %s\n", v.Station, v.Assurance)
	if v.Proof == "good" {
		a.printf("log        good: entry %d of %d", v.Index, v.LogSize)
		if v.Counter > 0 {
			a.printf(", TPM counter %d", v.Counter)
		}
		a.printf("\n")
	} else {
		a.printf("log        not checked: there is no proof beside the certificate\n")
	}
	a.printf("outcome    %s (rasure cert show prints the whole certificate)\n", v.Outcome)
}
