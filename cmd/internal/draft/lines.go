package draft

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Lines turns the JSON object of a statement into lines "path of names: value", for its signer: a value a line, none left out, none cut,
// and a duplicate field twice. It refuses anything but one object.
func Lines(body string) ([]string, error) {
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	lines := []string{}
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, message.New("its text is not a JSON object")
	}
	if err := objectInWords(dec, "", &lines, 0); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, message.New("bytes follow its JSON object")
	}
	return lines, nil
}

// maxDepth is deeper than any statement of rasure. A deeper one could not be shown so that somebody could read it.
const maxDepth = 8

func objectInWords(dec *json.Decoder, path string, lines *[]string, depth int) error {
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return message.New("its text is not JSON")
		}
		at := strings.TrimSpace(path + " " + Visible(strings.ReplaceAll(fmt.Sprint(name), "_", " ")))
		if err := valueInWords(dec, at, lines, depth+1); err != nil {
			return err
		}
	}
	return closing(dec)
}

func valueInWords(dec *json.Decoder, path string, lines *[]string, depth int) error {
	t, err := dec.Token()
	switch {
	case err != nil:
		return message.New("its text is not JSON")
	case depth > maxDepth:
		return message.New("its text is nested too deeply to be shown")
	case t == json.Delim('{'):
		return objectInWords(dec, path, lines, depth)
	case t == json.Delim('['):
		n := 0
		for ; dec.More(); n++ {
			if err := valueInWords(dec, fmt.Sprintf("%s %d", path, n+1), lines, depth+1); err != nil {
				return err
			}
		}
		if n == 0 {
			*lines = append(*lines, path+": none")
		}
		return closing(dec)
	case t == nil || t == "":
		*lines = append(*lines, path+": -")
	default:
		*lines = append(*lines, path+": "+Visible(fmt.Sprint(t)))
	}
	return nil
}

func closing(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return message.New("its text is not JSON")
	}
	return nil
}

// Visible is [statement.Visible].
func Visible(s string) string { return statement.Visible(s) }

// HexSum is the SHA-256 of data.
func HexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
