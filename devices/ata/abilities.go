package ata

import (
	"context"
	"encoding/binary"
	"time"
)

const (
	opIdentify = 0xec

	maxSector = 1 << 47 // our choice; no field of ATA holds more than twice as much
)

// Abilities are the erases that IDENTIFY DEVICE reports, with their state.
type Abilities struct {
	Sectors  uint64 // logical sectors that can be addressed now
	Sector   int64  // bytes in one
	Extended bool   // 48-bit commands, without which a drive has no sanitize
	HPA      bool   // host protected area feature set, word 82 bit 10
	HPAOff   bool   // it is switched off, word 85 bit 10: the drive aborts its commands
	DCO      bool   // device configuration overlay feature set, word 83 bit 11
	AMAC     bool   // accessible max address configuration feature set, word 119 bit 8
	Trusted  bool   // trusted computing feature set, word 48 bit 0
	Sanitize bool   // word 59 bit 12, and which of them:
	Crypto   bool   // bit 13
	Rewrite  bool   // bit 14, overwrite
	Block    bool   // bit 15
	Security Security
}

// Security is the state of the security feature set, word 128, and the drive's estimates, words 89 and 90.
type Security struct {
	Supported, Enabled, Locked, Frozen bool
	Expired                            bool // too many wrong passwords: it accepts none until a power cycle
	Enhanced                           bool // it can do the enhanced erase
	MasterMaximum                      bool // the master password can erase only, not unlock
	Takes, EnhancedTakes               time.Duration
}

// IdentifyDrive asks the drive itself, now: the copy that a translation layer hands out may be old.
func IdentifyDrive(ctx context.Context, t Transport) ([]byte, error) {
	b := make([]byte, 512)
	_, err := t.Do(ctx, Command{Opcode: opIdentify, Count: 1, Protocol: PIOIn, Data: b})
	return b, err
}

// ParseAbilities reads the 512 bytes of IDENTIFY DEVICE data. Data whose word 83 is not marked as valid are
// refused: a buffer of zeros would mean that security is off, as after a successful erase.
func ParseAbilities(b []byte) (Abilities, error) {
	if _, err := ParseIdentify(b); err != nil {
		return Abilities{}, err
	}
	word := func(i int) uint16 { return binary.LittleEndian.Uint16(b[2*i:]) }
	bit := func(i, n int) bool { return word(i)&(1<<n) != 0 }
	marked := func(i int) bool { return word(i)&0xc000 == 0x4000 } // bits 15:14 are 01b
	if !marked(83) && word(0) == compactFlash {                    // a card that reports no feature sets
		return Abilities{Sectors: uint64(word(60)) | uint64(word(61))<<16, Sector: 512}, nil
	}
	if !marked(83) {
		return Abilities{}, errIdentify
	}
	if word(59) == 0xffff { // not filled in, ACS-4 7.13.6.24
		b = append([]byte{}, b...)
		binary.LittleEndian.PutUint16(b[2*59:], 0)
	}
	a := Abilities{
		Extended: bit(83, 10), HPA: bit(82, 10), HPAOff: marked(87) && bit(82, 10) && !bit(85, 10), DCO: bit(83, 11),
		Trusted:  marked(48) && bit(48, 0),
		AMAC:     bit(86, 15) && marked(119) && bit(119, 8),
		Sanitize: bit(59, 12), Crypto: bit(59, 13), Rewrite: bit(59, 14), Block: bit(59, 15),
		Sectors: uint64(word(60)) | uint64(word(61))<<16, Sector: 512,
		Security: Security{
			Supported: bit(128, 0), Enabled: bit(128, 1), Locked: bit(128, 2), Frozen: bit(128, 3), Expired: bit(128, 4),
			Enhanced: bit(128, 5), MasterMaximum: bit(128, 8), Takes: eraseTime(word(89)), EnhancedTakes: eraseTime(word(90)),
		},
	}
	if a.Extended {
		a.Sectors = binary.LittleEndian.Uint64(b[200:])
	}
	if bit(53, 1) && bit(69, 3) { // word 53 bit 1: words 64 to 70 are valid
		a.Sectors = binary.LittleEndian.Uint64(b[460:]) // words 230 to 233
	}
	if marked(106) && bit(106, 12) {
		a.Sector = 2 * (int64(word(117)) | int64(word(118))<<16)
	}
	// Such a drive does not exist, and its size in bytes must not overflow.
	if a.Sector < 512 || a.Sector > 1<<15 || a.Sectors > maxSector {
		return Abilities{}, errIdentify
	}
	return a, nil
}

// eraseTime reads words 89 and 90, ACS-4 7.13.6.42: two-minute units in 15 bits where bit 15 is set, else in 8 bits. All ones
// mean "longer than the number before". 0 is not given.
func eraseTime(w uint16) time.Duration {
	n := w & 0xff
	if w&0x8000 != 0 {
		n = w & 0x7fff
	}
	return time.Duration(n) * 2 * time.Minute
}

// Bytes returns the state for a record: one bit for each of supported, enabled, locked, frozen, expired and enhanced, as word 128
// has them.
func (s Security) Bytes() []byte {
	b := byte(0)
	for i, set := range []bool{s.Supported, s.Enabled, s.Locked, s.Frozen, s.Expired, s.Enhanced} {
		if set {
			b |= 1 << i
		}
	}
	return []byte{b}
}
