package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/certs"
	"rasure/cmd/internal/check"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/prepare"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

type checkOptions struct {
	pinOptions
	cert, verify, preparation, progress string
}

func newCheckCmd(a *app) *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check DISK... [--cert FILE]",
		Short: "Read disks again and compare them with their certificates",
		Long: `Read disks again, side by side, and compare every byte with what their certificates state. Nothing is written. A certificate
is verified first, with the station card or key given, or with this station's key. Without --cert it is the newest one
in this station's log about the disk; the output says which.

Blocks that could not be written, by the certificate, are read too, and the output says what they hold; the exit status
is then 3. If the disk was prepared for re-use (rasure prepare), the blocks of partition table and file system are made
again from the signed preparation and compared.

` + severalHelp + `

Example: rasure check sdb sdc
  rasure check sdb --cert USBSTICK01-20260102T030405Z.cert`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkShow(o.progress); err != nil {
				return err
			}
			return a.runCheck(cmd.Context(), args, o)
		},
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

func (o *checkOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate (default: the newest one in the log about the disk)")
	o.pinOptions.AddFlags(c)
	c.Flags().StringVar(&o.preparation, "preparation", "", "the signed preparation (default: the file next to the certificate that ends in .preparation)")
	c.Flags().StringVar(&o.verify, "verify", string(wipe.Full), "what is read: full or sample")
	showFlag(c, &o.progress)
}

func (a *app) runCheck(ctx context.Context, disks []string, o checkOptions) error {
	mode := wipe.VerifyMode(o.verify)
	if mode != wipe.Full && mode != wipe.Sample {
		return fault.WithHint(fault.Usagef("--verify: unknown verification %q", o.verify), "use full or sample")
	}
	if len(disks) > 1 && (o.cert != "" || o.preparation != "") {
		return fault.Usage(message.New("--cert and --preparation are for one disk: without them the log has the newest certificate of each"))
	}
	h := a.liveHost()
	all := []*comparing{}
	for _, arg := range disks {
		c := &comparing{arg: arg, h: h}
		if c.err = a.openComparison(ctx, c, o); c.port != nil {
			defer c.port.Close()
		}
		all = append(all, c)
	}
	a.compare(ctx, h, all, mode, o.progress)
	results := []result{}
	for _, c := range all {
		var value any
		if c.read {
			value = c.v
		}
		results = append(results, newResult(c.arg, value, func() { view.PrintCheck(&a.Console, c.v, c.disk) }, c.err))
	}
	if len(results) == 1 {
		return a.printOne(results[0])
	}
	if !a.JSON {
		for _, r := range results {
			a.printOneOf(r, true)
		}
	}
	return a.printSeveral(results, len(results), listing{count: func(all, good int) message.Text {
		return message.Of("equal to their certificates: %d of %d disks", good, all)
	}})
}

// comparing is a disk that is compared with its certificate.
type comparing struct {
	arg        string
	h          *devices.Host
	disk       devices.Disk
	port       devices.Port // nil: not opened
	comparison *check.Comparison
	v          check.Result
	read       bool // to its end, so that v says how it compares
	err        error
}

// compare reads the disks that were opened, side by side.
func (a *app) compare(ctx context.Context, h *devices.Host, all []*comparing, mode wipe.VerifyMode, display string) {
	show := a.newProgress(h, display, progress.Comparison)
	numbers := map[*comparing]int{}
	for _, c := range all {
		if c.err == nil {
			numbers[c] = show.Add(c.disk)
		}
	}
	if len(numbers) == 0 {
		return
	}
	show.Start()
	var group sync.WaitGroup
	for c, n := range numbers {
		group.Go(func() {
			v, err := c.comparison.Run(ctx, c.port, c.disk, mode, func(e wipe.Event) { show.Update(n, e) })
			switch {
			case errors.Is(err, fault.ErrInterrupted):
				show.End(n, wipe.Interrupted)
			case err != nil || !v.Valid:
				show.End(n, wipe.Failed)
			default:
				show.End(n, wipe.Verified)
			}
			v.Certificate, v.Index = c.v.Certificate, c.v.Index
			c.v, c.read, c.err = v, err == nil, cmp.Or(err, v.Err(c.disk))
		})
	}
	group.Wait()
	if show.Close() != nil {
		a.DropNotes()
	}
}

// openComparison finds a disk and its certificate, and opens the disk to read it.
func (a *app) openComparison(ctx context.Context, c *comparing, o checkOptions) (err error) {
	var cert *certify.Certificate
	var prepared *certify.Preparation
	var signed, statement []byte
	c.v.Certificate, c.v.Index = o.cert, -1
	if o.cert != "" {
		if cert, signed, err = a.openCertificate(o.cert, o.pinOptions); err == nil {
			prepared, statement, err = a.openPreparation(o, signed)
		}
		if err != nil {
			return err
		}
	}
	if c.disk, err = c.h.Find(c.arg); err != nil {
		return err
	}
	if cert == nil {
		found, log, err := a.newestCertificate(ctx, c.h, c.disk, o.pinOptions)
		if err == nil && o.preparation == "" {
			prepared, statement, err = log.Preparation(ctx, found)
		} else if err == nil {
			prepared, statement, err = a.openPreparation(o, found.Signed)
		}
		if err != nil {
			return err
		}
		cert, c.v.Certificate, c.v.Index = found.Certificate, found.File(a.certificateDirs()...), found.Index
	}
	if c.comparison, err = check.New(cmp.Or(c.v.Certificate, "certificate "+cert.ID), cert, prepared, statement); err != nil {
		return err
	}
	if c.disk, err = certs.Attached(c.h, c.disk, cert); err != nil {
		return fault.NotVerified(err)
	}
	if err := audit.CheckDisk(cert.Disk, issue.DiskOf(c.disk, issue.Facts{})); err != nil {
		return fault.NotVerified(err)
	}
	c.port, err = c.h.OpenRead(ctx, c.disk)
	return err
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
