package main

import (
	"os"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/station"
)

func newCaptureTPMCmd(a *app) *cobra.Command {
	var address, out string
	c := &cobra.Command{
		Use:   "capture-tpm",
		Short: "Write down what this computer's TPM answers",
		Long: `Ask the TPM of this computer what it is, and for everything that enrolment reads of it, and write the commands and the answers
into a file, for the developers of rasure: no TPM of this kind may have met rasure yet. Only commands that read are sent, and
nothing is added to a log. It needs no station.

What identifies the TPM is masked: keys, serial numbers and signatures in its certificates. The maker of the computer, the
model of the TPM, and the names and addresses in certificates stay. Look through the file before you pass it on. The file
certify/tpm/REAL.md of the source says what else is useful.`,
		Example: "rasure station capture-tpm --out tpm.txt",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runCaptureTPM(address, out) },
	}
	c.Flags().StringVar(&address, "tpm", station.DefaultTPM, "the TPM: /dev/tpmrm0 or unix:SOCKET")
	c.Flags().StringVarP(&out, "out", "o", "", "file to write (default: stdout)")
	return c
}

func (a *app) runCaptureTPM(address, out string) error {
	text, about, err := station.CaptureTPM(address, os.DirFS("/"), station.Version)
	if err != nil {
		return err
	}
	a.Note("TPM %s %s, firmware %s: look through the capture before you pass it on\n", about.Manufacturer, about.Vendor, about.Firmware)
	return a.writeOut(out, []byte(text))
}
