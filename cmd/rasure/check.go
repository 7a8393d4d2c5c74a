package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/check"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/prepare"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/wipe"
)

type checkOptions struct {
	pinOptions
	cert, verify, preparation, progress string
}

func newCheckCmd(a *app) *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check DISK --cert FILE",
		Short: "Read a disk again and compare it with its certificate",
		Long: `Read a disk again and compare every byte with what its certificate states. Nothing is written. The certificate is
verified first, with the station card or key given, or with this station's key.

Blocks that could not be written, by the certificate, are read too, and the output says what they hold; the exit status
is then 3. If the disk was prepared for re-use (rasure prepare), the blocks of partition table and file system are made
again from the signed preparation and compared.

Example: rasure check sdb --cert USBSTICK01-20260102T030405Z.cert`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkShow(o.progress); err != nil {
				return err
			}
			return a.runCheck(cmd.Context(), args[0], o)
		},
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

func (o *checkOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate")
	o.pinOptions.AddFlags(c)
	c.Flags().StringVar(&o.preparation, "preparation", "", "the signed preparation (default: the file next to the certificate that ends in .preparation)")
	c.Flags().StringVar(&o.verify, "verify", string(wipe.Full), "what is read: full or sample")
	showFlag(c, &o.progress)
}

func (a *app) runCheck(ctx context.Context, arg string, o checkOptions) error {
	if o.cert == "" {
		return fault.Usage(message.New("--cert is missing"))
	}
	mode := wipe.VerifyMode(o.verify)
	if mode != wipe.Full && mode != wipe.Sample {
		return fault.Usagef("--verify: %q is neither full nor sample", o.verify)
	}
	cert, signed, err := a.openCertificate(o.cert, o.pinOptions)
	if err != nil {
		return err
	}
	prepared, statement, err := a.openPreparation(o, signed)
	if err != nil {
		return err
	}
	comparison, err := check.New(o.cert, cert, prepared, statement)
	if err != nil {
		return err
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
	v, err := comparison.Run(ctx, port, d, mode, func(e wipe.Event) { show.Update(0, e) })
	switch {
	case errors.Is(err, fault.ErrInterrupted):
		show.End(0, wipe.Interrupted)
	case err != nil || !v.Valid:
		show.End(0, wipe.Failed)
	default:
		show.End(0, wipe.Verified)
	}
	if show.Close() != nil {
		a.DropNotes()
	}
	switch {
	case err != nil:
		return err
	case a.JSON:
		err = a.PrintJSON(v)
	default:
		view.PrintCheck(&a.Console, v, d)
	}
	return cmp.Or(err, v.Err(d))
}

// openPreparation returns the preparation of a certificate and its signed bytes; nil if there is none.
func (a *app) openPreparation(o checkOptions, cert []byte) (*certify.Preparation, []byte, error) {
	path := o.preparation
	if path == "" {
		path = prepare.Path(o.cert)
	}
	signed, err := cli.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && o.preparation == "" {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	pin, err := a.pin(o.pinOptions)
	if err != nil {
		return nil, nil, err
	}
	p, err := audit.OpenPreparation(signed, cert, pin.Key)
	if err != nil {
		return nil, nil, message.Errorf("%s: %w", path, err)
	}
	return p, signed, nil
}

// openCertificate verifies a certificate with what the options name, or with this station's key.
func (a *app) openCertificate(path string, o pinOptions) (cert *certify.Certificate, signed []byte, err error) {
	pin, err := a.pin(o)
	if err != nil {
		return nil, nil, err
	}
	if signed, err = cli.ReadFile(path); err != nil {
		return nil, nil, err
	}
	if cert, err = audit.OpenCertificate(signed, pin); err != nil {
		return nil, nil, message.Errorf("%s: %w", path, err)
	}
	return cert, signed, nil
}
