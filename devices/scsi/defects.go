package scsi

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"

	"rasure/cmd/message"
)

// Numbers are those of SBC-4 5.21 and 6.2.
const (
	opReadDefects10 = 0x37
	opReadDefects12 = 0xb7

	grownList     = 0x08 // REQ_GLIST in the command, GLISTV in the answer
	primaryList   = 0x10 // PLISTV
	formatMask    = 0x07
	shortBlock    = 0
	bytesOfIndex  = 4 // what smartctl asks for, so that drives have seen it
	makersOwn     = 6
	header10      = 4
	header12      = 8
	defectElement = 8 // bytes of an entry in all formats of the standard but the short one, which has 4

	ascDefectList    = 0x1c // DEFECT LIST NOT FOUND: with recovered error, the list came in another format
	ascPartialList   = 0x1f
	ascOpcode        = 0x20
	keyRecovered     = 0x1
	defectsRequested = header12 + defectElement
)

var errDefects = message.New("malformed defect list")

// Defects is the length of a drive's list of grown defects: of what it has replaced since it was made. An entry is a sector or, rarely, a track.
type Defects struct {
	Bytes   int64 // that the list has
	Counted bool  // the format is one of the standard and the list is not cut, so that Entries is known
	Entries int64 // where they are not counted, how many there are at least
}

// GrownDefects asks for the length of the list of grown defects, and for its first entry: by READ DEFECT DATA (12), and by (10) of a drive that
// does not know it, which counts up to 65,535 bytes. A drive without such a list refuses, as flash does.
func GrownDefects(ctx context.Context, t Transport) (Defects, error) {
	d, err := defects(ctx, t, []byte{opReadDefects12, grownList | bytesOfIndex, 0, 0, 0, 0, 0, 0, 0, defectsRequested, 0, 0})
	if e, ok := errors.AsType[*SenseError](err); ok && e.Key == keyIllegalRequest && e.ASC == ascOpcode {
		return defects(ctx, t, []byte{opReadDefects10, 0, grownList | bytesOfIndex, 0, 0, 0, 0, 0, header10 + defectElement, 0})
	}
	return d, err
}

func defects(ctx context.Context, t Transport, cdb []byte) (Defects, error) {
	data := make([]byte, defectsRequested)
	if cdb[0] == opReadDefects10 {
		data = data[:header10+defectElement]
	}
	r, err := t.Do(ctx, Command{CDB: cdb, Direction: In, Data: data})
	if err != nil {
		return Defects{}, err
	}
	if err := r.Err(cdb[0]); err != nil {
		e, _ := errors.AsType[*SenseError](err)
		if e == nil || e.Key != keyRecovered || e.ASC != ascDefectList && e.ASC != ascPartialList {
			return Defects{}, err
		}
	}
	return parseDefects(data[:max(0, min(len(data), len(data)-r.Residual))], cdb[0] == opReadDefects12)
}

// parseDefects reads the header of READ DEFECT DATA (12) or (10). A list that is said to be empty and is not is malformed, as is one of other
// defects than was asked for.
func parseDefects(b []byte, long bool) (Defects, error) {
	header := header10
	if long {
		header = header12
	}
	if len(b) < header || b[1]&(grownList|primaryList) != grownList {
		return Defects{}, errDefects
	}
	d := Defects{Bytes: int64(binary.BigEndian.Uint16(b[2:]))}
	if long {
		d.Bytes = int64(binary.BigEndian.Uint32(b[4:]))
	}
	element := int64(defectElement)
	switch format := b[1] & formatMask; {
	case format == formatMask: // reserved
		return Defects{}, errDefects
	case format == makersOwn && d.Bytes > 0:
		return d, nil
	case format == shortBlock:
		element = 4
	}
	if !long && d.Bytes > math.MaxUint16-element { // as long as such a list can be: the drive may have more
		d.Entries = d.Bytes / element
		return d, nil
	}
	if d.Bytes%element != 0 || d.Bytes == 0 && len(bytes.Trim(b[header:], "\x00")) > 0 {
		return Defects{}, errDefects
	}
	d.Counted, d.Entries = true, d.Bytes/element
	return d, nil
}
