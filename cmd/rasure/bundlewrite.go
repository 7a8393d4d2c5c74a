package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

type bundleOptions struct{ log, key, out string }

func newBundleCmd(a *app) *cobra.Command {
	var o bundleOptions
	c := &cobra.Command{
		Use:   "bundle CERT",
		Short: "Pack a certificate with all that proves it",
		Long: `Pack a certificate with all that proves it into one file: the log's entries that it refers to or that people
state about it and its medium, their proofs, the rosters, keys and evidence files (which must lie beside the
certificate), and a VERIFY.txt that checks everything with openssl, ssh-keygen and sha256sum. The log is verified first.

An evidence file that is missing is named in VERIFY.txt and on stderr, and the exit status is 3.

Example: rasure cert bundle USBSTICK01-20260102T030405Z.cert` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.certBundle(args[0], o) },
	}
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key (default: this station's)")
	c.Flags().StringVar(&o.out, "out", "", "file to write (default: the certificate's name with .tar.zst)")
	return c
}

func (a *app) certBundle(path string, o bundleOptions) error {
	cert, signed, err := a.openCertificate(path, o.key)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = strings.TrimSuffix(path, ".cert") + ".tar.zst"
	}
	if _, err := os.Lstat(o.out); err == nil {
		return fault.Refusef("%s is there already", o.out)
	}
	b, err := a.collect(signed, auditOptions{log: o.log, key: a.keyPath(o.key)})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	key, err := os.ReadFile(a.keyPath(o.key))
	if err != nil {
		return err
	}
	evidence, missing, err := b.readEvidence(filepath.Dir(path))
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := render.Text(&page, *cert, sha256.Sum256(signed)); err != nil {
		return err
	}
	files := map[string][]byte{"certificate.cert": signed, "certificate.txt": page.Bytes(), "station.pem": key, "checkpoint": b.signed}
	for i, entry := range b.entries {
		files[entryName(i)] = entry
	}
	for name, data := range evidence {
		files["evidence/"+name] = data
	}
	rules := concernsOf(signed).Policy
	if data, err := os.ReadFile(a.statePath(policyFile)); err == nil && hexSum(data) == rules.SHA256 {
		files[policyFile] = data
	} else if hexSum(register.DefaultText()) == rules.SHA256 {
		files[policyFile] = register.DefaultText()
	} else if rules.SHA256 != "" {
		a.note("the rules that the certificate names, SHA-256 %s, are not in the bundle: the station has others now\n", visible(rules.SHA256))
	}
	sums := ""
	for _, name := range sortedNames(files) {
		sums += hexSum(files[name]) + "  " + name + "\n"
	}
	files["SHA256SUMS"] = []byte(sums)
	text, err := b.verifyText(cert.Begin.Index, missing)
	if err != nil {
		return err
	}
	files["VERIFY.txt"] = []byte(text)
	packed, err := pack(strings.TrimSuffix(filepath.Base(o.out), ".tar.zst"), files, cert.Ended)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(o.out, packed, 0o644); err != nil {
		return err
	}
	a.printf("%s\n", o.out)
	if len(missing) > 0 {
		return evidenceMissing(missing)
	}
	return nil
}

func sortedNames(files map[string][]byte) []string {
	names := []string{}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// pack writes files as a compressed tar archive, below one directory, the same bytes each time.
func pack(dir string, files map[string][]byte, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	for _, name := range sortedNames(files) {
		h := &tar.Header{Name: dir + "/" + name, Mode: 0o644, Size: int64(len(files[name])), ModTime: at.UTC(), Format: tar.FormatPAX}
		err = errors.Join(err, t.WriteHeader(h))
		_, werr := t.Write(files[name])
		err = errors.Join(err, werr)
	}
	err = errors.Join(err, t.Close(), z.Close())
	return out.Bytes(), err
}

// evidenceMissing is the error of a bundle that was written, but without files that a statement names.
func evidenceMissing(names []string) error {
	return fault.Incomplete(message.Errorf("evidence is missing from the bundle: %s", strings.Join(names, ", ")))
}
