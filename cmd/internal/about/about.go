// Package about collects what software runs on this workstation, and what its TPM measured when the machine started.
package about

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/devices"
)

// imageFile lists what rasure's boot image consists of. No other system has it.
const imageFile = "etc/rasure/image"

// registers are the PCRs that say what was started: 4 programs, 7 Secure Boot, 11 to 13 the image and what was added to it.
var registers = []int{4, 7, 11, 12, 13}

// About is the software of a workstation.
type About struct {
	Tool  certify.Tool
	Image []string // name and version of each part of the boot image, without control characters; nil: the machine runs from something else
	PCRs  []PCR    // of the SHA-256 bank; nil: the kernel shows no TPM 2.0
}

// PCR is a register of the TPM as the kernel showed it.
type PCR struct {
	Index int
	Value string // SHA-256 in hexadecimal digits
}

// Read reads what the machine whose files root has says about itself; tool is this program. A register that cannot be read is an error.
func Read(root fs.FS, tool certify.Tool) (About, error) {
	a := About{Tool: tool}
	if text, err := fs.ReadFile(root, imageFile); err == nil {
		for line := range strings.Lines(string(text)) {
			a.Image = append(a.Image, devices.Printable(strings.TrimSpace(line)))
		}
	}
	const bank = "sys/class/tpm/tpm0/pcr-sha256"
	if _, err := fs.Stat(root, bank); err != nil {
		return a, nil
	}
	for _, n := range registers {
		text, err := fs.ReadFile(root, fmt.Sprintf("%s/%d", bank, n))
		if err != nil {
			return a, message.Errorf("reading PCR %d: %w", n, err)
		}
		a.PCRs = append(a.PCRs, PCR{n, strings.ToLower(devices.Printable(strings.TrimSpace(string(text))))})
	}
	return a, nil
}

// Lines is the page for people.
func (a About) Lines(lang message.Language) []string {
	in := func(format string, args ...any) string { return message.Of(format, args...).In(lang) }
	lines := []string{
		in("This program: rasure %s, %s", a.Tool.Version, a.Tool.Go),
		"  SHA-256 " + a.Tool.BinarySHA256,
		"",
	}
	if a.PCRs == nil {
		lines = append(lines, in("Measured at the start: nothing. The kernel shows no TPM 2.0."))
	} else {
		lines = append(lines, in("Measured at the start (PCRs, SHA-256):"))
		for _, p := range a.PCRs {
			lines = append(lines, fmt.Sprintf("  %2d  %s", p.Index, p.Value))
		}
		if a.Image != nil {
			lines = append(lines, in("Compare 4, 11, 12 and 13 with what rasure image predict says of the image. 7 depends on the computer."))
		}
	}
	if a.Image == nil {
		return lines
	}
	lines = append(lines, "", in("Boot image:"))
	for part := range slices.Values(a.Image) {
		lines = append(lines, "  "+part)
	}
	return lines
}
