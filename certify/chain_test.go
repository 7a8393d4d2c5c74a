package certify_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

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
	key := sha256.Sum256([]byte(id))
	c.Passes[0].Key = hex.EncodeToString(key[:])
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

func TestChainInOrder(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a, b := s.begin("A"), s.begin("B")
	end := s.end("B", 2, b, nil)
	c := s.fold(s.station(), a, b, end, s.end("A", 1, a, nil), s.begin("C"), s.prepared(3, end, "001CC0EC"))
	if len(c.Problems) != 0 || len(c.Warnings) != 0 || c.Outcomes["verified"] != 2 {
		t.Errorf("problems %+v, warnings %+v, outcomes %v", c.Problems, c.Warnings, c.Outcomes)
	}
	if open := c.Open(); len(open) != 1 || open[0].ID != "C" || open[0].Index != 5 || open[0].Serial != "001CC0EC" {
		t.Errorf("open %+v", open)
	}
}

// The last certificate of a resumed job counts, and no other.
func TestChainResume(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a := s.begin("A")
	for name, c := range map[string]struct {
		first func(*certify.Certificate)
		good  bool
	}{
		"interrupted":          {as("interrupted", "interrupted"), true},
		"device lost":          {as("failed", "device-lost"), true},
		"failed otherwise":     {as("failed", "mismatched"), false},
		"unknown":              {as("unknown", "interrupted"), false},
		"completed":            {as("completed-with-exceptions", "not-verified"), false},
		"completed, then lost": {as("completed-with-exceptions", "device-lost"), false},
		"verified":             {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			first := s.end("A", 1, a, c.first)
			chain := s.fold(s.station(), a, first, s.resuming("A", 1, a, 2, first))
			if good := len(chain.Problems) == 0; good != c.good {
				t.Errorf("problems %+v", chain.Problems)
			}
			if c.good && (chain.Outcomes["verified"] != 1 || chain.Outcomes["interrupted"]+chain.Outcomes["failed"] != 0 || len(chain.Open()) != 0) {
				t.Errorf("outcomes %v, open %+v", chain.Outcomes, chain.Open())
			}
		})
	}
}

func TestChainProblems(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	st, a := s.station(), s.begin("A")
	endA := s.end("A", 1, a, nil)
	later := certificate(t, s.pub)
	again := s.sign(certify.KindBegin, certify.Begin{ID: "A", Station: later.Station, Disk: later.Disk, Plan: later.Plan, Started: when.AddDate(0, 0, 1)})
	boast := station(t, s.pub)
	boast.Assurance = certify.TPMVerified // more than the log's first entry claims
	for name, c := range map[string]struct {
		want    string
		entries [][]byte
	}{
		"second begin":                {"a second begin", [][]byte{st, a, again}},
		"second certificate":          {"a second certificate", [][]byte{st, a, endA, s.end("A", 1, a, as("failed", "mismatched"))}},
		"resumes an absent one":       {"resumes one that is not", [][]byte{st, a, s.resuming("A", 1, a, 2, endA)}},
		"no begin":                    {"which never began", [][]byte{st, s.end("A", 1, a, nil)}},
		"begin of another index":      {"another begin", [][]byte{st, a, s.end("A", 2, a, nil)}},
		"begin with another hash":     {"another begin than", [][]byte{st, a, s.end("A", 1, st, nil)}},
		"another disk":                {"of another disk", [][]byte{st, a, s.end("A", 1, a, func(c *certify.Certificate) { c.Disk.Serial = "OTHER" })}},
		"another plan":                {"another plan", [][]byte{st, a, s.end("A", 1, a, func(c *certify.Certificate) { c.Plan.Title = "other" })}},
		"contradicts itself":          {"contradicts itself", [][]byte{st, a, s.end("A", 1, a, func(c *certify.Certificate) { c.Passes[0].Verified -= 512 })}},
		"no station first":            {"a log begins with one", [][]byte{a}},
		"two stations":                {"a log begins with one sta", [][]byte{st, a, s.sign(certify.KindStation, certify.StationStatement{Station: station(t, s.pub), Created: when.AddDate(1, 0, 0)})}},
		"another assurance":           {"assurance", [][]byte{st, s.sign(certify.KindBegin, certify.Begin{ID: "A", Station: boast, Disk: later.Disk, Plan: later.Plan, Started: when})}},
		"preparation of nothing":      {"refers to no certificate", [][]byte{st, a, endA, s.prepared(1, a, "001CC0EC")}},
		"preparation of another disk": {"preparation of another", [][]byte{st, a, endA, s.prepared(2, endA, "OTHER")}},
	} {
		t.Run(name, func(t *testing.T) {
			chain := s.fold(c.entries...)
			if len(chain.Problems) == 0 || !strings.Contains(chain.Problems[0].Detail.String(), c.want) {
				t.Errorf("want %q, got %+v", c.want, chain.Problems)
			}
		})
	}
	t.Run("missing entry", func(t *testing.T) {
		chain := certify.NewChain()
		for _, e := range []struct {
			index  int64
			signed []byte
		}{{0, st}, {2, a}} {
			entry, err := certify.CheckEntry(e.signed, s.pub)
			if err != nil {
				t.Fatal(err)
			}
			chain.Add(e.index, entry)
		}
		if len(chain.Problems) != 1 || !strings.Contains(chain.Problems[0].Detail.String(), "entry 1 is missing") {
			t.Errorf("problems %+v", chain.Problems)
		}
	})
}

