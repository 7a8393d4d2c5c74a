package certify

import "rasure/certify/statement"

// DraftEntry reads a text of version 2 that nobody has signed yet as the entry that it will be. It is an error for a kind that people do not sign.
func DraftEntry(text string) (Entry, error) {
	e := Entry{Kind: KindOf([]byte(text)), text: TextSHA256([]byte(text))}
	e.file = e.text
	s, err := statement.Read(text)
	if err != nil {
		return e, err
	}
	if e.Statement, e.named = s, s.Named(); !e.adapt() || !s.Kind.ByPeople() {
		return e, &NewerError{e.Kind}
	}
	return e, nil
}
