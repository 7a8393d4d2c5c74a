package ata

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

// Commands that find and open what a drive does not address.
const (
	opReadNativeMax28 = 0xf8 // READ NATIVE MAX ADDRESS, ATA8-ACS 7.31
	opSetMax28        = 0xf9 // SET MAX ADDRESS, ATA8-ACS 7.49
	opReadNativeMax   = 0x27 // READ NATIVE MAX ADDRESS EXT, ATA8-ACS 7.32
	opSetMax          = 0x37 // SET MAX ADDRESS EXT, ATA8-ACS 7.50
	opAccessibleMax   = 0x78 // ACCESSIBLE MAX ADDRESS CONFIGURATION, ACS-4 7.1
	opOverlay         = 0xb1 // DEVICE CONFIGURATION, ATA8-ACS 7.9

	featureGetNative = 0x0000
	featureSetMax    = 0x0001
	featureRestore   = 0xc0
	featureIdentify  = 0xc2
)

var errOverlay = message.New("malformed DEVICE CONFIGURATION IDENTIFY data")

// NativeSectors asks for the sectors that a drive has with its host protected area, in logical sectors.
func NativeSectors(ctx context.Context, t Transport) (uint64, error) {
	return maxSectors(ctx, t, Command{Opcode: opReadNativeMax})
}

// NativeSectors28 asks a drive without 48-bit commands.
func NativeSectors28(ctx context.Context, t Transport) (uint64, error) {
	r, err := t.Do(ctx, Command{Opcode: opReadNativeMax28, Protocol: NonData})
	if err != nil {
		return 0, err
	}
	if r == nil || !r.Whole {
		return 0, ErrNoRegisters
	}
	last := r.LBA&0xffffff | uint64(r.Device&0x0f)<<24
	if last == 0 {
		return 0, ErrNoRegisters
	}
	return last + 1, nil
}

// SetNativeSectors28 makes all native sectors of such a drive addressable, as [SetNativeSectors] does.
func SetNativeSectors28(ctx context.Context, t Transport) error {
	sectors, err := NativeSectors28(ctx, t)
	if err != nil {
		return err
	}
	_, err = t.Do(ctx, Command{Opcode: opSetMax28, Count: 1, LBA: sectors - 1, Protocol: NonData})
	return err
}

// AccessibleNativeSectors asks the same of a drive of the later kind.
func AccessibleNativeSectors(ctx context.Context, t Transport) (uint64, error) {
	return maxSectors(ctx, t, Command{Opcode: opAccessibleMax, Feature: featureGetNative})
}

// maxSectors needs all six bytes of the LBA: half of a number would hide an area, or invent one.
func maxSectors(ctx context.Context, t Transport, c Command) (uint64, error) {
	c.Extended, c.Protocol = true, NonData
	r, err := t.Do(ctx, c)
	if err != nil {
		return 0, err
	}
	if r == nil || !r.Whole || r.LBA == 0 || r.LBA >= maxSector {
		return 0, ErrNoRegisters
	}
	return r.LBA + 1, nil
}

// SetNativeSectors makes all native sectors addressable, permanently: READ NATIVE MAX ADDRESS EXT, and directly after it
// SET MAX ADDRESS EXT with the bit that keeps it over a loss of power. A drive accepts that once per power cycle.
func SetNativeSectors(ctx context.Context, t Transport) error {
	sectors, err := NativeSectors(ctx, t)
	if err != nil {
		return err
	}
	_, err = t.Do(ctx, Command{Opcode: opSetMax, Count: 1, LBA: sectors - 1, Extended: true, Protocol: NonData})
	return err
}

// SetAccessibleSectors does the same on a drive of the later kind.
func SetAccessibleSectors(ctx context.Context, t Transport) error {
	sectors, err := AccessibleNativeSectors(ctx, t)
	if err != nil {
		return err
	}
	_, err = t.Do(ctx, Command{Opcode: opAccessibleMax, Feature: featureSetMax, LBA: sectors - 1, Extended: true, Protocol: NonData})
	return err
}

// OverlaySectors asks for the sectors that a drive was made with, whatever overlay lies over that. A drive whose overlay is
// frozen refuses.
func OverlaySectors(ctx context.Context, t Transport) (uint64, error) {
	b := make([]byte, 512)
	if _, err := t.Do(ctx, Command{Opcode: opOverlay, Feature: featureIdentify, Count: 1, Protocol: PIOIn, Data: b}); err != nil {
		return 0, err
	}
	return ParseOverlay(b)
}

// ParseOverlay reads the maximum address in words 3 to 6 of DEVICE CONFIGURATION IDENTIFY data, and returns the number of
// sectors. The checksum must be there and right: a buffer of zeros has been shown as a drive of one sector.
func ParseOverlay(b []byte) (uint64, error) {
	if len(b) != 512 || b[510] != 0xa5 || !checksumRight(b) {
		return 0, errOverlay
	}
	last := binary.LittleEndian.Uint64(b[6:])
	if last == 0 || last >= maxSector {
		return 0, errOverlay
	}
	return last + 1, nil
}

// RestoreOverlay resets a drive to what it was made with: DEVICE CONFIGURATION RESTORE. It refuses while a host protected area
// is set, and where the overlay is frozen.
func RestoreOverlay(ctx context.Context, t Transport) error {
	_, err := t.Do(ctx, Command{Opcode: opOverlay, Feature: featureRestore, Protocol: NonData})
	return err
}
