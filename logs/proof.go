package logs

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1\n"

// maxProof bounds a proof's bytes: at most 48 hashes, since 1<<48 is maxSize.
const maxProof = maxCheckpoint + 4096

// A proof is the content of a c2sp.org/tlog-proof. The optional extra line is never written and not accepted: no signature covers it.
type proof struct {
	index  int64
	path   tlog.RecordProof
	signed []byte // the checkpoint
}

func (p proof) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%sindex %d\n", proofHeader, p.index)
	for _, h := range p.path {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteByte('\n')
	b.Write(p.signed)
	return b.Bytes()
}

var errProof = message.New("malformed proof")

func parseProof(data []byte) (proof, error) {
	head, signed, ok := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(data) > maxProof || len(lines) < 2 {
		return proof{}, errProof
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil || index < 0 || index >= maxSize {
		return proof{}, errProof
	}
	p := proof{index: index, signed: signed}
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return proof{}, errProof
		}
		p.path = append(p.path, h)
	}
	if !bytes.Equal(p.text(), data) {
		return proof{}, errProof
	}
	return p, nil
}

// Inclusion is where [Verify] found an entry.
type Inclusion struct {
	Index      int64      // of the entry
	Checkpoint Checkpoint // of the log that holds it
	Counter    uint64     // attested with the checkpoint; 0 if the Identity has no counter
	Head       Checkpoint // of the log when the entry was its last, as the hashes of the proof show it
}

// Base returns the value of the counter before the log's first entry. It is the same for everything that is proven from one log;
// compare it with what you know.
func (i Inclusion) Base() uint64 { return i.Counter - uint64(i.Checkpoint.Size) }

// Verify checks a proof (c2sp.org/tlog-proof) that the log of p holds entry. It needs no log. p.Base is not used: see [Inclusion.Base].
func Verify(p Identity, entry, proof []byte) (Inclusion, error) {
	pr, err := parseProof(proof)
	if err != nil {
		return Inclusion{}, err
	}
	c, counter, err := OpenCheckpoint(p, pr.signed)
	if err != nil {
		return Inclusion{}, err
	}
	if err := tlog.CheckRecord(pr.path, c.Size, c.Root, pr.index, tlog.RecordHash(entry)); err != nil {
		return Inclusion{}, message.Errorf("the proof does not show that this is entry %d of %d of %s", pr.index, c.Size, c.Origin)
	}
	head := Checkpoint{c.Origin, pr.index + 1, pr.head(c.Size, tlog.RecordHash(entry))}
	return Inclusion{Index: pr.index, Checkpoint: c, Counter: counter, Head: head}, nil
}

// head returns the root of the tree of which the entry is the last, from a proof in a tree of size entries that was checked: all that is to
// the right of the entry is left out.
func (p proof) head(size int64, leaf tlog.Hash) tlog.Hash {
	h, n, last := leaf, p.index, size-1
	for _, sibling := range p.path { // RFC 9162, 2.1.3.2
		if n%2 == 1 || n == last {
			h = tlog.NodeHash(sibling, h)
		}
		n, last = n/2, last/2
	}
	return h
}
