package logs

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Limits of this package.
const (
	// maxSize bounds the numbers in hostile proofs: package tlog loops without end on sizes over 1<<62.
	maxSize       = 1 << 48
	maxCheckpoint = 1 << 17 // bytes; signed-note asks for space for 16 signatures of 5 kB
)

// Checkpoint is what a log held at one time (c2sp.org/tlog-checkpoint). Two checkpoints are the same if they are equal, whatever the
// bytes of their signatures are.
type Checkpoint struct {
	Origin string    // the log's name, one line
	Size   int64     // number of entries
	Root   tlog.Hash // of the Merkle tree over them (RFC 6962, 2.1)
}

// Text returns the text that a log signs: origin, size and root, a line each.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// String is [Checkpoint.Text].
func (c Checkpoint) String() string { return c.Text() }

var errCheckpoint = message.New("malformed checkpoint")

// ParseCheckpoint parses the text of a checkpoint. It accepts only what [Checkpoint.Text] writes; extension lines are refused.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" {
		return Checkpoint{}, errCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > maxSize {
		return Checkpoint{}, errCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, errCheckpoint
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if c.Text() != text { // +1, 01, loose base64
		return Checkpoint{}, errCheckpoint
	}
	return c, nil
}

// CounterVerifier verifies a signature line that attests a counter, and reads its value.
type CounterVerifier interface {
	note.Verifier

	// Counter returns the value that sig attests: the bytes of the line after the 4-byte key id. It is called after Verify.
	Counter(sig []byte) (uint64, error)
}

// Recorder writes the lines of a [CounterVerifier] as records of one size, see [Snapshot.Attested].
type Recorder interface {
	RecordSize() int // bytes

	// Record returns the record of sig, the bytes of a line after the 4-byte key id. It is never all zero bytes.
	Record(sig []byte) ([]byte, error)

	// Line returns the bytes of the line whose record it is. No two records are of one line: what can be written in two ways is
	// accepted in one.
	Line(record []byte) (sig []byte, err error)
}

// Identity is what the checkpoints of one log must have.
type Identity struct {
	Origin  string
	Log     note.Verifier
	Counter CounterVerifier // nil: the log has no counter
	Base    uint64          // of the counter at size 0: counter == Base + size, until the first step
	Steps   []Step          // where the counter was taken up again after it had counted without entries, in the order of sizes
	Records Recorder        // of the lines of Counter; nil: the log keeps no records
}

func (p Identity) check() error {
	switch {
	case p.Origin == "" || strings.ContainsAny(p.Origin, "\n"):
		return message.Errorf("a log's origin is one line, not %q", p.Origin)
	case p.Log == nil:
		return message.New("the key to verify the log with is missing")
	case p.Records != nil && p.Counter == nil:
		return message.New("a log without a counter has no records of attestations")
	}
	return nil
}

// OpenCheckpoint verifies a signed checkpoint and returns its content, and the value of the counter that it attests (0 if p has none).
// It does not compare the counter with p.Base, which the auditor of a single proof does not know: counter - Size is the log's Base,
// and the same at every size.
//
// Signatures by others are ignored, as c2sp.org/signed-note demands. Lines that can be written in two ways are accepted in one, so
// without lines of others only the number s of an ECDSA signature can be changed, to n-s.
func OpenCheckpoint(p Identity, signed []byte) (Checkpoint, uint64, error) {
	c, counter, _, err := openCheckpoint(p, signed)
	if err != nil {
		return Checkpoint{}, 0, message.Errorf("checkpoint: %w", err)
	}
	return c, counter, nil
}

// openCheckpoint also returns the line of the counter, nil if p has none.
func openCheckpoint(p Identity, signed []byte) (c Checkpoint, counter uint64, line []byte, err error) {
	if err := p.check(); err != nil {
		return c, 0, nil, err
	}
	if len(signed) > maxCheckpoint || !canonical(signed) {
		return c, 0, nil, errCheckpoint
	}
	verifiers := []note.Verifier{p.Log}
	if p.Counter != nil {
		verifiers = append(verifiers, p.Counter)
	}
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return c, 0, nil, err
	}
	if _, ok := signature(n, p.Log); !ok {
		return c, 0, nil, message.Errorf("not signed by %s", p.Log.Name())
	}
	if c, err = ParseCheckpoint(n.Text); err != nil {
		return c, 0, nil, err
	}
	if c.Origin != p.Origin {
		return c, 0, nil, message.Errorf("it is of log %q, not of %q", c.Origin, p.Origin)
	}
	if p.Counter == nil {
		return c, 0, nil, nil
	}
	line, ok := signature(n, p.Counter)
	if !ok {
		return c, 0, nil, message.New("no counter is attested")
	}
	if counter, err = p.Counter.Counter(line); err != nil {
		return c, 0, nil, err
	}
	if counter < uint64(c.Size) {
		return c, 0, nil, message.Errorf("%d entries attested with a counter of %d", c.Size, counter)
	}
	return c, counter, line, nil
}

// ReadCheckpoint reads and verifies the checkpoint of the log in dir.
func ReadCheckpoint(dir fs.FS, p Identity) (Checkpoint, error) {
	c, _, err := readCheckpoint(dir, p)
	return c, err
}

// ReadSigned reads the checkpoint of the log in dir, a signed note, without verifying it.
func ReadSigned(dir fs.FS) ([]byte, error) { return readFile(dir, checkpointFile, maxCheckpoint) }

func readCheckpoint(dir fs.FS, p Identity) (Checkpoint, []byte, error) {
	signed, err := ReadSigned(dir)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := p.open(signed)
	return c, signed, err
}

// open is OpenCheckpoint that compares the counter with p.Base.
func (p Identity) open(signed []byte) (Checkpoint, error) {
	c, _, err := p.openLine(signed)
	return c, err
}

// openLine is open that also returns the line of the counter.
func (p Identity) openLine(signed []byte) (Checkpoint, []byte, error) {
	c, counter, line, err := openCheckpoint(p, signed)
	if err == nil && p.Counter != nil && counter != p.counted(c.Size) {
		err = message.Errorf("%d entries attested with a counter of %d, which began at %d", c.Size, counter, p.BaseAt(c.Size))
	}
	if err != nil {
		return Checkpoint{}, nil, message.Errorf("checkpoint: %w", err)
	}
	return c, line, nil
}

// signature returns the signature bytes that v has verified on n.
func signature(n *note.Note, v note.Verifier) ([]byte, bool) {
	for _, s := range n.Sigs {
		if s.Name == v.Name() && s.Hash == v.KeyHash() {
			raw, err := base64.StdEncoding.DecodeString(s.Base64)
			return raw[min(4, len(raw)):], err == nil
		}
	}
	return nil, false
}

// canonical reports whether each signature line of a note is written in the only accepted way, and none twice. Package note decodes base64
// loosely: it takes four different last characters for the same signature, and skips repeated lines.
func canonical(signed []byte) bool {
	i := strings.LastIndex(string(signed), "\n\n")
	if i < 0 {
		return false
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(signed[i+2:])) {
		j := strings.LastIndexByte(line, ' ')
		raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(line[j+1:], "\n"))
		if err != nil || line[j+1:] != base64.StdEncoding.EncodeToString(raw)+"\n" || len(raw) < 4 {
			return false
		}
		key := line[:j+1] + string(raw[:4])
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}
