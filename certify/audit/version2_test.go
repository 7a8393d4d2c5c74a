package audit

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/logs"
)

// A log of version 1 is cut over, and goes on in version 2: a job that began before, and one that begins behind.
func TestCutOver(t *testing.T) {
	t.Parallel()
	each2(t, func(t *testing.T, make func(testing.TB) *testLog) {
		l := make(t)
		l.add(l.begin(start, nil))
		l.begin(start, nil) // open
		l.add(l.station2(nil))
		old := int64(3)
		j := l.begin2(nil)
		cert := j.certificate(nil)
		l.add(cert)
		l.add(j.certificateOfVersion1(old, nil))
		l.breaks("a log that was cut over")
		r := l.audit()
		if r.Outcomes["verified"] != 3 || len(r.OpenJobs) != 0 || len(r.Warnings) != 0 {
			t.Errorf("%+v", r)
		}
		if l.station.Counter != nil && (r.Attested == nil || r.Attested.Entry != 0 || r.Attested.OwnWord) {
			t.Errorf("attested %+v", r.Attested)
		}
		if v, err := VerifyCertificate(cert, nil, l.pin()); err != nil || v.Outcome != "verified" || v.ID != j.begin.Job {
			t.Errorf("verify: %+v, %v", v, err)
		}
		b, err := r.Bundle(cert, l.pin(), unpack(t, &Bundle{}))
		check(t, err)
		if v, err := VerifyBundle(unpack(t, b), l.cardPin(), Trusted{}); err != nil || v.Outcome != "verified" {
			t.Errorf("bundle: %+v, %v", v, err)
		}
		without := unpack(t, b)
		delete(without, entryName(4))
		delete(without, proofName(4))
		if _, err := VerifyBundle(without, l.cardPin(), Trusted{}); err == nil || !strings.Contains(err.Error(), "no statement that begins version 2") {
			t.Errorf("a bundle without the cut-over: %v", err)
		}
		// What is cached continues as what was not.
		running := l.begin2(nil)
		s := l.replay()
		cache, err := s.Cache("program 1", l.signer)
		check(t, err)
		l.add(running.certificate(nil))
		again, used, err := ReplayCached(l.files(), l.id, &l.key.PublicKey, cache, "program 1", s.Register.Policy, start.AddDate(1, 0, 0))
		if err != nil || !used || len(again.Chain.Problems) != 0 || again.Chain.Outcomes["verified"] != 4 || !again.Chain.Version2() {
			t.Errorf("%v, used %t: %+v", err, used, again.Chain.Problems)
		}
	})
}

// A log may also begin with version 2.
func TestBeginsWithVersion2(t *testing.T) {
	t.Parallel()
	each2(t, func(t *testing.T, make func(testing.TB) *testLog) {
		old := make(t)
		body := old.station2(func(s *statement.StationStatement) {
			s.Log, s.Replaces, s.From = statement.Head{Origin: s.Log.Origin}, nil, 0
		})
		l := old.again(t)
		l.card = body
		l.add(body)
		l.add(l.begin2(nil).certificate(nil))
		l.breaks("a log of version 2")
		if _, err := Log(l.files(), Options{Pin: l.cardPin(), Now: start.AddDate(1, 0, 0)}); err != nil {
			t.Error(err)
		}
		if l.played != nil { // it says itself that each entry has an attestation
			check(t, os.RemoveAll(filepath.Join(l.dir, "attest")))
			l.breaks("a log without its attestations", "0 not-attested")
		}
	})
}

// again is an empty log of the same station on another counter value.
func (l *testLog) again(t testing.TB) *testLog {
	t.Helper()
	n := *l
	n.TB, n.dir = t, t.TempDir()
	if n.played != nil {
		n.played.Value = n.station.Counter.Base
	}
	var err error
	n.log, err = logs.Create(n.dir, n.options())
	check(t, err)
	return &n
}

