package scsi

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

const (
	opTestUnitReady = 0x00
	opRequestSense  = 0x03
	opServiceIn16   = 0x9e
)

// Our choice: a drive reports each event once, and no drive has more events than this.
const attentions = 4

// TestReady asks whether the drive can be read and written now, SPC-5 6.52. Unit attentions are heard out first, so that
// the next command does not meet them. A *[SenseError] has the reason why it is not ready.
func TestReady(ctx context.Context, t Transport) error {
	for try := 1; ; try++ {
		r, err := t.Do(ctx, Command{CDB: make([]byte, 6)})
		if err != nil {
			return err
		}
		if err = r.Err(opTestUnitReady); err == nil {
			return nil
		}
		if s, bad := ParseSense(r.Sense); bad != nil || !s.Attention() || try == attentions {
			return err
		}
	}
}

// RequestSense asks what the drive is busy with, SPC-5 6.39, and returns the sense data as they came too. The drive answers
// it also while it sanitizes. It requests the fixed format, and reads both.
func RequestSense(ctx context.Context, t Transport) (Sense, []byte, error) {
	const size = 252
	for try := 1; ; try++ {
		data := make([]byte, size)
		r, err := t.Do(ctx, Command{CDB: []byte{opRequestSense, 0, 0, 0, size, 0}, Direction: In, Data: data})
		if err != nil {
			return Sense{}, nil, err
		}
		if err := r.Err(opRequestSense); err != nil {
			return Sense{}, nil, err
		}
		if r.Residual < 0 || r.Residual > size {
			return Sense{}, nil, errSense
		}
		raw := data[:size-r.Residual]
		s, err := ParseSense(raw)
		if err != nil || !s.Attention() || try == attentions {
			return s, trim(raw), err
		}
	}
}

// trim cuts the zeros behind sense data that the transport gave no residual for.
func trim(sense []byte) []byte {
	if len(sense) < 8 {
		return sense
	}
	return sense[:min(8+int(sense[7]), len(sense))]
}

// Capacity has the fields of READ CAPACITY (16), SBC-4 5.21.
type Capacity struct {
	Blocks      uint64
	Block       uint32 // bytes
	Protected   bool   // PROT_EN: blocks carry protection information, which a FORMAT UNIT must keep
	Provisioned bool   // LBPME: it may keep no storage for blocks that were never written
	ReadsZeros  bool   // LBPRZ: such blocks read as zeros, so zeros prove nothing
}

var errCapacity = message.New("malformed capacity")

// ReadCapacity asks how large the drive is.
func ReadCapacity(ctx context.Context, t Transport) (Capacity, error) {
	data := make([]byte, 32)
	r, err := t.Do(ctx, Command{CDB: []byte{opServiceIn16, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0}, Direction: In, Data: data})
	if err != nil {
		return Capacity{}, err
	}
	if err := r.Err(opServiceIn16); err != nil {
		return Capacity{}, err
	}
	if r.Residual < 0 || r.Residual > len(data) {
		return Capacity{}, errCapacity
	}
	return ParseCapacity(data[:len(data)-r.Residual])
}

// ParseCapacity reads the parameter data of READ CAPACITY (16), SBC-4 5.21.2. Old drives send 12 bytes of it.
func ParseCapacity(b []byte) (Capacity, error) {
	if len(b) < 12 {
		return Capacity{}, errCapacity
	}
	c := Capacity{Blocks: binary.BigEndian.Uint64(b) + 1, Block: binary.BigEndian.Uint32(b[8:])}
	if c.Blocks == 0 || c.Block == 0 {
		return Capacity{}, errCapacity
	}
	if len(b) >= 16 {
		c.Protected, c.Provisioned, c.ReadsZeros = b[12]&1 != 0, b[14]&0x80 != 0, b[14]&0x40 != 0
	}
	return c, nil
}
