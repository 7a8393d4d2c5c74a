package nvme

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

var errLog = message.New("malformed log page")

const (
	opGetLogPage = 0x02

	logEffects     = 0x05
	effectsSize    = 4096
	logSanitize    = 0x81
	sanitizeLength = 512
)

// getLog asks for a log page of the whole controller. CDW10 has the page and, in its upper half, the number of four-byte
// words less one, Base 2.1, 5.1.12. The pages asked for here fit into its 16 bits.
func getLog(ctx context.Context, t Transport, page uint8, size int) ([]byte, error) {
	data := make([]byte, size)
	cdw10 := uint32(page) | uint32(size/4-1)<<16
	_, err := t.Admin(ctx, Command{Opcode: opGetLogPage, NSID: AllNamespaces, CDW: [6]uint32{cdw10}, Data: data})
	return data, err
}

// Effects is the Commands Supported and Effects log, Base 2.1, 5.1.12.1.6, of the admin commands.
type Effects [256]uint32

// ReadEffects reads which commands the drive supports. Many drives before version 1.2 have no such page.
func ReadEffects(ctx context.Context, t Transport) (Effects, error) {
	b, err := getLog(ctx, t, logEffects, effectsSize)
	if err != nil {
		return Effects{}, err
	}
	return ParseEffects(b)
}

// ParseEffects reads the 4096 bytes of the page.
func ParseEffects(b []byte) (Effects, error) {
	var e Effects
	if len(b) != effectsSize {
		return e, errLog
	}
	for i := range e {
		e[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return e, nil
}

// Supported reports whether the drive carries an admin command out (CSUPP).
func (e *Effects) Supported(opcode uint8) bool { return e[opcode]&0x01 != 0 }
