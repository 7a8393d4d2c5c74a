package certify_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/wipe"
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
	return s.sign(certify.KindStation, certify.StationStatement{Station: facts(s.t, s.pub).Station, Created: when})
}

func (s story) begin(id string) []byte {
	f, r := facts(s.t, s.pub), report(s.t)
	return s.sign(certify.KindBegin, certify.Begin{ID: id, Station: f.Station, Disk: certify.DiskOf(r.Disk, f), Plan: certify.PlanOf(r.Plan), Started: when})
}

func (s story) end(id string, index int64, begin []byte, change func(*wipe.Report)) []byte {
	s.t.Helper()
	f, r := facts(s.t, s.pub), report(s.t)
	sum := sha256.Sum256(begin)
	f.ID, f.Direct, f.Begin = id, true, certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
	if change != nil {
		change(&r)
	}
	c, _ := certify.New(r, f, "")
	return s.sign(certify.KindCertificate, c)
}

// resuming is the certificate of a job that was gone on with after an earlier certificate.
func (s story) resuming(id string, index int64, begin []byte, at int64, earlier []byte) []byte {
	s.t.Helper()
	f, r := facts(s.t, s.pub), report(s.t)
	sum, sum2 := sha256.Sum256(begin), sha256.Sum256(earlier)
	f.ID, f.Direct, f.Begin = id, true, certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
	f.Resumes = &certify.EntryRef{Index: at, SHA256: hex.EncodeToString(sum2[:])}
	f.Interruptions = []certify.Interruption{{Reason: "interrupted", Pass: 1, Low: 4096, Noticed: when}}
	c, _ := certify.New(r, f, "")
	return s.sign(certify.KindCertificate, c)
}

// prepared states a preparation of the disk with that serial number, after the certificate at an index.
func (s story) prepared(index int64, cert []byte, serial string) []byte {
	f, r := facts(s.t, s.pub), report(s.t)
	r.Disk.Serial = serial
	sum := sha256.Sum256(cert)
	return s.sign(certify.KindPreparation, certify.Preparation{Station: f.Station, Disk: certify.DiskOf(r.Disk, f),
		Certificate: certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}, Layout: "gpt-fat32", Changed: []certify.Extent{{Offset: 0, Length: 512}}, Started: when})
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
	cut := s.end("A", 1, a, func(r *wipe.Report) { r.Outcome = wipe.Interrupted })
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
		"a second certificate":      {st, a, endA, s.end("A", 1, a, func(r *wipe.Report) { r.Outcome = wipe.Failed })},
		"a second certificate of":   {st, a, endA, s.resuming("A", 1, a, 2, endA)}, // it was verified: nothing to go on with
		"resumes one that is not":   {st, a, s.resuming("A", 1, a, 2, endA)},
		"which never began":         {st, s.end("A", 1, a, nil)},
		"another begin":             {st, a, s.end("A", 2, a, nil)},
		"another begin than":        {st, a, s.end("A", 1, st, nil)},
		"of another disk":           {st, a, s.end("A", 1, a, func(r *wipe.Report) { r.Disk.Serial = "OTHER" })},
		"another plan":              {st, a, s.end("A", 1, a, func(r *wipe.Report) { r.Plan.Verify = wipe.None })},
		"contradicts itself":        {st, a, s.end("A", 1, a, func(r *wipe.Report) { r.Passes[0].Verified -= 512 })},
		"a log begins with one":     {a},
		"refers to no certificate":  {st, a, endA, s.prepared(1, a, "001CC0EC")},
		"preparation of another":    {st, a, endA, s.prepared(2, endA, "OTHER")},
		"a log begins with one sta": {st, a, s.sign(certify.KindStation, certify.StationStatement{Station: facts(t, s.pub).Station, Created: when.AddDate(1, 0, 0)})},
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
	f, r := facts(t, s.pub), report(t)
	f.Station.Assurance = certify.TPMVerified // claims more than the log's first entry
	boast := s.sign(certify.KindBegin, certify.Begin{ID: "A", Station: f.Station, Disk: certify.DiskOf(r.Disk, f), Plan: certify.PlanOf(r.Plan), Started: when})
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
	f, r := facts(t, s.pub), report(t)
	f.ID, f.Direct = "A", true
	medium := func(number string, approval int64) *certify.MediumRef {
		return &certify.MediumRef{Number: number, Class: certify.Secret, Purpose: "inside", Approval: &certify.EntryRef{Index: approval}}
	}
	begin := s.sign(certify.KindBegin, certify.Begin{ID: "A", Station: f.Station, Disk: certify.DiskOf(r.Disk, f), Plan: certify.PlanOf(r.Plan), Started: when, Register: medium("S-1", 5)})
	sum := sha256.Sum256(begin)
	f.Begin = certify.EntryRef{Index: 1, SHA256: hex.EncodeToString(sum[:])}
	for _, c := range []struct {
		of   *certify.MediumRef
		good bool
	}{{medium("S-1", 5), true}, {medium("S-2", 5), false}, {medium("S-1", 6), false}, {nil, false}, {&certify.MediumRef{Number: "S-1", Class: certify.Secret, Purpose: "inside"}, false}} {
		f.Register = c.of
		cert, _ := certify.New(r, f, "")
		chain := s.fold(s.station(), begin, s.sign(certify.KindCertificate, cert))
		if good := len(chain.Problems) == 0; good != c.good {
			t.Errorf("%+v: problems %+v", c.of, chain.Problems)
		}
	}
}