// What must be refused behind and before the cut-over, and of the cut-over itself.
func TestFormsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		add  func(l *testLog)
		want []string
	}{
		"a job of version 1 behind it": {func(l *testLog) {
			l.add(l.station2(nil))
			l.add(l.begin(start, nil))
		}, []string{"2 old-form", "3 old-form"}},
		"version 2 before it": {func(l *testLog) { l.add(l.begin2(nil).certificate(nil)) }, []string{"1 no-cut-over", "2 no-cut-over"}},
		"two of them": {func(l *testLog) {
			l.add(l.station2(nil))
			l.add(l.station2(nil))
		}, []string{"2 station"}},
		"of another first entry": {func(l *testLog) {
			l.add(l.station2(func(s *statement.StationStatement) { s.Replaces.SHA256 = sha256.Sum256(nil) }))
		}, []string{"1 station"}},
		"of another entry": {func(l *testLog) {
			l.add(l.begin(start, nil))
			l.add(l.station2(func(s *statement.StationStatement) { *s.Replaces = l.ref2(1) }))
		}, []string{"3 station"}},
		"of another station": {func(l *testLog) {
			l.add(l.station2(func(s *statement.StationStatement) { s.Station.Name, s.Log.Origin = "demo.example", "demo.example" }))
			l.add(l.station2(nil))
		}, []string{"2 station"}},
		"a newer version": {func(l *testLog) {
			l.add(l.station2(nil))
			l.add(l.sign("rasure/begin/v3", "ever"))
			l.add(l.begin2(nil).certificate(nil))
		}, []string{"2 not-understood"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t)
			c.add(l)
			l.breaks(name, c.want...)
		})
	}
}

// What people sign in version 1 does not count behind the cut-over either.
func TestActsOfVersion1BehindCutOver(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.add(o.station2(nil))
	o.say(o.li, people.Witness, certify.KindWitness, certify.Declaration{Entry: &o.ref, Saw: "it"})
	draft, err := people.NewRoster(nil, start, 1, []people.Signer{o.root.line}, []people.Signer{o.li.line})
	check(t, err)
	o.add(o.root.sign(t, draft, people.Root))
	o.breaks("acts of version 1", "5 old-form", "6 old-form")
	if n := len(o.replay().Rosters.Indices()); n != 1 {
		t.Errorf("%d rosters count", n)
	}
}

// Each statement names a head of its log: no fork has it, no other log, and no later size.
func TestHeads(t *testing.T) {
	t.Parallel()
	each2(t, func(t *testing.T, make func(testing.TB) *testLog) {
		for name, edit := range map[string]func(l *testLog, h *statement.Head){
			"a fork":              func(_ *testLog, h *statement.Head) { h.Root = sha256.Sum256([]byte("fork")) },
			"the root of another": func(l *testLog, h *statement.Head) { h.Size-- },
			"another log":         func(_ *testLog, h *statement.Head) { h.First = sha256.Sum256([]byte("first")) },
			"a log of later":      func(_ *testLog, h *statement.Head) { h.Size++ },
		} {
			t.Run(name, func(t *testing.T) {
				l := make(t)
				l.add(l.station2(nil))
				l.begin2(func(b *statement.Begin) { edit(l, &b.Log) })
				l.breaks(name, "2 fork")
			})
		}
		t.Run("an old head", func(t *testing.T) {
			l := make(t)
			l.add(l.station2(nil))
			was := l.headNow()
			l.add(l.begin2(nil).certificate(nil))
			l.begin2(func(b *statement.Begin) { b.Log = was })
			l.breaks("an old head")
			s := l.replay()
			clear(s.roots.recent[:]) // as if there were more entries than it keeps
			for size := int64(1); size <= s.Checkpoint.Size; size++ {
				want, err := s.Log.Head(size)
				if got, again := s.roots.at(size); err != nil || again != nil || got != [32]byte(want.Root) {
					t.Errorf("the root of %d entries is another, %v", size, again)
				}
			}
		})
	})
}

