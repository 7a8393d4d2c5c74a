package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

func newImageCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "image", Short: "Images that boot", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newImagePredictCmd(a), newImageApproveCmd(a))
	return c
}

func newImagePredictCmd(a *app) *cobra.Command {
	var options string
	c := a.JSONFlag(&cobra.Command{
		Use:   "predict UKI",
		Short: "Compute the PCRs of a machine that boots an image",
		Long: `Compute what the TPM of a machine has in PCRs 4, 11, 12 and 13 of its SHA-256 bank when it has booted an image: a unified
kernel image with systemd-stub 252 or 253. PCR 4 depends on whether Secure Boot is on. It is other than predicted if the
firmware started something else before the image, such as a boot loader or a boot entry that failed. No TPM is needed.

A program that starts the image can pass it a command line: iPXE passes the name of the file. While Secure Boot is off
the image takes it in the place of its own, and PCR 12 shows it. --options predicts that value.`,
		Example: "rasure image predict rasure.efi",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.runImagePredict(args[0], options) },
	})
	c.Flags().StringVar(&options, "options", "", "command line that the image is started with, while Secure Boot is off")
	return c
}

// readProgram reads a UEFI program.
func readProgram(path string) ([]byte, error) {
	data, err := durable.ReadFile(path, boot.MaxImage)
	if errors.Is(err, durable.ErrTooLong) {
		return nil, fault.NotVerified(err)
	}
	return data, err
}

// readImage predicts what an image gives.
func readImage(path string) (*boot.Prediction, error) {
	data, err := readProgram(path)
	if err != nil {
		return nil, err
	}
	p, err := boot.Predict(data)
	if err != nil {
		return nil, fault.NotVerified(message.Errorf("%s: %w", path, err))
	}
	return p, nil
}

// readImages are the images that an auditor approves, and the program that may start them; "" if the firmware does.
func readImages(paths []string, shim string) (all []audit.Image, err error) {
	var starter []byte
	if shim != "" {
		if len(paths) == 0 {
			return nil, fault.Usagef("--shim needs --image")
		}
		if starter, err = readProgram(shim); err != nil {
			return nil, err
		}
	}
	for _, path := range paths {
		p, err := readImage(path)
		if err != nil {
			return nil, err
		}
		image := audit.Image{Name: path, Prediction: p}
		if starter != nil {
			off, on, err := p.By(starter)
			if err != nil {
				return nil, fault.NotVerified(message.Errorf("%s: %w", shim, err))
			}
			image.ByShim = []boot.Digest{off, on}
		}
		all = append(all, image)
	}
	return all, nil
}

func (a *app) runImagePredict(path, options string) error {
	p, err := readImage(path)
	if err != nil {
		return err
	}
	if err := p.Options(options); err != nil {
		return fault.Usagef("--options: %w", err)
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
