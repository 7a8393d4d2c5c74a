package certify_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
)

// checkVector checks an entry with the key of the vectors. That version 2 is not understood by the log yet is no error of the entry.
func checkVector(entry []byte) (certify.Entry, error) {
	e, err := certify.CheckEntry(entry, &stationOfVectors().key.PublicKey)
	if newer := new(certify.NewerError); errors.As(err, &newer) {
		err = nil
	}
	return e, err
}

// resign signs a changed text by the station, whatever it says.
func resign(t *testing.T, text string) []byte {
	t.Helper()
	sig, err := stationOfVectors().Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := stationOfVectors()
	id := d.KeyHash()
	raw := append([]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}, sig...)
	return []byte(text + "\n\u2014 " + d.Name() + " " + base64.StdEncoding.EncodeToString(raw) + "\n")
}

func TestVersion2Refuses(t *testing.T) {
	t.Parallel()
	all := vectorsOf2(t)
	cert, act := all["certificate.least"], all["handover.least"]
	text := certify.TextOf(cert)
	other, _ := software(t)
	otherKey := func(d deterministic) *ecdsa.PublicKey { return &d.key.PublicKey }(deterministic{other})
	line := func(name, role string) string { return personOf(name).line(certify.TextOf(act), role) }
	two := []string{line("王五", "custodian"), line("赵六", "custodian")}
	if two[0] > two[1] {
		two[0], two[1] = two[1], two[0]
	}
	signed := func(lines ...string) []byte { return []byte(certify.TextOf(act) + "\n" + strings.Join(lines, "")) }
	if _, err := checkVector(signed(two...)); err != nil {
		t.Fatal(err)
	}
	sorted := func(lines ...string) []byte {
		slices.Sort(lines)
		return signed(lines...)
	}
	many := []string{}
	for i := range 17 {
		many = append(many, line(strings.Repeat("王", i+1), "custodian"))
	}
	for name, c := range map[string]struct {
		entry   []byte
		because string
	}{
		"high s":                      {malleate(t, cert, &stationOfVectors().key.PublicKey), "has the high s"},
		"another spelling":            {resign(t, strings.Replace(text, `"outcome": `, `"outcome":`, 1)), "one form only"},
		"another name":                {resign(t, strings.ReplaceAll(text, `"s7.archive.example"`, `"s8.archive.example"`)), "another key or name"},
		"another key in the text":     {resign(t, strings.Replace(text, `"key_sha256": "a`, `"key_sha256": "b`, 1)), "another key or name"},
		"changed text":                {bytes.Replace(cert, []byte(`"zhang"`), []byte(`"zheng"`), 1), "does not match"},
		"two lines of the station":    {append(bytes.Clone(cert), cert[len(text)+1:]...), "more than one signature line"},
		"no line of the station":      {[]byte(text), "does not end with a signature line"},
		"no line of a person":         {[]byte(certify.TextOf(act) + "\n"), "malformed"},
		"text only":                   {[]byte(certify.TextOf(act)), "malformed"},
		"lines not sorted":            {signed(two[1], two[0]), "not sorted"},
		"line twice":                  {signed(two[0], two[0]), "not sorted, or one is there twice"},
		"17 lines":                    {sorted(many...), "more than 16"},
		"a line missing":              {signed(two[0]), "must be signed as custodian, custodian"},
		"a line too many":             {sorted(line("钱七", "custodian"), two[0], two[1]), "must be signed as custodian, custodian"},
		"a line of another role":      {sorted(line("赵六", "witness"), two[0]), "signed as custodian, witness, and"},
		"line of the station":         {append(signed(two...), cert[len(text)+1:]...), "malformed"},
		"loose base64":                {signed(two[0], strings.TrimSuffix(two[1], "\n")+"=\n"), "malformed"},
		"no newline at the end":       {signed(two[0], strings.TrimSuffix(two[1], "\n")), "malformed"},
		"act that is another form":    {[]byte(strings.Replace(string(act), `"from": `, `"from":  `, 1)), "one form only"},
		"act with an empty line":      {[]byte(strings.Replace(string(act), "\n", "\n\n", 1)), "one form only"},
		"text that is too long":       {[]byte(certify.TextOf(act) + strings.Repeat(" ", certify.MaxBytes) + "\n\n" + two[0]), "longer than"},
		"entry that is too long":      {sorted(two[0], strings.TrimSuffix(two[1], "\n")+strings.Repeat("AAAA", certify.MaxBytes/4)+"\n"), "longer than"},
		"a later version":             {resign(t, strings.Replace(text, "/v2\n", "/v3\n", 1)), ""},
		"a kind that is not known":    {resign(t, strings.Replace(text, "certificate/v2\n", "amnesty/v2\n", 1)), ""},
		"a kind that is no statement": {resign(t, strings.Replace(text, "certificate/v2\n", "annex/v2\n", 1)), ""},
	} {
		e, err := checkVector(c.entry)
		if c.because == "" {
			if err != nil || e.Statement != nil {
				t.Errorf("%s: %v, and is read", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.because) || e.Statement != nil {
			t.Errorf("%s: %v, not %q", name, err, c.because)
		}
	}
	if _, err := certify.CheckEntry(cert, nil); err == nil || !strings.Contains(err.Error(), "P-256") {
		t.Errorf("without a key: %v", err)
	}
	if signed, err := certify.SignStatement(&statement.Loss{}, stationOfVectors()); err == nil {
		t.Errorf("signed %s", signed)
	}
	if _, err := certify.CheckEntry(cert, otherKey); err == nil || !strings.Contains(err.Error(), "not signed by") {
		t.Errorf("with another key: %v", err)
	}
}

// A certificate whose keys do not come from its seed and its anchor contradicts itself: a stream that somebody had before can be certified again.
func TestContradictionsOfVersion2(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vector, rule string
		change       func(c *statement.Certificate)
	}{
		"level":                 {"least", "level", func(c *statement.Certificate) { c.Level = "none" }},
		"last year's key":       {"least", "keys", func(c *statement.Certificate) { c.Passes[0].Key[0] ^= 1 }},
		"another seed":          {"least", "keys", func(c *statement.Certificate) { c.Seed[0] ^= 1 }},
		"another job":           {"least", "keys", func(c *statement.Certificate) { c.Job = strings.Replace(c.Job, "M", "N", 1) }},
		"places of a sample":    {"failed", "keys", func(c *statement.Certificate) { c.Passes[0].Sample.Seed[0] ^= 1 }},
		"markers":               {"full", "keys", func(c *statement.Certificate) { c.Firmware.Markers.Key[0] ^= 1 }},
		"complement of nothing": {"failed", "keys", func(c *statement.Certificate) { c.Plan.Scheme, c.Passes[0].Pattern = "later", "random-complement" }},
	} {
		s, err := statement.Read(certify.TextOf(vectorsOf2(t)["certificate."+c.vector]))
		if err != nil {
			t.Fatal(err)
		}
		cert := s.Body.(*statement.Certificate)
		c.change(cert)
		signed, err := certify.SignStatement(cert, stationOfVectors())
		if err != nil {
			t.Fatal(err)
		}
		e, err := checkVector(signed)
		found := new(certify.Contradiction)
		if err != nil || !errors.As(e.Contradiction(), &found) || found.Rule != c.rule {
			t.Errorf("%s: %v, %v", name, err, e.Contradiction())
		}
	}
}
