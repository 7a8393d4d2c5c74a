package tcg

import (
	"fmt"
	"os"
	"unsafe"

	"rasure/devices/ioctl"
)

// Linux, include/uapi/linux/sed-opal.h.
const ioctlPSIDRevert = 0x410870e8

// key is struct opal_key.
type key struct {
	lockingRange uint8
	keyLen       uint8
	keyType      uint8 // 0: the key is in this struct; a byte of padding before Linux 6.6
	_            [5]byte
	key          [256]byte
}

// RevertPSID has the kernel revert the drive whose whole-disk node is open: the key of all that is on it is changed, every
// lock and every owner is gone. It needs CAP_SYS_ADMIN, and CONFIG_BLK_SED_OPAL in the kernel, whose answer without it is
// ENOTTY; EOPNOTSUPP means that the kernel found no Opal drive behind the node.
//
// A *[StatusError] is the drive's refusal.
func RevertPSID(f *os.File, psid string) error {
	if err := CheckPSID(psid); err != nil {
		return err
	}
	k := &key{keyLen: PSIDSize}
	defer clear(k.key[:])
	copy(k.key[:], psid)
	status, err := ioctl.Do(f, ioctlPSIDRevert, unsafe.Pointer(k))
	switch {
	case err != nil:
		return fmt.Errorf("IOC_OPAL_PSID_REVERT_TPR: %w", err)
	case status != 0: // positive: the drive's answer, not the kernel's
		return &StatusError{uint8(status)}
	}
	return nil
}
