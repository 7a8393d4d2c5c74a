package hub

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"rasure/logs"
)

// memo is a verifier that remembers what it has accepted until it is cleared. The record of each entry is verified twice while a request is answered, in
// files that somebody may change in between: when the log is judged and when it is copied. The second time costs a hash instead of a signature.
type memo struct {
	logs.CounterVerifier

	mu   sync.Mutex // guards good
	good map[[32]byte]bool
}

func newMemo(v logs.CounterVerifier) *memo {
	return &memo{CounterVerifier: v, good: map[[32]byte]bool{}}
}

// Verify reports whether sig is of this text.
func (m *memo) Verify(text, sig []byte) bool {
	key := sha256.New()
	key.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
	key.Write(text)
	key.Write(sig)
	sum := [32]byte(key.Sum(nil))
	m.mu.Lock()
	good := m.good[sum]
	m.mu.Unlock()
	if good {
		return true
	}
	if !m.CounterVerifier.Verify(text, sig) {
		return false
	}
	m.mu.Lock()
	m.good[sum] = true
	m.mu.Unlock()
	return true
}

func (m *memo) clear() {
	m.mu.Lock()
	m.good = map[[32]byte]bool{}
	m.mu.Unlock()
}
