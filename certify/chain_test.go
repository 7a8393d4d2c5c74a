package certify_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
)

// story writes entries of one station for a chain.
type story struct {
	t   *testing.T
	s   note.Signer
	pub *ecdsa.PublicKey
}

func newStory(t *testing.T) story {
	s, pub := signer(t)
	return story{t, s, pub}
}

func (s story) sign(kind certify.Kind, body any) []byte {
	s.t.Helper()
	signed, err := certify.Sign(kind, body, s.s)
	if err != nil {
		s.t.Fatal(err)
	}
	return signed
}

func (s story) station() []byte {
	return s.sign(certify.KindStation, certify.StationStatement{Station: station(s.t, s.pub), TPM: nil, Created: when})
}

func (s story) begin(id string) []byte {
	c := certificate(s.t, s.pub)
	return s.sign(certify.KindBegin, certify.Begin{ID: id, Station: c.Station, Disk: c.Disk, Plan: c.Plan, Started: when})
}

// ref refers to a signed entry.
func ref(index int64, signed []byte) certify.EntryRef {
	sum := sha256.Sum256(signed)
	return certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
}

// end is the certificate of a job.
func (s story) end(id string, index int64, begin []byte, change func(*certify.Certificate)) []byte {
	s.t.Helper()
	c := certificate(s.t, s.pub)
	c.ID, c.Begin = id, ref(index, begin)
	if change != nil {
		change(&c)
	}
	return s.sign(certify.KindCertificate, c)
}

// as sets an outcome that claims nothing, with the exception that goes with it.
func as(outcome, code string) func(*certify.Certificate) {
	return func(c *certify.Certificate) {
		c.Outcome, c.Level = outcome, "none"
		c.Exceptions = append(c.Exceptions, certify.Exception{Code: code})
	}
}

// resuming is the certificate of a job that was resumed after an earlier certificate.
func (s story) resuming(id string, index int64, begin []byte, at int64, earlier []byte) []byte {
	s.t.Helper()
	return s.end(id, index, begin, func(c *certify.Certificate) {
		resumed := ref(at, earlier)
		c.Resumes = &resumed
		c.Interruptions = []certify.Interruption{{Reason: "interrupted", Pass: 1, Low: 4096, Noticed: when}}
	})
}

// prepared states a preparation of the disk with that serial number, after the certificate at an index.
func (s story) prepared(index int64, cert []byte, serial string) []byte {
	c := certificate(s.t, s.pub)
	c.Disk.Serial = serial
	return s.sign(certify.KindPreparation, certify.Preparation{Station: c.Station, Disk: c.Disk,
		Certificate: ref(index, cert), Layout: "gpt-fat32", Changed: []certify.Extent{{Offset: 0, Length: 512}}, Started: when})
}

func (s story) fold(entries ...[]byte) *certify.Chain {
	s.t.Helper()
	chain := certify.NewChain()
	for i, e := range entries {
		checked, err := certify.CheckEntry(e, s.pub)
		if err != nil {
			s.t.Fatalf("entry %d: %v", i, err)
		}
		chain.Add(int64(i), checked)
	}
	return chain
}

func TestAChainInOrderHasNoProblems(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a, b := s.begin("A"), s.begin("B")
	end := s.end("B", 2, b, nil)
	c := s.fold(s.station(), a, b, end, s.end("A", 1, a, nil), s.begin("C"), s.prepared(3, end, "001CC0EC"))
	if len(c.Problems) != 0 || c.Outcomes["verified"] != 2 {
		t.Errorf("problems %+v, outcomes %v", c.Problems, c.Outcomes)
	}
	if open := c.Open(); len(open) != 1 || open[0].ID != "C" || open[0].Index != 5 || open[0].Serial != "001CC0EC" {
		t.Errorf("open %+v", open)
	}
}

func TestAJobThatWasGoneOnWithHasOneCertificateThatStands(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a := s.begin("A")
	cut := s.end("A", 1, a, as("interrupted", "interrupted"))
	c := s.fold(s.station(), a, cut, s.resuming("A", 1, a, 2, cut))
	if len(c.Problems) != 0 || c.Outcomes["verified"] != 1 || c.Outcomes["interrupted"] != 0 || len(c.Open()) != 0 {
		t.Errorf("problems %+v, outcomes %v, open %+v", c.Problems, c.Outcomes, c.Open())
	}
}

