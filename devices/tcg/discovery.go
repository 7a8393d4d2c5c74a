// Package tcg reads the discovery data of self-encrypting drives and lets the kernel revert them.
//
// Numbers are those of the TCG Storage Architecture Core Specification 2.01 and, where it says so, of the Storage Security
// Subsystem Class Opal 2.01. All fields are big-endian.
package tcg

import (
	"encoding/binary"
	"strings"
	"unicode"

	"rasure/cmd/message"
)

// Level 0 Discovery is asked for with the drive's SECURITY PROTOCOL IN or Security Receive, 3.3.6: protocol 1, ComID 1. It
// starts nothing.
const (
	DiscoveryProtocol = 0x01
	DiscoveryComID    = 0x0001
	DiscoverySize     = 2048 // bytes to ask for; what drives answer is shorter
)

// Discovery is a drive's Level 0 Discovery.
type Discovery struct {
	Class   uint16 // the feature code of its security subsystem class, 0 if it has no known one
	Locking bool   // it can be locked
	Enabled bool   // it has an owner: ranges may be locked with the owner's key
	Locked  bool   // at least one range is locked now
	Encrypt bool   // MediaEncryption: everything on the medium is always encrypted
	Shadow  bool   // MBREnabled: reads of the first blocks return other data than the medium has
	Blocked bool   // the firmware of the machine blocks reverts until the drive loses power (Block SID)
}

// Security subsystem classes by feature code. Pyrite drives lock and do not encrypt.
const (
	Enterprise = 0x0100
	Opal1      = 0x0200
	Opal2      = 0x0203
	Opalite    = 0x0301
	Pyrite1    = 0x0302
	Pyrite2    = 0x0303
	Ruby       = 0x0304
)

const (
	headerSize     = 48
	featureLocking = 0x0002
	featureBlocked = 0x0402 // Block SID Authentication feature set 1.00
)

var errDiscovery = message.New("malformed level 0 discovery")

// ParseDiscovery reads the answer to Level 0 Discovery, 3.3.6.4: a header of 48 bytes and descriptors, each with a code, a
// version and a length. What follows the length in the header is ignored.
func ParseDiscovery(b []byte) (Discovery, error) {
	if len(b) < headerSize {
		return Discovery{}, errDiscovery
	}
	n := uint64(binary.BigEndian.Uint32(b)) + 4
	if n < headerSize || n > uint64(len(b)) {
		return Discovery{}, errDiscovery
	}
	var d Discovery
	for b = b[headerSize:n]; len(b) > 0; {
		if len(b) < 4 || len(b) < 4+int(b[3]) {
			return Discovery{}, errDiscovery
		}
		d.feature(binary.BigEndian.Uint16(b), b[4:4+int(b[3])])
		b = b[4+int(b[3]):]
	}
	return d, nil
}

func (d *Discovery) feature(code uint16, body []byte) {
	switch code {
	case Enterprise, Opal1, Opal2, Opalite, Pyrite1, Pyrite2, Ruby: // codes between belong to options, as 0201h does
		d.Class = code
		return
	}
	switch {
	case code == featureLocking && len(body) > 0:
		d.Locking, d.Enabled, d.Locked, d.Encrypt = body[0]&0x01 != 0, body[0]&0x02 != 0, body[0]&0x04 != 0, body[0]&0x08 != 0
		d.Shadow = body[0]&0x10 != 0 && body[0]&0x20 == 0 // and not yet MBRDone
	case code == featureBlocked && len(body) > 0:
		d.Blocked = body[0]&0x02 != 0
	}
}

// Unusable says why a revert with the PSID cannot erase the drive by changing its key; empty if it can.
func (d *Discovery) Unusable() message.Text {
	switch {
	case d.Class == 0:
		return message.Of("the drive has no known TCG class")
	case d.Class == Pyrite1 || d.Class == Pyrite2:
		return message.Of("the drive locks and does not encrypt (TCG Pyrite): a revert does not reliably erase anything")
	case !d.Encrypt:
		return message.Of("the drive does not report that it encrypts its medium")
	case d.Blocked:
		return message.Of("the machine's firmware blocks it (Block SID) until the drive loses power")
	}
	return message.Text{}
}

// PSIDSize is the length of a PSID in characters.
const PSIDSize = 32

// ParsePSID returns a PSID as somebody typed or scanned it, without the dashes and blanks that labels print between its groups.
func ParsePSID(typed string) (string, error) {
	psid := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			return -1
		}
		return r
	}, typed)
	return psid, CheckPSID(psid)
}

// CheckPSID checks the form of a PSID that somebody read from a label: 32 letters and digits, without separators.
func CheckPSID(psid string) error {
	if len(psid) != PSIDSize {
		return message.Errorf("a PSID has %d letters and digits, not %d", PSIDSize, len(psid))
	}
	for _, c := range []byte(psid) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return message.New("a PSID has only letters and digits")
		}
	}
	return nil
}
