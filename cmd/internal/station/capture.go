package station

import (
	"errors"
	"fmt"
	"io/fs"

	"rasure/certify/boot"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
)

// CaptureTPM asks the TPM at an address for what enrolment and boot statements read of it, and notes what the firmware measured. It changes nothing and needs no
// station. program is the version of rasure.
func CaptureTPM(address string, root fs.FS, program string) (text string, about tpm.Description, err error) {
	t, err := tpm.Open(address)
	if errors.Is(err, tpm.ErrMissing) {
		return "", about, fault.Refuse(err)
	}
	if err != nil {
		return "", about, err
	}
	defer t.Close()
	c, err := t.Capture()
	if err != nil {
		return "", about, err
	}
	host := Host(root)
	c.Notes = append(c.Notes, fmt.Sprintf("Linux %s, computer %s %s", orUnknown(host.Kernel), orUnknown(host.Vendor), orUnknown(host.Product)), measured(root))
	return c.Text("rasure "+program, Now()), c.About, nil
}

// measured says what the event log of the firmware is like, for a capture.
func measured(root fs.FS) string {
	events, err := fs.ReadFile(root, eventLogPath)
	if err != nil {
		return "event log: not readable"
	}
	l, err := boot.ReadLog(events)
	if err != nil {
		return fmt.Sprintf("event log: %d bytes, not understood: %v", len(events), err)
	}
	before, separated := 0, false // in PCR 4, before the boot loader
	for _, e := range l.Events {
		separated = separated || e.PCR == 4 && e.Type == boot.EventSeparator
		if e.PCR == 4 && !separated {
			before++
		}
	}
	programs, _ := l.Applications()
	return fmt.Sprintf("event log: %d bytes, %d events, %d in PCR 4 before the separator, %d programs started", len(events), len(l.Events), before, len(programs))
}