func TestEveryBrokenRuleOfAChainIsNamed(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	st, a := s.station(), s.begin("A")
	endA := s.end("A", 1, a, nil)
	for want, entries := range map[string][][]byte{
		"the same entry":            {st, a, a},
		"a second begin":            {st, a, s.begin("A")},
		"a second certificate":      {st, a, endA, s.end("A", 1, a, as("failed", "mismatched"))},
		"a second certificate of":   {st, a, endA, s.resuming("A", 1, a, 2, endA)}, // it was verified: nothing to go on with
		"resumes one that is not":   {st, a, s.resuming("A", 1, a, 2, endA)},
		"which never began":         {st, s.end("A", 1, a, nil)},
		"another begin":             {st, a, s.end("A", 2, a, nil)},
		"another begin than":        {st, a, s.end("A", 1, st, nil)},
		"of another disk":           {st, a, s.end("A", 1, a, func(c *certify.Certificate) { c.Disk.Serial = "OTHER" })},
		"another plan":              {st, a, s.end("A", 1, a, func(c *certify.Certificate) { c.Plan.Verify = "none" })},
		"contradicts itself":        {st, a, s.end("A", 1, a, func(c *certify.Certificate) { c.Passes[0].Verified -= 512 })},
		"a log begins with one":     {a},
		"refers to no certificate":  {st, a, endA, s.prepared(1, a, "001CC0EC")},
		"preparation of another":    {st, a, endA, s.prepared(2, endA, "OTHER")},
		"a log begins with one sta": {st, a, s.sign(certify.KindStation, certify.StationStatement{Station: station(t, s.pub), Created: when.AddDate(1, 0, 0)})},
	} {
		c := s.fold(entries...)
		if len(c.Problems) == 0 || !strings.Contains(c.Problems[0].Detail, want) {
			t.Errorf("want %q, have %+v", want, c.Problems)
		}
	}
}

func TestAStatementOfAnotherStationIsAProblem(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	c := certificate(t, s.pub)
	c.Station.Assurance = certify.TPMVerified // claims more than the log's first entry
	boast := s.sign(certify.KindBegin, certify.Begin{ID: "A", Station: c.Station, Disk: c.Disk, Plan: c.Plan, Started: when})
	if c := s.fold(s.station(), boast); len(c.Problems) != 1 || !strings.Contains(c.Problems[0].Detail, "assurance") {
		t.Errorf("problems %+v", c.Problems)
	}
}

func TestAMissingEntryIsAProblem(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	c := certify.NewChain()
	first, err := certify.CheckEntry(s.station(), s.pub)
	if err != nil {
		t.Fatal(err)
	}
	third, err := certify.CheckEntry(s.begin("A"), s.pub)
	if err != nil {
		t.Fatal(err)
	}
	c.Add(0, first)
	c.Add(2, third)
	if len(c.Problems) != 1 || !strings.Contains(c.Problems[0].Detail, "entry 1 is missing") {
		t.Errorf("problems %+v", c.Problems)
	}
}

func TestStatementsOfUnknownKindAreNotInOrder(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	if _, err := certify.CheckEntry(s.sign("rasure/amnesty/v1", map[string]string{}), s.pub); err == nil {
		t.Error("an unknown kind passes")
	}
}

func TestACertificateIsOfTheMediumThatItsBeginNames(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	cert := certificate(t, s.pub)
	cert.ID = "A"
	medium := func(number string, approval int64) *certify.MediumRef {
		return &certify.MediumRef{Number: number, Class: certify.Secret, Purpose: "inside", Approval: &certify.EntryRef{Index: approval}}
	}
	begin := s.sign(certify.KindBegin, certify.Begin{ID: "A", Station: cert.Station, Disk: cert.Disk, Plan: cert.Plan, Started: when, Register: medium("S-1", 5)})
	cert.Begin = ref(1, begin)
	for _, c := range []struct {
		of   *certify.MediumRef
		good bool
	}{{medium("S-1", 5), true}, {medium("S-2", 5), false}, {medium("S-1", 6), false}, {nil, false}, {&certify.MediumRef{Number: "S-1", Class: certify.Secret, Purpose: "inside"}, false}} {
		cert.Register = c.of
		chain := s.fold(s.station(), begin, s.sign(certify.KindCertificate, cert))
		if good := len(chain.Problems) == 0; good != c.good {
			t.Errorf("%+v: problems %+v", c.of, chain.Problems)
		}
	}
}
