package nvme

import (
	"context"
	"encoding/binary"
	"strings"

	"rasure/cmd/message"
)

// Controller has the fields of Identify Controller, Figure 313. Strings are trimmed but otherwise as the
// drive sent them: hostile.
type Controller struct {
	Serial   string // bytes 4 to 23
	Model    string // bytes 24 to 63
	Firmware string // bytes 64 to 71

	Controllers bool // CMIC: the NVM subsystem may have more than one controller
	Version     uint32

	Security   bool // OACS: Security Send and Security Receive
	Format     bool // OACS: Format NVM
	Namespaces bool // OACS: namespaces can be made, deleted and taken from a controller

	Total       uint64 // TNVMCAP, bytes of the whole subsystem; 0 if not reported
	Unallocated uint64 // UNVMCAP, bytes that belong to no namespace

	ReplayProtected bool // RPMBS: replay protected memory blocks, which no command erases
	Sanitize        SanitizeCapabilities
	MaxNamespace    uint32 // NN, the largest namespace number
	FormatFor       FormatScope

	SelfTest        bool   // OACS: Device Self-test
	SelfTestMinutes uint16 // EDSTT, bytes 316 and 317: what the extended self-test takes; 0 if not reported
	WarningKelvin   uint16 // WCTEMP, bytes 266 and 267: from here on the drive is too warm; 0 if not reported
	CriticalKelvin  uint16 // CCTEMP, bytes 268 and 269
}

// SanitizeCapabilities is SANICAP, Figure 313, bytes 328 to 331.
type SanitizeCapabilities struct {
	Crypto, Block, Overwrite bool
	MediaVerification        bool  // VERS: a state after it in which the media can be read as it is
	NoDeallocateInhibited    bool  // NDI: the drive does not keep what it erased mapped, although asked to
	ModifiesAfter            uint8 // NODMMAS: 0 not reported, 1 the media is not modified after the erasure, 2 it is
}

// FormatScope is FNA, Figure 313, byte 524: whom Format NVM concerns beside the namespace that it is sent to.
type FormatScope struct {
	AllOnFormat   bool // a format without erasure concerns all namespaces
	AllOnErase    bool // a format with erasure concerns all namespaces
	Crypto        bool // SES 2 is offered
	NoBroadcastID bool // namespace FFFFFFFFh is refused
}

var errIdentify = message.New("malformed identify data")

const (
	opIdentify    = 0x06
	cnsController = 0x01
	identifySize  = 4096
)

// IdentifyController asks the drive who it is.
func IdentifyController(ctx context.Context, t Transport) (Controller, error) {
	data, err := identify(ctx, t, cnsController, 0)
	if err != nil {
		return Controller{}, err
	}
	return ParseController(data)
}

func identify(ctx context.Context, t Transport, cns uint32, nsid uint32) ([]byte, error) {
	data := make([]byte, identifySize)
	_, err := t.Admin(ctx, Command{Opcode: opIdentify, NSID: nsid, CDW: [6]uint32{cns}, Data: data})
	return data, err
}

// ParseController reads the 4096 bytes of Identify Controller data.
func ParseController(b []byte) (Controller, error) {
	if len(b) != identifySize {
		return Controller{}, errIdentify
	}
	oacs, sanicap, fna := binary.LittleEndian.Uint16(b[256:]), binary.LittleEndian.Uint32(b[328:]), b[524]
	return Controller{
		Serial: text(b[4:24]), Model: text(b[24:64]), Firmware: text(b[64:72]),
		Controllers: b[76]&0x02 != 0, Version: binary.LittleEndian.Uint32(b[80:]),
		Security: oacs&0x01 != 0, Format: oacs&0x02 != 0, Namespaces: oacs&0x08 != 0,
		Total: saturate(b[280:296]), Unallocated: saturate(b[296:312]),
		ReplayProtected: binary.LittleEndian.Uint32(b[312:])&0x07 != 0,
		Sanitize: SanitizeCapabilities{
			Crypto: sanicap&0x01 != 0, Block: sanicap&0x02 != 0, Overwrite: sanicap&0x04 != 0, MediaVerification: sanicap&0x08 != 0,
			NoDeallocateInhibited: sanicap&(1<<29) != 0, ModifiesAfter: uint8(sanicap >> 30),
		},
		MaxNamespace: binary.LittleEndian.Uint32(b[516:]),
		SelfTest:     oacs&0x10 != 0, SelfTestMinutes: binary.LittleEndian.Uint16(b[316:]),
		WarningKelvin: binary.LittleEndian.Uint16(b[266:]), CriticalKelvin: binary.LittleEndian.Uint16(b[268:]),
		FormatFor: FormatScope{AllOnFormat: fna&0x01 != 0, AllOnErase: fna&0x02 != 0, Crypto: fna&0x04 != 0, NoBroadcastID: fna&0x08 != 0},
	}, nil
}

// saturate reads a number of 16 bytes; what does not fit is the largest that does.
func saturate(b []byte) uint64 {
	if binary.LittleEndian.Uint64(b[8:]) != 0 {
		return 1<<64 - 1
	}
	return binary.LittleEndian.Uint64(b)
}

// text trims the spaces that the specification pads with, and the zero bytes that some drives pad with.
func text(b []byte) string { return strings.Trim(string(b), " \x00") }
