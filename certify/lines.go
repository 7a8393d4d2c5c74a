package certify

import (
	"encoding/base64"
	"encoding/binary"

	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/note"
)

var errLines = message.New("malformed signature line")

// OpenLines opens a note that has a line by each of the verifiers, in their order, and no other: there is one way to write it. It returns the text and the
// signatures, without their key IDs.
func OpenLines(signed []byte, want ...note.Verifier) (text string, sigs [][]byte, err error) {
	n, err := note.Open(signed, note.VerifierList(want...))
	if err != nil {
		return "", nil, err
	}
	again := n.Text + "\n"
	for i, v := range want {
		if len(n.Sigs) != len(want) || n.Sigs[i].Hash != v.KeyHash() || n.Sigs[i].Name != v.Name() {
			return "", nil, message.New("the signature lines are not those of the station and its counter")
		}
		raw, err := base64.StdEncoding.DecodeString(n.Sigs[i].Base64)
		if err != nil || len(raw) < 4 || binary.BigEndian.Uint32(raw) != v.KeyHash() {
			return "", nil, errLines
		}
		again += "— " + v.Name() + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
		sigs = append(sigs, raw[4:])
	}
	if again != string(signed) {
		return "", nil, errLines
	}
	return n.Text, sigs, nil
}
