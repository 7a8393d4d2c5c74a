package wipe

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"unsafe"

	"rasure/cmd/message"
	"rasure/wipe/internal/pump"
)

// OldContent is what was remembered of the blocks that were on the disk before the markers. Markers are what was written last: a drive that
// only forgets its newest blocks loses them and keeps everything else. Of a block in each of a thousand sections that holds no marker and
// is not one byte repeated, a keyed hash is kept until the drive has erased itself; the key and the hashes are dropped then.
type OldContent struct {
	Key    string     `json:"key,omitempty"`    // of the hashes, 64 hex digits; "" when they were compared
	Blocks []OldBlock `json:"blocks,omitempty"` // what is to be compared
	Places int        `json:"places"`           // how many blocks were remembered
	Kept   []Extent   `json:"kept,omitempty"`   // of these, the blocks that were the same after the erase
}

// OldBlock is a logical block and the first 16 bytes of its HMAC-SHA256.
type OldBlock struct {
	Offset int64  `json:"offset"`
	Sum    string `json:"sum"`
}

// rememberContent reads what is on the disk before the markers are written. A block that cannot be read is left out.
func (j *job) rememberContent(ctx context.Context, markers []Extent) (OldContent, error) {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil { // never on the report, so never from the source of keys that are
		return OldContent{}, message.Errorf("drawing the key of the old content: %w", err)
	}
	old := OldContent{Key: hex.EncodeToString(key[:])}
	for _, e := range pump.Without(pump.Spread(key, j.pump.Size, j.pump.Logical, 1), markers) {
		sum, err := j.sumOf(ctx, key[:], e.Offset)
		if err != nil {
			return OldContent{}, err
		}
		if sum != "" {
			old.Blocks = append(old.Blocks, OldBlock{e.Offset, sum})
		}
	}
	old.Places = len(old.Blocks)
	return old, nil
}

// compareContent looks for blocks that are what they were, and drops the key and the hashes.
func (j *job) compareContent(ctx context.Context, old *OldContent) error {
	key, err := hex.DecodeString(old.Key)
	if err != nil {
		return errStateMismatch
	}
	old.Kept = nil
	for _, b := range old.Blocks {
		sum, err := j.sumOf(ctx, key, b.Offset)
		if err != nil {
			return err
		}
		if sum != "" && sum == b.Sum {
			old.Kept = append(old.Kept, Extent{Offset: b.Offset, Length: int64(j.pump.Logical)})
		}
	}
	old.Key, old.Blocks = "", nil
	return nil
}

// sumOf returns the keyed hash of a logical block; "" if it cannot be read or is one byte repeated. The error is that of a disk that does
// not answer any more, or of ctx.
func (j *job) sumOf(ctx context.Context, key []byte, offset int64) (string, error) {
	block, read := alignedBlock(j.pump.Logical), 0
	err := j.pump.Call(ctx, func() (err error) {
		read, err = j.t.ReadAt(block, offset)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return "", pump.Stopped(ctx, 0, j.pump.Size)
	case err != nil || read != len(block) || constant(block):
		return "", nil
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(block)
	return hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

func constant(b []byte) bool {
	for _, c := range b {
		if c != b[0] {
			return false
		}
	}
	return true
}

// alignedBlock is a buffer whose address O_DIRECT accepts.
func alignedBlock(n int) []byte {
	const page = 4096
	b := make([]byte, n+page)
	at := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (page - 1))
	return b[at : at+n : at+n]
}
