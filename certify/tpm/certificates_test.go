package tpm

import (
	"bytes"
	"testing"
)

func TestSplitCertificates(t *testing.T) {
	t.Parallel()
	one, two := append([]byte{0x30, 3}, 1, 2, 3), append([]byte{0x30, 4}, 4, 5, 6, 7)
	for _, c := range []struct {
		name    string
		content []byte
		want    [][]byte
	}{
		{"one", one, [][]byte{one}},
		{"two, one behind the other", append(bytes.Clone(one), two...), [][]byte{one, two}},
		{"padded with zeros", append(bytes.Clone(one), 0, 0, 0), [][]byte{one}},
		{"padded with ff", append(append(bytes.Clone(one), two...), 0xff, 0xff), [][]byte{one, two}},
		{"with the header of TPM 1.2", append([]byte{0x10, 0x01, 0x00, 0x00, 5}, one...), [][]byte{one}},
		{"cut off", one[:4], nil},
		{"no sequence", []byte{4, 1, 0}, nil},
		{"empty", nil, nil},
	} {
		got := splitCertificates(c.content)
		if len(got) != len(c.want) {
			t.Errorf("%s: %x, want %x", c.name, got, c.want)
			continue
		}
		for i := range got {
			if !bytes.Equal(got[i], c.want[i]) {
				t.Errorf("%s: %x, want %x", c.name, got, c.want)
			}
		}
	}
}
