package main

import (
	"bufio"
	"context"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/tcg"
)

// freesDrive reports whether a drive is to be freed with its PSID.
func (o *wipeOptions) freesDrive() bool { return o.psid || o.psidFile != "" }

// readPSID reads the PSID out of the file, or asks for it. It is never on the command line, which others on the machine can read.
func (a *app) readPSID(ctx context.Context, disks []string, o wipeOptions) (devices.Secret, error) {
	var typed string
	switch {
	case o.psidFile != "":
		text, err := cli.ReadFile(o.psidFile)
		if err != nil {
			return "", err
		}
		typed = string(text)
	case o.psid:
		a.Note("PSID of %s, as on its label, typed or scanned: ", disks[0])
		var err error
		if typed, err = cli.ReadLine(ctx, bufio.NewReader(a.In)); err != nil {
			return "", err
		}
	default:
		return "", nil
	}
	psid, err := tcg.ParsePSID(typed)
	if err != nil {
		return "", fault.WithHint(fault.Refuse(err), "dashes and blanks do not count; the PSID is printed on the drive, often with a bar code")
	}
	return devices.Secret(psid), nil
}
