package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rasure/certify/boot"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

func newImageCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "image", Short: "Images that boot", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newImagePredictCmd(a))
	return c
}

func newImagePredictCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "predict UKI",
		Short: "Compute the PCRs of a machine that boots an image",
		Long: `Compute what the TPM of a machine has in PCRs 4, 11, 12 and 13 of its SHA-256 bank when it has booted an image: a unified
kernel image with systemd-stub 252 or 253. PCR 4 depends on whether Secure Boot is on. It is other than predicted if the
firmware started something else before the image, such as a boot loader or a boot entry that failed. No TPM is needed.`,
		Example: "rasure image predict rasure.efi",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.runImagePredict(args[0]) },
	})
}

func (a *app) runImagePredict(path string) error {
	data, err := durable.ReadFile(path, boot.MaxImage)
	if errors.Is(err, durable.ErrTooLong) {
		return fault.NotVerified(err)
	}
	if err != nil {
		return err
	}
	p, err := boot.Predict(data)
	if err != nil {
		return fault.NotVerified(message.Errorf("%s: %w", path, err))
	}
	if a.JSON {
		return a.PrintJSON(p)
	}
	const width = 24
	a.Field(width, message.Of("stub"), "%s", p.Stub)
	a.Field(width, message.Of("image, Authenticode"), "%s", p.Image)
	a.Field(width, message.Of("kernel, Authenticode"), "%s", p.Kernel)
	a.Field(width, message.Of("PCR 4, Secure Boot off"), "%s", p.PCR4.Off)
	a.Field(width, message.Of("PCR 4, Secure Boot on"), "%s", p.PCR4.On)
	a.Field(width, message.Of("PCR 11"), "%s", p.PCR11)
	a.Field(width, message.Of("PCR 12"), "%s", p.PCR12)
	a.Field(width, message.Of("PCR 13"), "%s", p.PCR13)
	return nil
}
