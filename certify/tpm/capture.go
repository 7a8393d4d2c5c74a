package tpm

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// An Exchange is a command and what the TPM answered.
type Exchange struct{ Command, Answer []byte }

// A Capture is what a TPM answered to commands that only read. It does not identify the TPM: keys, serial numbers and signatures in certificates, and what makes
// a public area unique, are replaced by bytes of the same length.
type Capture struct {
	About     Description // without certificates
	Exchanges []Exchange
	Notes     []string // in English: what was found and cannot be replayed
}

// captureHeader begins the text of a capture.
const captureHeader = "rasure TPM capture 1"

// reads are the commands that a capture sends: none of them changes anything in a TPM (Part 3).
var reads = map[tpm2.TPMCC]bool{tpm2.TPMCCGetCapability: true, tpm2.TPMCCNVReadPublic: true, tpm2.TPMCCNVRead: true, tpm2.TPMCCReadPublic: true, tpm2.TPMCCReadClock: true}

var errNotRead = message.New("a capture sends only commands that read")

// A recorder keeps what was sent, and sends only what reads.
type recorder struct {
	t   transport.TPM
	all []Exchange
}

func (r *recorder) Send(command []byte) ([]byte, error) {
	if len(command) < headerSize || !reads[commandOf(command)] {
		return nil, errNotRead
	}
	answer, err := r.t.Send(command)
	if err == nil {
		r.all = append(r.all, Exchange{slices.Clone(command), slices.Clone(answer)})
	}
	return answer, err
}

func commandOf(command []byte) tpm2.TPMCC { return tpm2.TPMCC(binary.BigEndian.Uint32(command[6:])) }

// Capture asks the TPM what it is, and for all that enrolment reads of it. Nothing in the TPM is changed.
func (t *TPM) Capture() (*Capture, error) {
	r := &recorder{t: t.t}
	reading := &TPM{t: r}
	c := &Capture{}
	var err error
	if c.About, err = reading.Describe(); err != nil {
		return nil, err
	}
	c.About.EKCertificates = nil
	used, err := reading.handles(firstCertificate, lastCertificate)
	if err != nil {
		return nil, explain(err)
	}
	for _, h := range slices.Sorted(maps.Keys(used)) {
		if err := c.noteIndex(reading, h); err != nil {
			return nil, err
		}
	}
	kept, err := reading.persistentEKs()
	if err != nil {
		return nil, err
	}
	for _, k := range kept {
		c.comment(fmt.Sprintf("persistent endorsement key %#08x: %s", uint32(k.Handle), kindOf(k.area)))
	}
	for _, capability := range []tpm2.TPMCap{tpm2.TPMCapAlgs, tpm2.TPMCapCommands, tpm2.TPMCapPCRs, tpm2.TPMCapECCCurves} {
		if _, err := (tpm2.GetCapability{Capability: capability, PropertyCount: 256}).Execute(r); err != nil {
			c.comment(fmt.Sprintf("capability %d: %v", uint32(capability), err))
		}
	}
	for _, first := range []uint32{0x100, 0x200} { // TPM_PT_FIXED, TPM_PT_VAR (Part 2, 6.13)
		if _, err := (tpm2.GetCapability{Capability: tpm2.TPMCapTPMProperties, Property: first, PropertyCount: 128}).Execute(r); err != nil {
			c.comment(fmt.Sprintf("properties %#x: %v", first, err))
		}
	}
	if _, _, err := reading.Starts(); err != nil {
		c.comment(fmt.Sprintf("counts of starts: %v", err))
	}
	if c.Exchanges, err = masked(r.all); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Capture) comment(note string) {
	c.Notes = append(c.Notes, strings.ReplaceAll(note, "\n", " "))
}

func (c *Capture) noteIndex(t *TPM, h tpm2.TPMHandle) error {
	content, err := t.readIndex(h)
	switch {
	case isKept(err):
		c.comment(fmt.Sprintf("index %#08x: not readable without a password, or empty", uint32(h)))
	case err != nil:
		return message.Errorf("index %#08x: %w", uint32(h), explain(err))
	default:
		all := splitCertificates(content)
		size := 0
		for _, der := range all {
			size += len(der)
		}
		c.comment(fmt.Sprintf("index %#08x: %d bytes, %d certificates of %d bytes", uint32(h), len(content), len(all), size))
	}
	return nil
}

// Text writes a capture. program is the version of rasure.
func (c *Capture) Text(program string, at time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# %s, %s\n# TPM %s %s, firmware %s, %s\n", captureHeader, program, at.UTC().Format(time.DateOnly), c.About.Manufacturer, c.About.Vendor, c.About.Firmware, c.About.Assurance)
	b.WriteString("# keys, serial numbers and signatures are masked\n")
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "# %s\n", n)
	}
	for _, e := range c.Exchanges {
		fmt.Fprintf(&b, "> %x\n< %x\n", e.Command, e.Answer)
	}
	return b.String()
}

// ParseCapture reads the text of a capture.
func ParseCapture(text io.Reader) (all []Exchange, err error) {
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 4*maxResponse)
	if !lines.Scan() || lines.Text() != captureHeader {
		return nil, message.New("this is no capture of a TPM")
	}
	for lines.Scan() {
		line := lines.Text()
		raw, err := hex.DecodeString(strings.TrimLeft(line, "<> "))
		switch {
		case strings.HasPrefix(line, "#"):
		case err != nil:
			return nil, message.Errorf("a line of the capture is malformed: %w", err)
		case strings.HasPrefix(line, "> "):
			all = append(all, Exchange{Command: raw})
		case strings.HasPrefix(line, "< ") && len(all) > 0 && all[len(all)-1].Answer == nil:
			all[len(all)-1].Answer = raw
		default:
			return nil, message.New("a line of the capture is malformed")
		}
	}
	return all, lines.Err()
}

// Replay is a TPM that answers as in a capture. A command that was not sent then is an error.
func Replay(all []Exchange) *TPM { return New(&replayed{all}, Limits{}) }

type replayed struct{ all []Exchange }

func (r *replayed) Send(command []byte) ([]byte, error) {
	for _, e := range r.all {
		if string(e.Command) == string(command) && e.Answer != nil {
			return slices.Clone(e.Answer), nil
		}
	}
	return nil, message.New("the capture does not have this command")
}

func (*replayed) Close() error { return nil }
