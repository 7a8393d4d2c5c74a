package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

type checkOptions struct{ cert, key, verify, preparation, progress string }

func newCheckCmd(a *app) *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check DISK --cert FILE",
		Short: "Read a disk again and compare it with its certificate",
		Long: `Read a disk again and compare every byte with what the certificate says is on it. Nothing is written.
The certificate's signature is checked with the station's key, or with the one given.

Blocks that could not be written, as the certificate says, are left out; the exit status is then 3.

Example: rasure check sdb --cert USBSTICK01-20260102T030405Z.cert` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkShow(o.progress); err != nil {
				return err
			}
			return a.check(cmd.Context(), args[0], o)
		},
	}
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key (default: this station's)")
	c.Flags().StringVar(&o.preparation, "preparation", "", "what rasure prepare stated (default: the file beside the certificate that ends in .preparation)")
	c.Flags().StringVar(&o.verify, "verify", string(wipe.Full), "what is read: full or sample")
	showFlag(c, &o.progress)
	return a.jsonFlag(c)
}

// checked is what check --json shows.
type checked struct {
	Disk       string        `json:"disk"`
	ID         string        `json:"id"`
	Pattern    string        `json:"pattern"`
	Verify     string        `json:"verify"`
	Verified   int64         `json:"verified_bytes"`
	Mismatched []wipe.Extent `json:"mismatched"`
	Unreadable []wipe.Extent `json:"unreadable"`
	Excluded   int64         `json:"excluded_bytes"` // the certificate says itself that they were not written
	Prepared   int64         `json:"prepared_bytes"` // written since, for re-use, as a signed preparation says
	Holds      bool          `json:"holds"`
}

func (a *app) check(ctx context.Context, arg string, o checkOptions) error {
	if o.cert == "" {
		return fault.Usage(errors.New("--cert is missing"))
	}
	mode := wipe.VerifyMode(o.verify)
	if mode != wipe.Full && mode != wipe.Sample {
		return fault.Usagef("--verify: %q is neither full nor sample", o.verify)
	}
	cert, signed, err := a.openCertificate(o.cert, o.key)
	if err != nil {
		return err
	}
	prepared, err := a.openPreparation(o, signed)
	if err != nil {
		return err
	}
	last := cert.Last()
	if last == nil || last.Written == 0 {
		return fault.NotVerifiedf("%s says that nothing was written", o.cert)
	}
	pat, err := pattern.Parse(last.Pattern, last.Key)
	if err != nil {
		return fault.NotVerifiedf("%s: %w", o.cert, err)
	}
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return explain(err)
	}
	if err := audit.CheckDisk(cert.Disk, issue.DiskOf(d, issue.Facts{})); err != nil {
		return fault.NotVerified(err)
	}
	port, err := h.OpenRead(ctx, d)
	if err != nil {
		return err
	}
	defer port.Close()
	show := a.newProgress(h, o.progress, progress.Comparison)
	show.Add(d)
	show.Start()
	report, err := wipe.Check(ctx, port, pat, d.Size, mode, wipe.CheckOptions{OnEvent: func(e wipe.Event) { show.Update(0, e) }, Disk: d, Skip: append(extents(last.Unwritten), prepared...)})
	switch {
	case errors.Is(err, context.Canceled):
		show.End(0, wipe.Interrupted)
	case err != nil || !report.Clean():
		show.End(0, wipe.Failed)
	default:
		show.End(0, wipe.Verified)
	}
	if show.Close() != nil {
		a.err = io.Discard
	}
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("%w: %s was not read to its end", fault.ErrInterrupted, d.Name)
		}
		return fault.NotVerifiedf("reading %s: %w", d.Name, err)
	}
	return a.printChecked(d, cert, last, prepared, report)
}

func (a *app) printChecked(d devices.Disk, cert *certify.Certificate, last *certify.Pass, prepared []wipe.Extent, r wipe.VerifyReport) error {
	v := checked{Disk: d.Name, ID: cert.ID, Pattern: last.Pattern, Verify: string(r.Verify), Verified: r.Verified,
		Mismatched: append([]wipe.Extent{}, r.Mismatched...), Unreadable: append([]wipe.Extent{}, r.Unreadable...), Excluded: last.UnwrittenBytes}
	v.Holds = r.Clean()
	for _, e := range prepared {
		v.Prepared += e.Length
	}
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		a.printf("%s: %s of %s read (%s) and equal to the certificate's %s\n", d.Name, sizeText(v.Verified), sizeText(d.Size), v.Verify, v.Pattern)
		if v.Excluded > 0 {
			a.printf("%d bytes were left out: the certificate says that they could not be written\n", v.Excluded)
		}
		if v.Prepared > 0 {
			a.printf("%d bytes were left out: they hold the partition table and file system that the preparation states\n", v.Prepared)
		}
		for _, e := range firstOf(v.Mismatched) {
			a.printf("differs: offset %d, %d bytes\n", e.Offset, e.Length)
		}
		for _, e := range firstOf(v.Unreadable) {
			a.printf("unreadable: offset %d, %d bytes\n", e.Offset, e.Length)
		}
	}
	if !v.Holds {
		return fault.NotVerifiedf("%s is not what certificate %s says: %d extent(s) differ, %d cannot be read", d.Name, cert.ID, r.MismatchedTotal.Extents, r.UnreadableTotal.Extents)
	}
	if v.Excluded > 0 {
		return fault.Outcome(wipe.CompletedWithExceptions) // nobody has looked at what could not be written
	}
	return nil
}

// openPreparation returns the extents that were written since the certificate, as a preparation of that very certificate
// states; none where there is no such file.
func (a *app) openPreparation(o checkOptions, cert []byte) ([]wipe.Extent, error) {
	path := o.preparation
	if path == "" {
		path = strings.TrimSuffix(o.cert, ".cert") + ".preparation"
	}
	signed, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) && o.preparation == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pub, err := readPublicKey(a.keyPath(o.key))
	if err != nil {
		return nil, err
	}
	p := new(certify.Preparation)
	if err := certify.OpenWithKey(signed, certify.KindPreparation, pub, p); err != nil {
		return nil, fault.NotVerifiedf("%s: %w", path, err)
	}
	if sum := sha256.Sum256(cert); p.Certificate.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, fault.NotVerifiedf("%s is the preparation of another certificate", path)
	}
	return extents(p.Changed), nil
}

func firstOf(all []wipe.Extent) []wipe.Extent { return all[:min(len(all), 20)] }

func extents(list []certify.Extent) []wipe.Extent {
	all := make([]wipe.Extent, 0, len(list))
	for _, e := range list {
		all = append(all, wipe.Extent{Offset: e.Offset, Length: e.Length})
	}
	return all
}

// openCertificate verifies a certificate with the key in a file, or with this station's.
func (a *app) openCertificate(path, keyPath string) (cert *certify.Certificate, signed []byte, err error) {
	pub, err := a.stationPublicKey(keyPath)
	if err != nil {
		return nil, nil, err
	}
	if signed, err = readFile(path); err != nil {
		return nil, nil, err
	}
	if cert, err = audit.OpenCertificate(signed, pub); err != nil {
		return nil, nil, message.Errorf("%s: %w", path, err)
	}
	return cert, signed, nil
}