// A pass key that another job has used was known before this job began: its stream can be an old one.
func TestChainKeyReused(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	st, a, b := s.station(), s.begin("A"), s.begin("B")
	with := func(key string) func(*certify.Certificate) {
		return func(c *certify.Certificate) { c.Passes[0].Key = key }
	}
	key := strings.Repeat("0a1b", 16)
	cut := s.end("A", 1, a, func(c *certify.Certificate) { as("interrupted", "interrupted")(c); with(key)(c) })
	resumed := s.end("A", 1, a, func(c *certify.Certificate) {
		last := ref(3, cut)
		c.Resumes, c.Interruptions = &last, []certify.Interruption{{Reason: "interrupted", Pass: 1, Low: 4096, Noticed: when}}
		with(key)(c)
	})
	other := s.end("B", 2, b, with(key))
	if c := s.fold(st, a, b, cut, resumed, s.end("B", 2, b, nil)); len(c.Problems)+len(c.Warnings) != 0 {
		t.Errorf("a job that was resumed, and another: %+v, %+v", c.Problems, c.Warnings)
	}
	for name, entries := range map[string][][]byte{"verified": {st, a, b, cut, resumed, other}, "interrupted": {st, a, b, cut, other}, "the other first": {st, a, b, other, cut}} {
		c := s.fold(entries...)
		if len(c.Problems) != 0 || len(c.Warnings) != 1 || c.Warnings[0].Rule != certify.KeyReused || c.Warnings[0].Index != int64(len(entries)-1) ||
			!strings.Contains(c.Warnings[0].Detail.String(), "has the key of another job, entry 3") {
			t.Errorf("%s: %+v, %+v", name, c.Problems, c.Warnings)
		}
	}
}

// A statement that the log has already counts once, whether its bytes are the same or its signature was rewritten.
func TestChainCopies(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a := s.begin("A")
	cut := s.end("A", 1, a, as("interrupted", "interrupted"))
	for name, copied := range map[string][]byte{"same bytes": cut, "rewritten signature": malleate(t, cut, s.pub)} {
		t.Run(name, func(t *testing.T) {
			if !certify.SameStatement(cut, copied) {
				t.Error("they are not the same statement")
			}
			chain := s.fold(s.station(), a, cut, copied, s.resuming("A", 1, a, 2, cut), malleate(t, a, s.pub))
			if len(chain.Problems) != 0 || chain.Outcomes["verified"] != 1 || chain.Outcomes["interrupted"] != 0 {
				t.Errorf("problems %+v, outcomes %v", chain.Problems, chain.Outcomes)
			}
			if w := chain.Warnings; len(w) != 2 || w[0].Index != 3 || !strings.Contains(w[0].Detail.String(), "same statement as entry 2") || w[1].Index != 5 {
				t.Errorf("warnings %+v", w)
			}
		})
	}
	if certify.SameStatement(a, cut) {
		t.Error("a begin and its certificate are one statement")
	}
}

// Version 0.1.0 took times from the clock of the day.
func TestChainClockSetBack(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a := s.begin("A")
	chain := s.fold(s.station(), a, s.end("A", 1, a, func(c *certify.Certificate) {
		c.Ended, c.Seconds, c.Passes[0].Ended = when.Add(-time.Hour), -3600, when.Add(-time.Hour)
	}))
	if len(chain.Problems) != 0 || len(chain.Warnings) != 2 || !strings.Contains(chain.Warnings[0].Detail.String(), "clock was set back") {
		t.Errorf("problems %+v, warnings %+v", chain.Problems, chain.Warnings)
	}
}

func TestCheckEntryUnknownKind(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	if _, err := certify.CheckEntry(s.sign("rasure/amnesty/v1", map[string]string{}), s.pub); err == nil {
		t.Error("an unknown kind passes")
	}
}

func TestChainMedium(t *testing.T) {
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