// A stream that was made before the begin cannot be certified as if it had been made for the job.
func TestReplayedStream(t *testing.T) {
	t.Parallel()
	each2(t, func(t *testing.T, make func(testing.TB) *testLog) {
		for name, c := range map[string]struct {
			cert func(j, last *job2) []byte
			rule string
		}{
			"last year's key": {func(j, last *job2) []byte {
				return j.certificate(func(c *statement.Certificate) { c.Passes[0].Key = last.key1() })
			}, "log key-reused"},
			"last year's anchor": {func(j, last *job2) []byte {
				mine := j.anchor
				j.anchor = last.anchor
				defer func() { j.anchor = mine }()
				return j.certificate(nil)
			}, "log not-anchored"},
			"last year's seed": {func(j, last *job2) []byte {
				j.seed = last.seed
				return j.certificate(nil)
			}, "not-anchored"},
			"last year's seed and anchor": {func(j, last *job2) []byte {
				j.seed, j.anchor = last.seed, last.anchor
				return j.certificate(nil)
			}, "log not-anchored"},
			"the key of another pass": {func(j, _ *job2) []byte {
				return j.certificate(func(c *statement.Certificate) {
					keys, _ := certify.NewPassKeys(j.seed, j.anchor.SHA256, j.begin.Job)
					c.Passes[0].Key = keys.Pass(2)
				})
			}, "log"},
			"the root of a fork": {func(j, _ *job2) []byte {
				a := *j.anchor
				a.Root = sha256.Sum256([]byte("fork"))
				a.SHA256 = a.Sum("demo.example")
				j.anchor = &a
				return j.certificate(nil)
			}, "not-anchored log"},
			"a forged line": {func(j, _ *job2) []byte {
				a := *j.anchor
				a.Line = slices.Clone(a.Line)
				a.Line[len(a.Line)-1] ^= 1
				a.SHA256 = a.Sum("demo.example")
				j.anchor = &a
				return j.certificate(nil)
			}, "log"},
			"no seed": {func(j, _ *job2) []byte {
				return j.certificate(func(c *statement.Certificate) {
					c.Seed, c.Anchor = statement.Hash{}, nil
					c.Exceptions = append(c.Exceptions, statement.Exception{Code: "key-not-anchored"})
				})
			}, "not-anchored"},
			"another order": {func(j, _ *job2) []byte {
				return j.certificate(func(c *statement.Certificate) { c.Order = "other" })
			}, "work"},
			"another begin": {func(j, last *job2) []byte {
				return j.certificate(func(c *statement.Certificate) { c.Begin.SHA256 = sha256.Sum256(nil) })
			}, "not-in-log log"},
		} {
			t.Run(name, func(t *testing.T) {
				l := make(t)
				l.add(l.station2(nil))
				last := l.begin2(nil)
				l.add(last.certificate(nil))
				j := l.begin2(nil)
				cert := c.cert(j, last)
				want := []string{}
				for rule := range strings.FieldsSeq(c.rule) {
					want = append(want, fmt.Sprintf("%d %s", l.add2(cert, len(want) == 0), rule))
				}
				got := l.rules()
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					l.breaks(name, want...)
				}
			})
		}
	})
}

// A begin of version 1 names no seed. A certificate that shows one all the same was not promised it, and the person who chose the seed could have done so
// after the disk was written.
func TestSeedThatNoBeginNames(t *testing.T) {
	t.Parallel()
	each2(t, func(t *testing.T, make func(testing.TB) *testLog) {
		l := make(t)
		l.begin(start, nil)
		l.add(l.station2(nil))
		s, err := logs.ReadSnapshot(l.files(), l.id)
		check(t, err)
		anchor, err := Anchor(s, l.id, 2, l.signer)
		check(t, err)
		j := l.begin2(nil)
		l.add(j.certificate(nil))
		l.add(j.certificateOfVersion1(1, func(c *statement.Certificate) {
			keys, err := certify.NewPassKeys(j.seed, anchor.SHA256, c.Job)
			check(t, err)
			c.Seed, c.Anchor, c.Passes[0].Key = j.seed, anchor, keys.Pass(1)
			c.Exceptions = c.Exceptions[:len(c.Exceptions)-1]
		}))
		l.breaks("a seed that no begin names", "5 not-anchored")
	})
}

