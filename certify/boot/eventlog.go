package boot

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"rasure/cmd/message"
)

// MaxLog is how many bytes an event log may have. The longest that we have seen has 60 kB and 104 events.
const MaxLog = 4 << 20

const maxEvents = 1 << 14

// Types of events: TCG PC Client Platform Firmware Profile, table 14.
const (
	EventNoAction    = 0x00000003 // says something, and extends no PCR
	EventSeparator   = 0x00000004
	EventAction      = 0x00000005
	EventIPL         = 0x0000000D
	EventVariable    = 0x80000001 // of Secure Boot
	EventApplication = 0x80000003 // a program that the firmware has loaded: its digest is the Authenticode hash
	EventEFIAction   = 0x80000007
)

const algSHA256 = 0x000B // TCG Algorithm Registry

var errLog = message.New("the event log is malformed")

// Event is one of an event log.
type Event struct {
	PCR    uint32
	Type   uint32
	SHA256 Digest
	Data   []byte // what was measured, or words about it: only the digest counts
}

// Covered reports whether the digest is that of the data. Firmware measures other things for some types, such as programs.
func (e Event) Covered() bool { return sha256.Sum256(e.Data) == e.SHA256 }

// Log is the event log of a boot.
type Log struct {
	Events   []Event
	Locality byte // at which the TPM was started; PCR 0 begins with it
}

// ReadLog reads an event log as the firmware keeps it, and the kernel shows it in /sys/kernel/security/tpm0/binary_bios_measurements: TCG PC Client Platform
// Firmware Profile, 10. It must have SHA-256, and end with an event.
func ReadLog(data []byte) (*Log, error) {
	if len(data) > MaxLog {
		return nil, message.Errorf("the event log has %d bytes, and at most %d are read", len(data), MaxLog)
	}
	r := &reader{rest: data}
	sizes, err := r.header()
	if err != nil {
		return nil, err
	}
	l := &Log{}
	for len(r.rest) > 0 {
		if len(l.Events) == maxEvents {
			return nil, message.Errorf("the event log has more than %d events", maxEvents)
		}
		e, ok := r.event(sizes)
		if !ok {
			return nil, message.Errorf("%w: at event %d", errLog, len(l.Events))
		}
		if n := len(startup); e.Type == EventNoAction && e.PCR == 0 && len(e.Data) == n+1 && string(e.Data[:n]) == startup {
			l.Locality = e.Data[n]
		}
		l.Events = append(l.Events, e)
	}
	return l, nil
}

// startup begins the event that names the locality.
const startup = "StartupLocality\x00"

// Replay computes the PCRs that the events give. Those that no event extends are as the TPM starts them: 17 to 22 all ones.
func (l *Log) Replay() (pcrs [24]Digest) {
	pcrs[0][31] = l.Locality
	for i := 17; i <= 22; i++ {
		for j := range pcrs[i] {
			pcrs[i][j] = 0xff
		}
	}
	for _, e := range l.Events {
		if e.Type != EventNoAction {
			pcrs[e.PCR].extend(e.SHA256)
		}
	}
	return pcrs
}

// maxWords is how long the data of an event may be that is a separator or words, in bytes. What is hashed of a program is longer.
const maxWords = 64

// Applications are the programs that the firmware has started, in order, as PCR 4 has them. They are complete if all else in PCR 4 is a separator or words:
// data whose hash is the digest. The type of an event is in no digest, so root, who hands over the log, can call a program something else.
func (l *Log) Applications() (all []Digest, complete bool) {
	complete = true
	for _, e := range l.Events {
		switch {
		case e.PCR != 4 || e.Type == EventNoAction:
		case e.Type == EventApplication:
			all = append(all, e.SHA256)
		case !e.Covered() || len(e.Data) > maxWords:
			complete = false
		}
	}
	return all, complete
}

// A reader takes numbers, all little-endian, and bytes from the front. What it returned false for is not to be used.
type reader struct{ rest []byte }

func (r *reader) bytes(n int) (b []byte, ok bool) {
	if n < 0 || n > len(r.rest) {
		return nil, false
	}
	b, r.rest = r.rest[:n:n], r.rest[n:]
	return b, true
}

func (r *reader) number(n int) (v uint32, ok bool) {
	b, ok := r.bytes(n)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(append(slices.Clone(b), 0, 0, 0)), true
}

// sized reads a length of 4 bytes, and as many bytes.
func (r *reader) sized() (b []byte, ok bool) {
	n, ok := r.number(4)
	if !ok || uint64(n) > uint64(len(r.rest)) {
		return nil, false
	}
	return r.bytes(int(n))
}

// header reads the first event, which has the old form and says which hashes the others have: TCG_EfiSpecIDEvent.
func (r *reader) header() (sizes map[uint32]int, err error) {
	head, ok := r.bytes(8 + sha1Size)
	if !ok {
		return nil, errLog
	}
	data, ok := r.sized()
	if !ok || binary.LittleEndian.Uint32(head[4:]) != EventNoAction {
		return nil, errLog
	}
	if len(data) < 28 || string(data[:16]) != "Spec ID Event03\x00" {
		return nil, message.New("the event log is of TPM 1.2: it has no SHA-256")
	}
	spec := &reader{rest: data[24:]}
	count, _ := spec.number(4)
	sizes = map[uint32]int{}
	for range count {
		alg, ok := spec.number(2)
		size, ok2 := spec.number(2)
		if _, twice := sizes[alg]; !ok || !ok2 || twice || size > 64 || len(sizes) == 16 {
			return nil, errLog
		}
		sizes[alg] = int(size)
	}
	vendor, ok := spec.number(1)
	if !ok || int(vendor) != len(spec.rest) {
		return nil, errLog
	}
	if size, ok := sizes[algSHA256]; !ok || size != sha256.Size {
		return nil, message.New("the event log has no SHA-256")
	}
	return sizes, nil
}

const sha1Size = 20

// event reads a TCG_PCR_EVENT2. Each has every hash that the header names, once.
func (r *reader) event(sizes map[uint32]int) (e Event, ok bool) {
	pcr, ok1 := r.number(4)
	kind, ok2 := r.number(4)
	count, ok3 := r.number(4)
	if !ok1 || !ok2 || !ok3 || pcr > 23 || int64(count) != int64(len(sizes)) {
		return e, false
	}
	e.PCR, e.Type = pcr, kind
	seen := map[uint32]bool{}
	for range count {
		alg, ok := r.number(2)
		size, known := sizes[alg]
		digest, ok2 := r.bytes(size)
		if !ok || !known || !ok2 || seen[alg] {
			return e, false
		}
		if seen[alg] = true; alg == algSHA256 {
			e.SHA256 = Digest(digest)
		}
	}
	e.Data, ok = r.sized()
	return e, ok
}
