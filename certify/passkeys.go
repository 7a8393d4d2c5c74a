package certify

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// PassKeys derives every secret number of a job from a seed and an anchor: the keys of its passes, of its markers and its probe, and
// the seeds of its samples. FORMAT.md has the derivation, "Keys of a job".
//
// The anchor is the signed head of the log that ends with the job's begin. Nobody can foresee it, not even root: so the bytes of a pass
// were made after the begin was in the log, and the stream of last year, or of another disk, is not that of this job. The seed
// keeps the keys from everybody who sees the log: a drive that knew a key could invent what it is read back.
type PassKeys struct {
	extracted []byte // the pseudorandom key of RFC 5869, 2.2
	job       string
}

// NewPassKeys returns the keys of a job, whose ULID is job. The seed has 32 random bytes; the begin has its SHA-256. The anchor is that of
// [statement.Anchor.Sum].
func NewPassKeys(seed, anchor [32]byte, job string) (*PassKeys, error) {
	extracted, err := hkdf.Extract(sha256.New, seed[:], anchor[:])
	if err != nil {
		return nil, err
	}
	return &PassKeys{extracted, job}, nil
}

// Pass returns the key of a pass that draws one, counted from 1. A complement has the key of the pass that it is the complement of.
func (k *PassKeys) Pass(n int) [32]byte { return k.derive("rasure/pass/v2", n) }

// Markers returns the key of the blocks that are written before a firmware erase. A job that is resumed before the erase writes new
// ones: try counts from 1.
func (k *PassKeys) Markers(try int) [32]byte { return k.derive("rasure/markers/v2", try) }

// Probe returns the key of the blocks that show whether the device keeps what is written to it. They are counted as the markers are.
func (k *PassKeys) Probe(try int) [32]byte { return k.derive("rasure/probe/v2", try) }

// Sample returns the seed of the sampled verification of a pass, counted from 1.
func (k *PassKeys) Sample(pass int) [32]byte { return k.derive("rasure/sample/v2", pass) }

// derive expands to 32 bytes with the info label || 0x00 || job || n, n as 4 bytes big-endian.
func (k *PassKeys) derive(label string, n int) [32]byte {
	info := binary.BigEndian.AppendUint32([]byte(label+"\x00"+k.job), uint32(n))
	key, err := hkdf.Expand(sha256.New, k.extracted, string(info), 32)
	if err != nil {
		panic(err) // only for more than 255 blocks, or in FIPS mode for another hash
	}
	return [32]byte(key)
}
