package station

import (
	"encoding/hex"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Attest signs the log's head for somebody who asks now, with a nonce of their choice. What it returns is never appended. Others may append
// meanwhile, and then the counter has counted more than the head has: it tries again.
func (s *Station) Attest(nonce []byte) ([]byte, error) {
	const tries, pause = 20, 100 * time.Millisecond
	card, err := s.log.Entry(0)
	if err != nil {
		return nil, err
	}
	first := certify.TextSHA256(card)
	for try := 1; ; try++ {
		snapshot, err := s.Snapshot()
		if err != nil {
			return nil, err
		}
		f := statement.Fresh{Log: audit.HeadOf(first, snapshot.Checkpoint()), Nonce: hex.EncodeToString(nonce), At: Now()}
		text, err := statement.FreshText(&f)
		if err != nil {
			return nil, err
		}
		signed, err := note.Sign(&note.Note{Text: text}, s.lines...)
		if err != nil {
			return nil, message.Errorf("signing the live proof: %w", err)
		}
		if _, err = audit.OpenFresh(s.id, first, signed, nonce); err == nil || try == tries {
			return signed, err
		}
		time.Sleep(pause)
	}
}
