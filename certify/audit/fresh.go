package audit

import (
	"encoding/hex"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/logs"
)

// Limits of a nonce, in bytes. A short one could be guessed, and signed before it was asked for.
const (
	MinNonce = 16
	MaxNonce = 64
)

// HeadOf is the head of the log that begins with an entry of this SHA-256.
func HeadOf(first [32]byte, c logs.Checkpoint) statement.Head {
	return statement.Head{Origin: c.Origin, First: first, Size: c.Size, Root: statement.Hash(c.Root)}
}

// ParseNonce reads the hex digits of a nonce.
func ParseNonce(s string) ([]byte, error) {
	nonce, err := hex.DecodeString(s)
	if err != nil || len(nonce) < MinNonce || len(nonce) > MaxNonce {
		return nil, message.Errorf("a nonce has %d to %d hex digits, such as openssl rand -hex 16 prints", 2*MinNonce, 2*MaxNonce)
	}
	return nonce, nil
}

// OpenFresh opens a live proof by the station of a log, made for this nonce: the station's line and, if the log has a counter, an attestation
// that the counter is where it must be for an uncut log of that size.
func OpenFresh(id logs.Identity, first [32]byte, signed, nonce []byte) (*statement.Fresh, error) {
	f, counter, err := openFresh(id, signed)
	switch {
	case err != nil:
		return f, message.Errorf("the live proof: %w", err)
	case f.Nonce != hex.EncodeToString(nonce):
		return f, message.New("the live proof was made for another nonce")
	case f.Log.Origin != id.Origin || f.Log.First != first:
		return f, message.Errorf("the live proof is of another log: it begins with the entry %s, and this one with %s", f.Log.First, hexOf(first))
	case id.Counter != nil && counter-id.BaseAt(f.Log.Size) != uint64(f.Log.Size):
		return f, message.Errorf("the live proof states %d entries, and the counter has counted %d", f.Log.Size, int64(counter-id.BaseAt(f.Log.Size)))
	}
	return f, nil
}

func openFresh(id logs.Identity, signed []byte) (f *statement.Fresh, counter uint64, err error) {
	want := []note.Verifier{id.Log}
	if id.Counter != nil {
		want = append(want, id.Counter)
	}
	text, sigs, err := certify.OpenLines(signed, want...)
	if err != nil {
		return f, 0, err
	}
	if f, err = statement.ReadFresh(text); err == nil && id.Counter != nil {
		counter, err = id.Counter.Counter(sigs[1])
	}
	return f, counter, err
}

// Answered is what a live proof showed.
type Answered struct {
	Entries int64     `json:"entries"` // of the log when the station was asked; they are the first of this one
	Root    string    `json:"root"`
	Nonce   string    `json:"nonce"`
	At      time.Time `json:"at"`
}

// checkFresh compares a live proof with the log that was audited.
func (r *Report) checkFresh(o Options) error {
	if o.Fresh == nil {
		return nil
	}
	f, err := OpenFresh(r.id, r.first.TextSHA256(), o.Fresh, o.Nonce)
	if err != nil {
		return &Failure{err}
	}
	cp := logs.Checkpoint{Origin: f.Log.Origin, Size: f.Log.Size, Root: tlog.Hash(f.Log.Root)}
	if err := r.State.Log.Extends(cp); err != nil {
		return verdictOf(message.Errorf("the live proof: %w", err))
	}
	r.Fresh = &Answered{cp.Size, cp.Root.String(), f.Nonce, f.At}
	return nil
}
