package scsi

import (
	"context"
	"encoding/binary"
	"errors"
)

const opFormatUnit = 0x04 // SBC-4 5.4

// SetBlockLength has the drive take a length of its blocks, in bytes below 2^24, with its next FORMAT UNIT, and all the blocks that it can then have:
// a MODE SELECT (10) with a short block descriptor whose number is 0, SBC-4 6.5.2. Nothing on the drive changes before the format. Some
// drives refuse to save it, and some want it saved, so that both are tried.
func SetBlockLength(ctx context.Context, t Transport, length uint32) error {
	const descriptor, save = 8, 0x01
	data := make([]byte, modeHeader+descriptor)
	data[7] = descriptor
	binary.BigEndian.PutUint32(data[modeHeader+4:], length&0xffffff)
	var err error
	for _, sp := range []byte{save, 0} {
		var r Reply
		if r, err = t.Do(ctx, Command{CDB: []byte{opModeSelect10, pageFormat | sp, 0, 0, 0, 0, 0, 0, byte(len(data)), 0}, Direction: Out, Data: data}); err != nil {
			return err
		}
		var refused *SenseError
		if err = r.Err(opModeSelect10); !errors.As(err, &refused) || refused.Key != keyIllegalRequest {
			return err
		}
	}
	return err
}

const keyIllegalRequest = 0x5

// FormatUnit begins a FORMAT UNIT without protection information and with the drive's own defaults. IMMED is set: a nil error means that the drive
// has begun. It takes hours; a drive that loses its power before the end accepts only another format.
func FormatUnit(ctx context.Context, t Transport) error {
	const formatData, immed = 0x10, 0x02
	header := []byte{0, immed, 0, 0} // the short parameter list header, SBC-4 5.4.2.2
	r, err := t.Do(ctx, Command{CDB: []byte{opFormatUnit, formatData, 0, 0, 0, 0}, Direction: Out, Data: header, Timeout: taking})
	if err != nil {
		return err
	}
	return r.Err(opFormatUnit)
}

// Sense returns the sense data of a refusal.
func (e *SenseError) Sense() Sense { return Sense{Key: e.Key, ASC: e.ASC, ASCQ: e.ASCQ} }
