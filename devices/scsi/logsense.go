package scsi

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

// Log pages: SPC-5 7.3; the solid state media and background scan pages are SBC-4's (6.4).
const (
	LogSupported     = 0x00
	LogWriteErrors   = 0x02
	LogReadErrors    = 0x03
	LogVerifyErrors  = 0x05
	LogNonMedium     = 0x06
	LogTemperature   = 0x0d
	LogStartStop     = 0x0e
	LogSelfTest      = 0x10
	LogSolidState    = 0x11
	LogBackground    = 0x15
	LogInformational = 0x2f

	opLogSense = 0x4d
)

var errLogPage = message.New("malformed log page")

// logSize is our choice: more than any page but that of the background scan, of which the first entries are enough, has.
const logSize = 16 << 10

// LogSense asks for the cumulative values of a log page and returns it, header included, as much of it as fits into 16 KiB.
func LogSense(ctx context.Context, t Transport, page uint8) ([]byte, error) {
	data := make([]byte, logSize)
	const cumulative = 0x40
	r, err := t.Do(ctx, Command{CDB: []byte{opLogSense, 0, cumulative | page, 0, 0, 0, 0, logSize >> 8, logSize & 0xff, 0}, Direction: In, Data: data})
	if err != nil {
		return nil, err
	}
	if err := r.Err(opLogSense); err != nil {
		return nil, err
	}
	if r.Residual < 0 || r.Residual > logSize {
		return nil, errLogPage
	}
	data = data[:logSize-r.Residual]
	if len(data) < 4 {
		return nil, errLogPage
	}
	return data[:min(len(data), 4+int(binary.BigEndian.Uint16(data[2:])))], nil
}

// SupportedLogs reads page 00h: the codes of the pages that the drive has.
func SupportedLogs(b []byte) ([]uint8, error) { return logBody(b, LogSupported) }

// logBody checks the four bytes of a page's header, which must be of that page and no subpage, and returns what they say follows.
func logBody(b []byte, page uint8) ([]byte, error) {
	if len(b) < 4 || b[0]&0x7f != page { // bit 7 is DS, bit 6 SPF
		return nil, errLogPage
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n > len(b)-4 {
		return nil, errLogPage
	}
	return b[4 : 4+n], nil
}

// logParameters returns the parameters of a page by their code.
func logParameters(b []byte, page uint8) (map[uint16][]byte, error) {
	body, err := logBody(b, page)
	if err != nil {
		return nil, err
	}
	all := map[uint16][]byte{}
	for len(body) > 0 {
		if len(body) < 4 || len(body) < 4+int(body[3]) {
			return nil, errLogPage
		}
		n := 4 + int(body[3])
		if code := binary.BigEndian.Uint16(body); all[code] == nil {
			all[code] = body[4:n:n]
		}
		body = body[n:]
	}
	return all, nil
}

// counter reads a big-endian number of 1 to 8 bytes; nil if it is not there, or longer.
func counter(b []byte) *uint64 {
	if len(b) == 0 || len(b) > 8 {
		return nil
	}
	n := uint64(0)
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return &n
}

// ErrorCounters are those of a write, read or verify error page (02h, 03h, 05h). What the drive does not count is nil.
type ErrorCounters struct {
	Corrected   *uint64 // parameter 3
	Bytes       *uint64 // parameter 5, processed
	Uncorrected *uint64 // parameter 6
}

// ParseErrorCounters reads one of the three pages.
func ParseErrorCounters(b []byte, page uint8) (ErrorCounters, error) {
	p, err := logParameters(b, page)
	return ErrorCounters{counter(p[3]), counter(p[5]), counter(p[6])}, err
}

// ParseNonMedium reads the count of the Non-Medium Error page (06h): errors that are not the medium's, of the link above all.
func ParseNonMedium(b []byte) (*uint64, error) {
	p, err := logParameters(b, LogNonMedium)
	return counter(p[0]), err
}

// ParseTemperature reads the Temperature page (0Dh): degrees Celsius now, and the most at which the drive runs without a loss
// of its life. FFh is "not known", and nil here.
func ParseTemperature(b []byte) (now, reference *int, err error) {
	p, err := logParameters(b, LogTemperature)
	return celsius(p[0]), celsius(p[1]), err
}

func celsius(b []byte) *int {
	if len(b) < 2 || b[1] == 0xff {
		return nil
	}
	return new(int(b[1]))
}

// ParseStartStop reads the accumulated start-stop cycles of page 0Eh.
func ParseStartStop(b []byte) (*uint64, error) {
	p, err := logParameters(b, LogStartStop)
	return counter(p[4]), err
}

// ParseEndurance reads the Percentage Used Endurance Indicator of the Solid State Media page (11h), in the last byte of its parameter 1; nil where there is none.
func ParseEndurance(b []byte) (*uint64, error) {
	p, err := logParameters(b, LogSolidState)
	if err != nil || len(p[1]) < 4 {
		return nil, err
	}
	return counter(p[1][3:4]), nil
}

// Informational is the first parameter of the Informational Exceptions page (2Fh).
type Informational struct {
	ASC, ASCQ uint8
	Celsius   *int // nil if not known
}

// Predicted reports whether the drive predicts its failure (5Dh), Warned whether it warns (0Bh), which 0Bh/01h does of its temperature.
func (i Informational) Predicted() bool { return i.ASC == 0x5d }
func (i Informational) Warned() bool    { return i.ASC == 0x0b && i.ASCQ != 0x01 }

// ParseInformational reads the page.
func ParseInformational(b []byte) (Informational, error) {
	p, err := logParameters(b, LogInformational)
	if err != nil {
		return Informational{}, err
	}
	e := p[0]
	if len(e) < 3 {
		return Informational{}, errLogPage
	}
	i := Informational{ASC: e[0], ASCQ: e[1]}
	if e[2] != 0 && e[2] != 0xff {
		i.Celsius = new(int(e[2]))
	}
	return i, nil
}

// Background is the Background Scan page (15h).
type Background struct {
	PowerOnMinutes uint32
	Pending        int // blocks that it could not read and that wait to be reassigned, among those that the page had room for
}

// ParseBackground reads the page. Its end may be missing: it can have 2048 entries.
func ParseBackground(b []byte) (Background, error) {
	whole := b
	if len(b) >= 4 && int(binary.BigEndian.Uint16(b[2:])) > len(b)-4 {
		whole = append([]byte{}, b...)
		const status, entry = 4 + 12, 4 + 20 // parameters 0 and the others, with their headers
		n := len(b) - 4
		if n < status {
			return Background{}, errLogPage
		}
		n = status + (n-status)/entry*entry
		binary.BigEndian.PutUint16(whole[2:], uint16(n))
		whole = whole[:4+n]
	}
	p, err := logParameters(whole, LogBackground)
	if err != nil {
		return Background{}, err
	}
	if len(p[0]) < 12 {
		return Background{}, errLogPage
	}
	g := Background{PowerOnMinutes: binary.BigEndian.Uint32(p[0])}
	for code, e := range p {
		const medium, waits = 3, 1 // sense key, and "reassignment pending receipt of Reassign or Write command"
		if code >= 1 && code <= 0x800 && len(e) >= 20 && e[4]&0xf == medium && e[4]>>4 == waits {
			g.Pending++
		}
	}
	return g, nil
}
