package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/cmd/internal/approve"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

type approveOptions struct {
	key, shim, seen, card, evidence, out string
	programs                             []string
	version                              uint64
}

func newImageApproveCmd(a *app) *cobra.Command {
	var o approveOptions
	c := &cobra.Command{
		Use:   "approve UKI --key KEY --version N",
		Short: "Approve an image for stations whose keys are bound",
		Long: `Approve an image: a station whose key is bound to yours (rasure station init --bound) signs only in a machine that has
started an approved image, with its own command line. The approval has one boot with Secure Boot off and one with it on.
The key is a P-256 key in PEM. Keep it away from stations.

With --shim the firmware starts shim, and shim the image. Both boots, with Secure Boot off and on, were compared with an
emulated machine and Debian's shim 16.1, and with no real one. Other programs that run before the image change PCR 4 too: boot entries that fail, or
what a vendor put into the firmware. For such a machine the office approves what it saw: --seen is a boot statement of a
station on that machine (rasure station boot, rasure log entry), and --station its card. This image must have run last,
with nothing added. An event log that was too long for its entry is a file that the station kept: --evidence is the
directory with it.

The programs are printed. Name each one that ran before the image with --program; find out first what it is. Do not
approve a boot loader that can start other systems: root there can add what the image measures.

An approval is good for every station whose key is bound to yours. A station can retire all images of a lower version:
rasure station approve --retire-older. No TPM is needed.`,
		Example: "rasure image approve rasure.efi --key publisher.key --version 7 --out rasure.approval",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runImageApprove(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.key, "key", "", "private key of the publisher or the office: P-256, PEM")
	c.Flags().Uint64Var(&o.version, "version", 0, "version of the image: 1 or more, higher than that of the image before")
	c.Flags().StringVar(&o.shim, "shim", "", "program that the firmware starts, and that starts the image")
	c.Flags().StringVar(&o.seen, "seen", "", "boot statement of a machine, whose boot is approved in the place of the others")
	c.Flags().StringVar(&o.card, "station", "", "with --seen: the station card")
	c.Flags().StringVar(&o.evidence, "evidence", "", "with --seen: directory with the event logs that the station kept")
	c.Flags().StringArrayVar(&o.programs, "program", nil, "with --seen: Authenticode hash of a program that may run before the image; can be repeated")
	c.Flags().StringVarP(&o.out, "out", "o", "", "file to write (default: stdout)")
	return c
}

func (a *app) runImageApprove(ctx context.Context, path string, o approveOptions) error {
	if o.key == "" {
		return fault.Usagef("--key is missing: the private key of the publisher or the office")
	}
	if o.seen == "" && (o.card != "" || o.evidence != "" || len(o.programs) > 0) {
		return fault.Usagef("--station, --evidence and --program need --seen")
	}
	what := approve.Options{Version: o.version}
	for _, hash := range o.programs {
		var program boot.Digest
		if err := program.UnmarshalText([]byte(hash)); err != nil {
			return fault.Usagef("--program: %w", err)
		}
		what.Programs = append(what.Programs, program)
	}
	text, err := cli.ReadFile(o.key)
	if err != nil {
		return err
	}
	key, err := approve.ParseKey(text)
	if err != nil {
		return message.Errorf("%s: %w", o.key, err)
	}
	if what.Image, err = readImage(path); err != nil {
		return err
	}
	if o.shim != "" {
		if what.Shim, err = readProgram(o.shim); err != nil {
			return err
		}
	}
	if o.seen != "" {
		if what.Seen, err = a.readSeen(ctx, o, what.Image); err != nil {
			return err
		}
	}
	file, err := approve.Approve(key, what)
	if err != nil {
		return err
	}
	return a.writeOut(o.out, []byte(file))
}

// readSeen opens a boot statement, and prints what the firmware started.
func (a *app) readSeen(ctx context.Context, o approveOptions, image *boot.Prediction) (*audit.OneBoot, error) {
	if o.card == "" {
		return nil, fault.Usagef("--station is missing: the card of the station that made the boot statement")
	}
	pin, err := readCard(o.card)
	if err != nil {
		return nil, err
	}
	signed, err := cli.ReadFile(o.seen)
	if err != nil {
		return nil, err
	}
	evidence, err := readEvidence(ctx, o.evidence)
	if err != nil {
		return nil, err
	}
	seen, err := audit.OpenBoot(signed, pin, evidence)
	if err != nil {
		return nil, message.Errorf("%s: %w", o.seen, err)
	}
	for _, p := range seen.Programs {
		switch p {
		case image.Image:
			a.Note("started: %s, the image\n", p)
		case image.Kernel:
			a.Note("started: %s, the kernel of the image\n", p)
		default:
			a.Note("started: %s\n", p)
		}
	}
	return seen, nil
}
