package draft

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// value turns words into what JSON has for the field.
func (d *declaration) value(field string, words []string) (any, error) {
	if field == "media" || slices.Contains(listFields, field) {
		return words, nil
	}
	if field == "evidence" {
		files := []certify.File{}
		for _, path := range words {
			f, err := evidenceFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
	word := words[0]
	switch {
	case len(words) > 1:
		return nil, message.New("it can be given only once")
	case field == "entry":
		return d.entry(word)
	case slices.Contains(intFields, field):
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, message.Errorf("%q is not a whole number", word)
		}
		return n, nil
	case slices.Contains(boolFields, field):
		yes, err := strconv.ParseBool(word)
		if err != nil {
			return nil, message.Errorf("%q is neither true nor false", word)
		}
		return yes, nil
	case slices.Contains(timeFields, field):
		return parseTime(word)
	case slices.Contains(codeFields, field) && chinese[word] != "":
		return chinese[word], nil
	}
	return word, nil
}

// parseTime reads a day, which begins at 00:00 UTC, or a time.
func parseTime(word string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, word); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, word)
	if err != nil {
		return at, message.Errorf("%q is not a day or a time: write 2027-01-31 or 2027-01-31T16:00:00+08:00", word)
	}
	return at.UTC(), nil
}

func evidenceFile(path string) (certify.File, error) {
	f, err := durable.OpenFile(path)
	if err != nil {
		return certify.File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return certify.File{Name: filepath.Base(path), SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}, err
}

// entry reads "INDEX:SHA-256", or at the station the index alone.
func (d *declaration) entry(word string) (certify.EntryRef, error) {
	number, sum, ok := strings.Cut(word, ":")
	index, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return certify.EntryRef{}, message.Errorf("%q is not the index of an entry", word)
	}
	if ok {
		return certify.EntryRef{Index: index, SHA256: sum}, nil
	}
	return d.refer(index)
}
