package scsi

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

const (
	opModeSense10  = 0x5a // SPC-5 6.15
	opModeSelect10 = 0x55 // SPC-5 6.13

	controlPage   = 0x0a // SPC-5 7.5.10
	dSense        = 0x04 // byte 2: sense data come in the descriptor format
	changeable    = 1    // PC: which bits can be changed
	modeHeader    = 8
	disableBlocks = 0x08 // DBD
	pageFormat    = 0x10 // PF
)

var errMode = message.New("malformed mode page")

// CanDescribe reports whether sense data of the descriptor format can be switched on, where they are not. It changes nothing.
func CanDescribe(ctx context.Context, t Transport) bool {
	page, err := controlMode(ctx, t, changeable)
	return err == nil && page[2]&dSense != 0
}

// Describe switches sense data of the descriptor format on, until the next reset. The registers of an ATA drive are whole only in that.
func Describe(ctx context.Context, t Transport) error {
	page, err := controlMode(ctx, t, 0)
	if err != nil {
		return err
	}
	page[0] &= 0x3f // PS is reserved in a MODE SELECT
	page[2] |= dSense
	data := append(make([]byte, modeHeader), page...)
	r, err := t.Do(ctx, Command{CDB: []byte{opModeSelect10, pageFormat, 0, 0, 0, 0, 0, 0, byte(len(data)), 0}, Direction: Out, Data: data})
	if err != nil {
		return err
	}
	return r.Err(opModeSelect10)
}

// controlMode reads the control mode page.
func controlMode(ctx context.Context, t Transport, control byte) ([]byte, error) {
	data := make([]byte, 64)
	r, err := t.Do(ctx, Command{CDB: []byte{opModeSense10, disableBlocks, control<<6 | controlPage, 0, 0, 0, 0, 0, byte(len(data)), 0}, Direction: In, Data: data})
	if err != nil {
		return nil, err
	}
	if err := r.Err(opModeSense10); err != nil {
		return nil, err
	}
	return ParseControlMode(data[:max(0, min(len(data), len(data)-r.Residual))])
}

// ParseControlMode returns the control mode page in MODE SENSE (10) data.
func ParseControlMode(b []byte) ([]byte, error) {
	if len(b) < modeHeader {
		return nil, errMode
	}
	b = b[:min(len(b), 2+int(binary.BigEndian.Uint16(b)))]
	if len(b) < modeHeader || len(b) < modeHeader+int(binary.BigEndian.Uint16(b[6:]))+2 {
		return nil, errMode
	}
	page := b[modeHeader+int(binary.BigEndian.Uint16(b[6:])):]
	n := 2 + int(page[1])
	if page[0]&0x3f != controlPage || n < 12 || n > len(page) {
		return nil, errMode
	}
	return page[:n], nil
}
