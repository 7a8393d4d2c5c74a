package statement

import (
	"crypto/sha256"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// KindAnnex is the first line of an annex.
const KindAnnex = "rasure/annex/v2"

// Annex is the file of what must not stay in a log of thirty years: names of strangers, contacts, titles of documents. The statement has its
// SHA-256 only. When the file is deleted the data is gone, and the log stays whole. Without the salt nobody can find the data by trying.
type Annex struct {
	Salt   Hash         `canon:"salt"`                 // 32 random bytes
	Fields []AnnexField `canon:"fields" count:"1..64"` // each path once
}

// AnnexField is a value that belongs to a statement.
type AnnexField struct {
	Path  string `canon:"path" max:"64"` // `customer` `contact` `ticket` `note` `receiver.name` `host.serial` `title` ...
	Value string `canon:"value"`
}

// AnnexText writes an annex. Its SHA-256 is what the statement has.
func AnnexText(a *Annex) (text string, sum Hash, err error) {
	if err := a.check(); err != nil {
		return "", Hash{}, err
	}
	text, err = canon.Write(KindAnnex, a)
	return text, sha256.Sum256([]byte(text)), err
}

// ReadAnnex reads the annex of a statement, which has sum. It refuses any other file.
func ReadAnnex(text string, sum Hash) (*Annex, error) {
	if sha256.Sum256([]byte(text)) != sum {
		return nil, message.New("this is not the annex of the statement: it has another SHA-256")
	}
	a := new(Annex)
	if err := canon.Read(KindAnnex, text, a); err != nil {
		return nil, message.Errorf("reading %s: %w", KindAnnex, err)
	}
	return a, a.check()
}

func (a *Annex) check() error {
	if a.Salt.IsZero() {
		return message.New("the annex has no salt")
	}
	seen := map[string]bool{}
	for _, f := range a.Fields {
		if seen[f.Path] {
			return message.Errorf("the annex has %s twice", f.Path)
		}
		seen[f.Path] = true
	}
	return nil
}
