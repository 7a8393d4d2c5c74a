package fault

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"rasure/certify/tpm"
	"rasure/cmd/internal/suggest"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs"
	"rasure/wipe"
)

// HintOf returns the outermost hint of err, or what an error of a lower layer says of itself.
func HintOf(err error) (message.Text, bool) {
	var h Hint
	if errors.As(err, &h) {
		return h.Text, true
	}
	text := natural(err)
	return text, !text.IsZero()
}

// natural is what to do about an error by its kind; zero if nothing is known.
func natural(err error) message.Text {
	var (
		hinter  interface{ Hint() message.Text }
		missing *devices.NotFoundError
	)
	switch {
	case errors.As(err, &missing):
		if near := suggest.Disks(missing.Arg, missing.Disks); len(near) > 0 {
			return message.Of("did you mean %s?", strings.Join(near, ", "))
		}
		return message.Of("rasure list shows the disks attached now")
	case errors.Is(err, devices.ErrNotFound):
		return message.Of("rasure list shows the disks attached now")
	case errors.Is(err, wipe.ErrPurgeUnavailable):
		return message.Of("no weaker method is used: fix the cause, or destroy the disk")
	case errors.Is(err, tpm.ErrMissing):
		return message.Of("without a TPM, rasure station init --key software keeps the key in a file: weaker, and every certificate says so")
	case errors.Is(err, logs.ErrCutBack):
		return message.Of("bring back the newest state directory that there is: an older one, or a copy, cannot continue the log (README: Backup, move, dead TPM)")
	case errors.As(err, &hinter):
		return hinter.Hint()
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		return message.Of("you are not root: run it with sudo")
	}
	return message.Text{}
}
