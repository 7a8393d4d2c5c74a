package nvme

import (
	"context"
	"errors"
	"strings"
)

// Controller is what Identify Controller says of the drive itself, Figure 313. Strings are trimmed but otherwise as the
// drive sent them: hostile.
type Controller struct {
	Serial   string // bytes 4 to 23
	Model    string // bytes 24 to 63
	Firmware string // bytes 64 to 71
}

var errIdentify = errors.New("malformed identify data")

const (
	opIdentify    = 0x06
	cnsController = 0x01
	identifySize  = 4096
)

// IdentifyController asks the drive who it is.
func IdentifyController(ctx context.Context, t Transport) (Controller, error) {
	data := make([]byte, identifySize)
	if _, err := t.Admin(ctx, Command{Opcode: opIdentify, CDW: [6]uint32{cnsController}, Data: data}); err != nil {
		return Controller{}, err
	}
	return ParseController(data)
}

// ParseController reads the 4096 bytes of Identify Controller data.
func ParseController(b []byte) (Controller, error) {
	if len(b) != identifySize {
		return Controller{}, errIdentify
	}
	return Controller{Serial: text(b[4:24]), Model: text(b[24:64]), Firmware: text(b[64:72])}, nil
}

// text trims the spaces that the specification pads with, and the zero bytes that some drives pad with.
func text(b []byte) string { return strings.Trim(string(b), " \x00") }