// add2 adds the entry once, and returns its index.
func (l *testLog) add2(entry []byte, now bool) int64 {
	if now {
		l.add(entry)
	}
	return l.headNow().Size - 1
}

// key1 is the key of the first pass.
func (j *job2) key1() statement.Hash {
	j.Helper()
	keys, err := certify.NewPassKeys(j.seed, j.anchor.SHA256, j.begin.Job)
	check(j, err)
	return keys.Pass(1)
}

// A certificate of version 2 names its log, so that the card of another log of the same key does not open it.
func TestCertificateOfOtherLog(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.add(l.station2(nil))
	j := l.begin2(nil)
	for name, edit := range map[string]func(*statement.Certificate){"": nil, "it is of another log": func(c *statement.Certificate) { c.Log.First = sha256.Sum256(nil) }} {
		cert := j.certificate(edit)
		if _, err := VerifyCertificate(cert, nil, l.pin()); err != nil {
			t.Error(err)
		}
		switch _, err := VerifyCertificate(cert, nil, l.cardPin()); {
		case name == "" && err != nil:
			t.Error(err)
		case name != "":
			fails(t, "by the card", err, name)
		}
	}
}

// What an auditor should know of a good log: a clock that was set during a job, and a log before this one.
func TestWarningsOfVersion2(t *testing.T) {
	t.Parallel()
	old := newLog(t)
	before := old.headNow()
	card := old.station2(func(s *statement.StationStatement) {
		s.Log, s.Replaces, s.Succeeds = statement.Head{Origin: s.Log.Origin}, nil, &before
	})
	l := old.again(t)
	l.add(card)
	l.add(l.begin2(nil).certificate(nil))
	l.add(l.begin2(nil).certificate(func(c *statement.Certificate) {
		c.Exceptions = append(c.Exceptions, statement.Exception{Code: "clock-changed"})
	}))
	l.add(l.begin2(nil).certificate(func(c *statement.Certificate) { c.Steps = []statement.ClockStep{{At: start, Milliseconds: -5000}} }))
	stock := l.begin2(nil) // a begin that was kept for two days
	l.add(stock.certificate(func(c *statement.Certificate) {
		later := start.AddDate(0, 0, 2)
		c.Clock.At = later.Add(time.Hour)
		c.Sessions[0].Started, c.Sessions[0].Ended = later, later.Add(time.Hour)
		c.Passes[0].Started, c.Passes[0].Ended = later, later.Add(time.Hour)
	}))
	l.breaks("a log with warnings")
	got := []string{}
	for _, w := range l.audit().Warnings {
		got = append(got, fmt.Sprintf("%d %.40s", w.Index, strings.ReplaceAll(w.Detail.String(), stock.begin.Job, "JOB")))
	}
	if want := []string{"0 this log continues another one of demo.e", "4 the clock was changed during job 01KQHPH", "6 the clock was changed during job 01KQHPH", "8 job JOB began on 2026-05-01, and its fir"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A preparation says of its certificate what that says.
func TestPreparationOfVersion2(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*statement.Preparation){
		"": nil, "subject": func(p *statement.Preparation) { p.Certificate.Level = "purge" }, "log": func(p *statement.Preparation) { p.Disk.Serial = "other" },
	} {
		l := newLog(t)
		l.add(l.station2(nil))
		j := l.begin2(nil)
		at := l.add(j.certificate(nil)).Index
		ref := l.ref2(at)
		p := &statement.Preparation{ByStation: l.byStation(l.headNow()), Operator: j.begin.Operator, Disk: j.begin.Disk, Layout: "gpt-fat32",
			Certificate: statement.Target{Index: at, SHA256: ref.SHA256, Kind: "rasure/certificate/v2", Job: j.begin.Job, Serial: j.begin.Disk.Serial, Outcome: "verified", Level: "clear", At: start.Add(time.Hour)},
			Changed:     []statement.Extent{{Offset: 0, Length: 512}}, Content: sha256.Sum256(nil)}
		want := []string{}
		if edit != nil {
			edit(p)
			want = append(want, "4 "+name)
		}
		l.add(l.signNew(p))
		l.breaks("a preparation "+name, want...)
	}
}
