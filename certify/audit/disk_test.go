package audit

import (
	"crypto/sha256"
	"io"
	"os"
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
)

// The identifiers of a preparation come from its text in version 1, and in version 2 from the certificate and the id.
func TestLayoutRandom(t *testing.T) {
	t.Parallel()
	stream := func(first, second string) string {
		a, b := sha256.Sum256([]byte(first)), sha256.Sum256([]byte(second))
		return string(a[:]) + string(b[:])
	}
	old := "rasure/preparation/v1\n{\n  \"label\": \"100%d\"\n}\n"
	vector, err := os.ReadFile("../testdata/v2/preparation.least")
	check(t, err)
	s, err := statement.Read(certify.TextOf(vector))
	check(t, err)
	p := s.Body.(*statement.Preparation)
	rest := "\n" + p.Certificate.SHA256.String() + "\n" + p.ID + "\n"
	for signed, want := range map[string]string{
		old + "\nsignature":   stream("rasure layout 1\n"+old, "rasure layout 2\n"+old),
		string(vector):        stream("rasure/layout/v2 1"+rest, "rasure/layout/v2 2"+rest),
		"rasure/begin/v2\n{}": stream("rasure layout 1\nrasure/begin/v2\n{}", "rasure layout 2\nrasure/begin/v2\n{}"),
	} {
		if got, err := io.ReadAll(LayoutRandom([]byte(signed))); err != nil || string(got) != want {
			t.Errorf("%.30q: %x, %v, want %x", signed, got, err, want)
		}
	}
}
