package audit

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/internal/pack"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/logs"
)

func packed(t *testing.T, s *State) []byte {
	t.Helper()
	w := pack.NewWriter()
	s.pack(w, nil)
	check(t, w.Err())
	return w.Bytes()
}

// busyOffice is a log with media, acts of every kind that changes the register, jobs, refused acts, and a copy.
func busyOffice(t *testing.T) *office {
	o := newOffice(t)
	until, noticed := start.AddDate(0, 1, 0), start
	for _, number := range []string{"M-1", "M-2", "M-3"} {
		o.say(o.wu, people.Custodian, certify.KindRegistration, certify.Declaration{Media: []string{number}, Type: "image", Class: certify.Confidential, Serial: number, LimitCondition: "until re-use",
			Custodian: "wu@office", Source: "office 3"})
	}
	approval := o.say(o.wu, people.Approver, certify.KindApproval, certify.Declaration{Media: []string{"M-1", "M-2"}, Purpose: "inside", Technician: "root", Until: &until})
	for range 2 {
		medium := &certify.MediumRef{Number: "M-1", Class: certify.Confidential, Purpose: "inside", Approval: &approval}
		cert := o.add(o.beginOf(start.Add(2*time.Hour), medium, nil))
		o.say(o.li, people.Witness, certify.KindWitness, certify.Declaration{Entry: &cert, Saw: "it"})
		o.say(o.li, people.Validator, certify.KindValidation, certify.Declaration{Entry: &cert, Decision: "accept", Reason: "seen"})
	}
	o.say(o.wu, people.Custodian, certify.KindInventory, certify.Declaration{Custodian: "wu@office", Found: []string{"M-1"}, Missing: []string{"M-2"}})
	o.say(o.wu, people.Custodian, certify.KindLoss, certify.Declaration{Media: []string{"M-3"}, Noticed: &noticed, Reason: "stolen"})
	o.say(o.li, people.Witness, certify.KindWitness, certify.Declaration{Entry: &approval, Saw: "nothing"}) // refused
	o.begin(start.AddDate(0, 0, 1), nil)                                                                    // open
	return o
}

// TestCache holds that a state that was restored and extended is the same as one of the whole log, wherever it was cut.
func TestCache(t *testing.T) {
	o := busyOffice(t)
	whole := o.replay()
	if len(whole.Register.Violations) == 0 || len(whole.Register.Media()) != 3 || len(whole.Chain.Open()) != 1 || len(whole.Chain.Problems) > 0 {
		t.Fatalf("the log is too dull: %v, %v", whole.Register.Violations, whole.Chain.Problems)
	}
	want := packed(t, whole)
	entries := [][]byte{}
	for e, err := range whole.Log.Entries(0) {
		check(t, err)
		entries = append(entries, e.Data)
	}
	later := start.AddDate(1, 0, 0)
	part := *o.testLog
	part.dir = t.TempDir()
	var err error
	part.log, err = logs.Create(part.dir, logs.Options{Identity: o.id, Signers: o.signers()})
	check(t, err)
	part.add(entries[0])
	caches := [][]byte{}
	for _, e := range entries[1:] {
		cache, err := part.replay().Cache("program 1", o.signer)
		check(t, err)
		caches = append(caches, cache)
		part.add(e)
	}
	for cut, cache := range caches {
		s, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "program 1", register.Default(), later)
		if err != nil || !used || !bytes.Equal(packed(t, s), want) {
			t.Errorf("restored at %d entries: used %v, error %v, or another state", cut+1, used, err)
		}
	}

	cache, last := caches[len(caches)-1], len(caches[len(caches)-1])-1
	other := newLog(t)
	t.Run("nothing is left out", func(t *testing.T) { // but the arguments of texts, so of a log without acts
		plain := newOffice(t)
		for range 3 {
			plain.add(plain.begin(start, nil))
		}
		for name, l := range map[string]*office{"register": plain, "chain": o} {
			was := l.replay()
			cache, err := was.Cache("program 1", l.signer)
			check(t, err)
			is, used, err := ReplayCached(l.files(), l.id, &l.key.PublicKey, cache, "program 1", register.Default(), later)
			if err != nil || !used {
				t.Fatal(used, err)
			}
			if !reflect.DeepEqual(is.Chain, was.Chain) || !reflect.DeepEqual(is.Rosters, was.Rosters) || is.clock != was.clock || is.clockIndex != was.clockIndex {
				t.Errorf("%s: the chain, the rosters or the clock differ", name)
			}
			if name == "register" && !reflect.DeepEqual(is.Register, was.Register) {
				t.Errorf("the register differs:\n%+v\n%+v", is.Register, was.Register)
			}
		}
	})
	t.Run("refused", func(t *testing.T) {
		for name, c := range map[string]struct {
			cache   []byte
			program string
			policy  *register.Policy
		}{
			"none":            {nil, "program 1", register.Default()},
			"cut short":       {cache[:last], "program 1", register.Default()},
			"longer":          {append(bytes.Clone(cache), 0), "program 1", register.Default()},
			"damaged state":   {flip(cache, last), "program 1", register.Default()},
			"damaged text":    {flip(cache, 30), "program 1", register.Default()},
			"another program": {cache, "program 2", register.Default()},
			"another policy":  {cache, "program 1", otherPolicy(t)},
			"length only":     {[]byte{0xff, 0xff, 0xff, 0xff}, "program 1", register.Default()},
		} {
			s, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, c.cache, c.program, c.policy, later)
			if err != nil || used || s.Checkpoint != whole.Checkpoint {
				t.Errorf("%s: used %v, error %v", name, used, err)
			}
		}
		forged, err := whole.Cache("program 1", other.signer)
		check(t, err)
		if _, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, forged, "program 1", register.Default(), later); err != nil || used {
			t.Errorf("signed with another key: used %v, error %v", used, err)
		}
	})
	t.Run("log cut back", func(t *testing.T) {
		newest, err := whole.Cache("program 1", o.signer)
		check(t, err)
		early := t.TempDir()
		short := *o.testLog
		short.dir = early
		short.log, err = logs.Create(early, logs.Options{Identity: o.id, Signers: o.signers()})
		check(t, err)
		for _, e := range entries[:5] {
			short.add(e)
		}
		if _, _, err := ReplayCached(os.DirFS(early), o.id, &o.key.PublicKey, newest, "program 1", register.Default(), later); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("future", func(t *testing.T) {
		s, err := Replay(o.files(), o.id, &o.key.PublicKey, nil, register.New(register.Default(), start.AddDate(-1, 0, 0)))
		check(t, err)
		if _, err := s.Cache("program 1", o.signer); !errors.Is(err, ErrNoCache) {
			t.Errorf("error is %v", err)
		}
	})
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func otherPolicy(t *testing.T) *register.Policy {
	p, err := register.ParsePolicy(append(register.DefaultText(), "# another\n"...))
	check(t, err)
	return p
}
