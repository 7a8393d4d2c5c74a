package annex

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
)

// handover is a statement with the annex of that SHA-256.
func handover(t *testing.T, sum statement.Hash) []byte {
	t.Helper()
	head := statement.Head{Origin: "s7.example", First: statement.Hash{1}, Size: 3, Root: statement.Hash{2}}
	h := &statement.Handover{From: "wu", Receiver: &statement.Outside{Organisation: "the smelter"},
		Media: []statement.Medium{{Number: "M-1", Classification: "none", Type: "ssd", Registration: statement.Ref{Index: 2, SHA256: statement.Hash{3}}}}}
	h.Act = statement.Act{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Log: head, At: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Signers: []statement.Signer{{Role: "custodian", Person: "wu"}}}
	h.Says, h.Annex = statement.SayingOf(h).String(), sum
	h.Evidence = []statement.File{{Name: "receipt.pdf", SHA256: statement.Hash{4}, Size: 1}}
	text, err := statement.Write(h)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}

func TestAnnex(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, err := Text([]string{"receiver.name=孙八", "title=Budget 2026"})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Text([]string{"receiver.name=孙八", "title=Budget 2026"}); err != nil || again == text {
		t.Errorf("two annexes with one content are alike, %v: a person who guesses the content finds it", err)
	}
	signed := handover(t, sumOf(text))
	if _, err := Keep(dir, signed, nil); fault.Code(err) != fault.Refused {
		t.Errorf("Keep without the annex = %v", err)
	}
	if _, err := Keep(dir, signed, []byte(text+" ")); fault.Code(err) != fault.Unverified {
		t.Errorf("Keep of another file = %v", err)
	}
	if _, err := Keep(dir, handover(t, statement.Hash{}), []byte(text)); fault.Code(err) != fault.BadUsage {
		t.Errorf("Keep of what has no annex = %v", err)
	}
	drop, err := Keep(dir, signed, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, Dir))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	a, err := Read(dir, sumOf(text))
	if err != nil || len(a.Fields) != 2 || a.Fields[0].Value != "孙八" {
		t.Errorf("Read = %+v, %v", a, err)
	}
	again, err := Keep(dir, signed, nil) // it is kept: nobody need give it again, and nobody drops it
	if err != nil {
		t.Fatal(err)
	}
	again()
	if _, err := Read(dir, sumOf(text)); err != nil {
		t.Errorf("Read = %v", err)
	}
	drop()
	if _, err := Read(dir, sumOf(text)); !errors.Is(err, ErrGone) {
		t.Errorf("Read after it was dropped = %v", err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"receiver.name", "=x", "title=", "a=\x1b"} {
		if _, err := Text([]string{wrong}); fault.Code(err) != fault.BadUsage {
			t.Errorf("Text(%q) = %v", wrong, err)
		}
	}
	if _, err := Text([]string{"a=1", "a=2"}); fault.Code(err) != fault.BadUsage {
		t.Errorf("Text of one field twice = %v", err)
	}
}

func sumOf(text string) statement.Hash { return sha256.Sum256([]byte(text)) }
