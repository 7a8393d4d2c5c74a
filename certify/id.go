package certify

import (
	"encoding/binary"
	"io"
	"time"

	"rasure/cmd/message"
)

// crockford is the alphabet of ULIDs: no I, L, O, U, so that an id can be read out over a telephone.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewID makes a ULID (github.com/ulid/spec): 26 characters, 48 bits of time in milliseconds and 80 random bits.
// It identifies one job and sorts by the time the job began.
func NewID(now time.Time, random io.Reader) (string, error) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", message.Errorf("making an id: %w", err)
	}
	// 26 characters hold 130 bits: the first one has only three bits of ours.
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var id [26]byte
	for i := len(id) - 1; i >= 0; i-- {
		id[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(id[:]), nil
}
