package checks

import (
	"strings"

	"rasure/certify/audit"
	"rasure/certify/statement"
)

// Enrolled says who has shown that the key is in a TPM, in which, and on which roots.
func (l *Lines) Enrolled(all []*audit.Enrolled) {
	for _, e := range all {
		l.Printf("enrolled   entry %d: by %s on %s, until %s\n", e.Index, statement.Visible(strings.Join(e.By, ", ")), l.local(e.At), e.Until)
		l.Printf("           TPM %s %s, firmware %s; endorsement key %s\n", statement.Visible(e.Manufacturer), statement.Visible(e.Model), statement.Visible(e.Firmware), Short(e.EK))
		for _, root := range e.Roots {
			if e.Compared {
				l.Printf("           its certificate leads to the root %s, and to one of yours\n", Short(root))
			} else {
				l.Printf("           its certificate leads to the root %s, by the word of the authority\n", Short(root))
			}
		}
		if e.Emulator {
			l.Printf("           the TPM is a program, by its own word or that of its certificate: who can copy its files can copy the key\n")
		}
		l.Printf("           checked: %s\n", statement.Visible(strings.Join(e.Checked, ", ")))
	}
}
