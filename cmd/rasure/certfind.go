package main

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/certs"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

func newCertFindCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "find SERIAL|NUMBER|DAY",
		Short: "Find certificates in the log",
		Long: `Find certificates in this station's log: by the serial number of the disk, by the number of the medium in the register,
both in any case of the letters, or by the day on which the erasure ended (2026-01-02, today or yesterday, in the
station's time zone). The log is verified on the way. FILE is the certificate's file if it is in the directory for
certificates, the state directory or the current directory.`,
		Example: "rasure cert find USBSTICK01\nrasure cert find today --json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runCertFind(cmd.Context(), args[0]) },
	})
}

// foundCertificate is a certificate as cert find --json shows it.
type foundCertificate struct {
	Index       int64     `json:"index"` // in the log
	ID          string    `json:"id"`
	Ended       time.Time `json:"ended"`
	Disk        string    `json:"disk"` // kernel name then, or the base name of an image file
	Serial      string    `json:"serial"`
	Model       string    `json:"model"`
	Size        int64     `json:"size_bytes"`
	Medium      string    `json:"medium"` // its number in the register; "" if it had none
	Outcome     string    `json:"outcome"`
	Level       string    `json:"level_achieved"`
	Operator    string    `json:"operator"`
	Certificate string    `json:"certificate"` // path; "" if the file was not found
}

func (a *app) runCertFind(ctx context.Context, query string) error {
	log, err := a.certLog(pinOptions{})
	if err != nil {
		return err
	}
	q := certs.ParseQuery(query, now().In(a.settings.Location()))
	found, err := log.Search(ctx, q)
	if err != nil {
		return err
	}
	if len(found.Certificates) == 0 {
		return found.None()
	}
	all := []foundCertificate{}
	rows := [][]string{a.Heading(message.Of("ENTRY"), message.Of("ENDED"), message.Of("DISK"), message.Of("MEDIUM"), message.Of("OUTCOME"), message.Of("FILE"))}
	for _, c := range found.Certificates {
		v := foundCertificate{Index: c.Index, ID: c.ID, Ended: c.Ended, Disk: c.Disk.Node.Name, Serial: c.Disk.Serial, Model: c.Disk.Model, Size: c.Disk.Size, Outcome: c.Outcome, Level: c.Level,
			Operator: c.Operator, Certificate: c.File(a.certificateDirs()...)}
		if c.Register != nil {
			v.Medium = c.Register.Number
		}
		all = append(all, v)
		rows = append(rows, []string{strconv.FormatInt(c.Index, 10), a.Local(c.Ended), devices.Printable(cmp.Or(c.Disk.Serial, c.Disk.Node.Name)),
			cli.Dash(v.Medium), progress.Verdict(wipe.Outcome(c.Outcome)).In(a.Lang), cli.Dash(v.Certificate)})
	}
	if a.JSON {
		return a.PrintJSON(all)
	}
	a.Table(rows)
	return nil
}

// certLog reads the log of this station. Its certificates are verified by what the options name, or by this station's key.
func (a *app) certLog(o pinOptions) (certs.Log, error) {
	pin, err := a.pin(o)
	if err != nil {
		return certs.Log{}, err
	}
	s, err := station.ReadLog(a.stateDir, func(err error) {
		a.Note("The TPM was not asked (%v): if the newest entries were cut off, nobody notices it here.\n", err)
	})
	return certs.Log{Snapshot: s, Pin: pin}, err
}

// newestCertificate finds the newest certificate of a disk in this station's log, and says which it is.
func (a *app) newestCertificate(ctx context.Context, h *devices.Host, d devices.Disk, o pinOptions) (certs.Found, certs.Log, error) {
	log, err := a.certLog(o)
	if err != nil {
		return certs.Found{}, log, fault.WithHint(message.Errorf("--cert is missing: %w", err), "give the certificate: --cert FILE")
	}
	found, err := log.Newest(ctx, h, d)
	if err == nil {
		a.Note("%s: the certificate is %s, entry %d of the log, of %s\n", devices.Printable(d.Name), found.ID, found.Index,
			a.Local(found.Ended))
	}
	return found, log, err
}

// certificateDirs are the directories in which the files of certificates are looked for.
func (a *app) certificateDirs() []string {
	dirs := []string{a.statePath(station.CertificateDir), "."}
	if a.settings.Out != "" {
		dirs = append([]string{a.settings.Out}, dirs...)
	}
	return dirs
}
