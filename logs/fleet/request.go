package fleet

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/cmd/message"
)

// MaxRequest bounds the bytes of a request: a checkpoint with space for 16 signatures, and 63 hashes.
const MaxRequest = 1<<17 + 63*45 + 64

// maxProof is what c2sp.org/tlog-witness allows.
const maxProof = 63

// Request is the body of an add-checkpoint request (c2sp.org/tlog-witness): a signed checkpoint, and a proof that its log began with the
// tree that the witness has cosigned last.
type Request struct {
	Old        int64       // entries that the witness has cosigned; 0: none
	Proof      []tlog.Hash // that the log began with them
	Checkpoint []byte      // a signed note
}

// Bytes returns the body, as it is posted or kept in a file.
func (r Request) Bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", r.Old)
	for _, h := range r.Proof {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteByte('\n')
	b.Write(r.Checkpoint)
	return b.Bytes()
}

// Origin returns the first line of the checkpoint, which nobody has verified.
func (r Request) Origin() string {
	origin, _, _ := strings.Cut(string(r.Checkpoint), "\n")
	return origin
}

var errRequest = message.New("malformed request")

// ParseRequest reads a body. It accepts only what [Request.Bytes] writes, and verifies nothing.
func ParseRequest(body []byte) (Request, error) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(body) > MaxRequest || len(lines) > 1+maxProof {
		return Request{}, errRequest
	}
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil || old < 0 {
		return Request{}, errRequest
	}
	r := Request{Old: old, Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return Request{}, errRequest
		}
		r.Proof = append(r.Proof, h)
	}
	if !bytes.Equal(r.Bytes(), body) {
		return Request{}, errRequest
	}
	return r, nil
}
