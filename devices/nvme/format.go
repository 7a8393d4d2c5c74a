package nvme

import (
	"fmt"
	"time"
)

// EraseSetting is SES of Format NVM, Base 2.1, 5.1.10. 0 would erase nothing, and cannot be asked for here.
type EraseSetting uint8

const (
	EraseUser   EraseSetting = 1 // user data: by overwriting, by erasing blocks, or by the key, as the drive likes
	EraseCrypto EraseSetting = 2 // the key that user data is encrypted with
)

const opFormat = 0x80

// formatTimeout is our choice: when it runs out, the kernel resets the controller in the middle of a format, and drives
// have not survived that. The drive answers when it is done.
const formatTimeout = 24 * time.Hour

// Format makes the Format NVM command that erases a namespace and keeps its block size, metadata and protection as they are.
// It panics at any setting but the two that erase.
func Format(nsid uint32, n Namespace, s EraseSetting) Command {
	if s != EraseUser && s != EraseCrypto {
		panic(fmt.Sprintf("nvme: SES %d does not erase", s))
	}
	cdw10 := uint32(n.Format&0x0f) | uint32(n.Format>>4&0x03)<<12 | uint32(n.Protection&0x07)<<5 | uint32(s)<<9
	if n.Extended {
		cdw10 |= 1 << 4
	}
	if n.ProtectionTop {
		cdw10 |= 1 << 8
	}
	return Command{Opcode: opFormat, NSID: nsid, CDW: [6]uint32{cdw10}, Timeout: formatTimeout}
}
