package mmc

import (
	"encoding/binary"
	"time"

	"rasure/cmd/message"
)

// ExtCSD is what the EXT_CSD register, JESD84-B51A 7.4, says of a drive and of its areas.
type ExtCSD struct {
	Revision        uint8  // byte 192: 5 is 4.41, 6 4.5, 7 5.0, 8 5.1
	Sectors         uint32 // SEC_COUNT, bytes 212 to 215: of the user area
	SectorAddresses bool   // addresses count sectors: drives of more than 2 GiB; else bytes

	Sanitize bool // SEC_FEATURE_SUPPORT, byte 231
	Trim     bool
	Secure   bool // secure erase and secure trim, which 5.1 has given up

	EraseGroup   int64         // bytes, HC_ERASE_GRP_SIZE, byte 224; 0 if that unit is not in use (ERASE_GROUP_DEF, byte 175)
	EraseTimeout time.Duration // of one erase group, ERASE_TIMEOUT_MULT, byte 223
	ErasedOnes   bool          // ERASED_MEM_CONT, byte 181: erased memory reads as ones, else as zeros
	Removal      uint8         // SECURE_REMOVAL_TYPE, byte 16

	Boot         int64         // bytes of each of the two boot areas, BOOT_SIZE_MULT, byte 226
	BootWP       [2]Protection // BOOT_WP_STATUS, byte 174
	Replay       int64         // bytes of the replay protected memory block, RPMB_SIZE_MULT, byte 168; no command erases it
	General      [4]int64      // bytes of the general purpose areas, GP_SIZE_MULT, bytes 143 to 154
	Partitioned  bool          // PARTITION_SETTING_COMPLETED, byte 155: the sizes above are in force
	CacheSectors uint32        // CACHE_SIZE, bytes 249 to 252, in units of 1024 bits as the register has it

	LifeA, LifeB uint8 // DEVICE_LIFE_TIME_EST_TYP_A and B, bytes 268 and 269: tenths of its life that are used, 1 up to 10 %, 11 more than all; 0 not reported
	EndOfLife    uint8 // PRE_EOL_INFO, byte 267: 1 normal, 2 80 % of the reserved blocks are used, 3 90 %; 0 not reported

	Raw [extCSDSize]byte // as the drive sent it
}

// Protection is a boot area's write protection.
type Protection uint8

const (
	Unprotected    Protection = 0
	UntilPowerOff  Protection = 1
	ForEver        Protection = 2
	ProtectionOdd  Protection = 3 // reserved
	sizeUnit                  = 128 << 10
	eraseUnit                 = 512 << 10
	timeoutUnit               = 300 * time.Millisecond
	lastByteSector            = 2 << 30 / sector
	revision50                = 7 // EXT_CSD_REV of eMMC 5.0
)

var errExtCSD = message.New("malformed EXT_CSD")

// ParseExtCSD reads the 512 bytes of the register. One that says nothing (a revision and size of zero) is an error: what was
// not read must not look like a drive without areas.
func ParseExtCSD(b []byte) (ExtCSD, error) {
	if len(b) != extCSDSize || b[192] == 0 || binary.LittleEndian.Uint32(b[212:]) == 0 {
		return ExtCSD{}, errExtCSD
	}
	c := ExtCSD{
		Revision: b[192], Sectors: binary.LittleEndian.Uint32(b[212:]),
		Sanitize: b[231]&0x40 != 0, Trim: b[231]&0x10 != 0, Secure: b[231]&0x01 != 0,
		EraseTimeout: time.Duration(b[223]) * timeoutUnit, ErasedOnes: b[181]&0x01 != 0, Removal: b[16],
		Boot: int64(b[226]) * sizeUnit, BootWP: [2]Protection{Protection(b[174] & 0x03), Protection(b[174] >> 2 & 0x03)},
		Replay: int64(b[168]) * sizeUnit, Partitioned: b[155]&0x01 != 0, CacheSectors: binary.LittleEndian.Uint32(b[249:]),
	}
	c.SectorAddresses = c.Sectors > lastByteSector
	group := int64(b[224]) * eraseUnit
	if b[175]&0x01 != 0 {
		c.EraseGroup = group
	}
	if c.Partitioned {
		for i := range c.General {
			g := b[143+3*i:]
			c.General[i] = (int64(g[0]) | int64(g[1])<<8 | int64(g[2])<<16) * int64(b[221]) * group // HC_WP_GRP_SIZE
		}
	}
	if c.Revision >= revision50 { // reserved before
		c.LifeA, c.LifeB, c.EndOfLife = b[268], b[269], b[267]
	}
	copy(c.Raw[:], b)
	return c, nil
}
