package audit

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/tpm/tpmtest"
	"rasure/logs"
)

func (l *testLog) auditFrom(log fs.FS, attested int64) *Report {
	l.Helper()
	r, err := Log(log, Options{Pin: l.cardPin(), Now: start.AddDate(1, 0, 0), AttestedFrom: attested})
	check(l, err)
	return r
}

func problemsIn(r *Report) string {
	all := ""
	for _, p := range r.Problems {
		all += p.Rule + ": " + p.Detail.String() + "\n"
	}
	return all
}

// rewritten is a history of the same length, made later by the holder of the key, with the same first entry. The key and the counter sign and
// attest its last checkpoint now. Nothing can attest the sizes before it any more, so their attestations are left out, or those of the honest
// log are kept.
func rewritten(t *testing.T, honest *testLog) (dir string) {
	t.Helper()
	w := *honest
	past := tpmtest.Play(t, honest.key, nvIndex) // only to make the files: what it attests before the last size is removed below
	past.Value = 40
	w.played, w.dir, w.jobs = past, t.TempDir(), 1000
	var err error
	w.log, err = logs.Create(w.dir, w.options())
	check(t, err)
	w.add(honest.card)
	for w.log.Size() < honest.log.Size() {
		job(&w)
	}
	if past.Value != honest.played.Value {
		t.Fatalf("the counter is %d, and the honest one %d", past.Value, honest.played.Value)
	}
	return w.dir
}

const recordBytes = 213

// records returns the file of a log's records, and writes it again as edit wants it.
func records(t *testing.T, dir string, edit func([]byte)) []byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "attest", "*.p", "*"))
	check(t, err)
	if len(names) != 1 {
		t.Fatalf("files of records: %v", names)
	}
	data, err := os.ReadFile(names[0])
	check(t, err)
	if edit != nil {
		edit(data)
		check(t, os.WriteFile(names[0], data, 0o600))
	}
	return data
}

func TestHistoryOfEqualLength(t *testing.T) {
	honest := newPlayed(t, certify.TPMUnverified)
	for range 3 {
		job(honest)
	}
	r := honest.auditFrom(honest.files(), 0)
	if !r.Valid || r.Attested == nil || r.Attested.Entry != 0 || r.Attested.OwnWord || r.Attested.Entries != 7 || slices.Contains(r.NotShown, Past) || !slices.Contains(r.NotShown, ByCounter) {
		t.Fatalf("%+v, %+v", r, r.Attested)
	}
	if r := honest.auditFrom(honest.files(), 1); !r.Valid {
		t.Errorf("demanded from the first entry on: %s", problemsIn(r))
	}

	left := rewritten(t, honest)
	records(t, left, func(b []byte) { clear(b[:6*recordBytes]) })
	// Nothing in the files shows it, and the report says whose word that is.
	r = honest.auditFrom(os.DirFS(left), 0)
	if !r.Valid || r.Attested.Entry != 6 || !r.Attested.OwnWord || !slices.Contains(r.NotShown, Past) {
		t.Errorf("attestations left out: %+v, %+v", r, r.Attested)
	}
	// An auditor who knows from where on the log is attested sees it.
	r = honest.auditFrom(os.DirFS(left), 1)
	if r.Valid || problemsIn(r) != "not-attested: no attestation at counters 41 to 46 for the first 1 to 6 entries\n" {
		t.Errorf("attestations left out: %s", problemsIn(r))
	}
	r = honest.auditFrom(os.DirFS(left), 6)
	if r.Valid || problemsIn(r) != "not-attested: no attestation at counter 46 for the first 6 entries\n" {
		t.Errorf("attestations left out: %s", problemsIn(r))
	}
	check(t, os.RemoveAll(filepath.Join(left, "attest")))
	r = honest.auditFrom(os.DirFS(left), 2)
	if r.Valid || r.Attested != nil || problemsIn(r) != "not-attested: no attestation at counters 42 to 47 for the first 2 to 7 entries\n" {
		t.Errorf("all attestations left out: %s", problemsIn(r))
	}

	kept, good := rewritten(t, honest), records(t, honest.dir, nil)
	records(t, kept, func(b []byte) { copy(b, good[:6*recordBytes]) })
	r = honest.auditFrom(os.DirFS(kept), 0)
	if r.Valid || !strings.HasPrefix(problemsIn(r), "bad-attestation: the attestations at counters 42 to 46 for the first 2 to 6 entries do not verify: ") || len(r.Problems) != 1 {
		t.Errorf("the attestations of the honest log: %s", problemsIn(r))
	}
}

func TestMissingAttestation(t *testing.T) {
	l := newPlayed(t, certify.TPMUnverified)
	for range 2 {
		job(l)
	}
	good := records(t, l.dir, nil)
	for name, c := range map[string]struct {
		edit func([]byte)
		want string
	}{
		"one is missing":    {func(b []byte) { clear(b[1*recordBytes : 2*recordBytes]) }, "not-attested: no attestation at counter 42 for the first 2 entries\n"},
		"two are missing":   {func(b []byte) { clear(b[1*recordBytes : 3*recordBytes]) }, "not-attested: no attestation at counters 42 to 43 for the first 2 to 3 entries\n"},
		"one is another's":  {func(b []byte) { copy(b[1*recordBytes:], good[:recordBytes]) }, "bad-attestation: the attestation at counter 42 for the first 2 entries does not verify: "},
		"a bit is flipped":  {func(b []byte) { b[2*recordBytes+141] ^= 1 }, "bad-attestation: the attestation at counter 43 for the first 3 entries does not verify: "},
		"in two places":     {func(b []byte) { clear(b[1*recordBytes : 2*recordBytes]); clear(b[3*recordBytes : 4*recordBytes]) }, "not-attested: no attestation at counter 44 for the first 4 entries\n"},
		"the last is there": {func(b []byte) { b[4*recordBytes+3] ^= 1 }, "bad-attestation: the attestation at counter 45 for the first 5 entries"},
	} {
		records(t, l.dir, func(b []byte) { copy(b, good); c.edit(b) })
		if r := l.auditFrom(l.files(), 0); r.Valid || !strings.Contains(problemsIn(r), c.want) {
			t.Errorf("%s: %s", name, problemsIn(r))
		}
	}
	records(t, l.dir, func(b []byte) { copy(b, good) })
	if r := l.auditFrom(l.files(), 0); !r.Valid {
		t.Error(problemsIn(r))
	}
}

// A log that version 0.1.0 began keeps attestations from some entry on.
func TestAttestedFrom(t *testing.T) {
	l := newPlayed(t, certify.TPMUnverified)
	job(l)
	records(t, l.dir, func(b []byte) { clear(b) })
	if r := l.auditFrom(l.files(), 0); !r.Valid || r.Attested != nil || !slices.Contains(r.NotShown, Past) {
		t.Errorf("%+v", r)
	}
	var err error
	l.log, err = logs.Open(l.dir, l.options())
	check(t, err)
	job(l)
	r := l.auditFrom(l.files(), 0)
	if !r.Valid || r.Attested == nil || r.Attested.Entry != 3 || !r.Attested.OwnWord || r.Attested.Entries != 2 || !slices.Contains(r.NotShown, Past) {
		t.Errorf("%+v, %+v", r, r.Attested)
	}
	if r := l.auditFrom(l.files(), 4); !r.Valid || r.Attested.OwnWord {
		t.Errorf("known by the auditor: %+v", r.Attested)
	}
	_, err = Log(newLog(t).files(), Options{Pin: newLog(t).pin(), AttestedFrom: 1})
	if err == nil {
		t.Error("a software key attests nothing")
	}
}

func TestEpochs(t *testing.T) {
	l := newPlayed(t, certify.TPMUnverified) // entry 0
	type chip = tpmtest.Played
	want := [][]string{{}}
	for _, e := range []struct {
		do      func(*chip)
		changes []string
	}{
		{func(p *chip) { p.Resets++; p.Restarts = 0 }, []string{ChangedReset}},
		{func(p *chip) { p.Restarts++ }, []string{ChangedRestart}},
		{func(p *chip) { p.Clock += 1e12 }, nil}, // its owner set the clock forward: nothing shows that
		{func(p *chip) { p.Clock = 5; p.Unsafe = true; p.Resets += 2 }, []string{ChangedReset, ChangedClock}},
		{func(p *chip) { p.Unsafe = false }, []string{ChangedClock}},
		{func(p *chip) { p.Firmware++ }, []string{ChangedFirmware}},
		{func(p *chip) { p.Resets, p.Restarts, p.Clock = 0, 0, 0 }, []string{ChangedCleared}},
	} {
		job(l)
		if e.do(l.played); e.changes != nil {
			want = append(want, e.changes)
		}
	}
	job(l)
	r := l.auditFrom(l.files(), 0)
	got := [][]string{}
	for _, e := range r.Attested.Epochs {
		got = append(got, e.Changes)
	}
	if !r.Valid || !reflect.DeepEqual(got, want) {
		t.Errorf("epochs %+v, want %v", r.Attested.Epochs, want)
	}
	if e := r.Attested.Epochs[1]; e.Entry != 3 || e.Counter != 44 || e.Resets != 2 || e.Firmware != "0.458837" || !e.Safe {
		t.Errorf("the second epoch is %+v", e)
	}
}

// A state that was restored from a cache and extended says of the attestations what the whole log says.
func TestCacheOfAttestations(t *testing.T) {
	l := newPlayed(t, certify.TPMUnverified)
	replayed := func() *State {
		s, err := Replay(l.files(), l.id, &l.key.PublicKey, nil, register.New(register.Default(), start))
		check(t, err)
		return s
	}
	caches := [][]byte{}
	for i := range 4 {
		job(l)
		l.played.Resets++
		if i == 1 {
			records(t, l.dir, func(b []byte) { clear(b[2*recordBytes : 3*recordBytes]); b[4*recordBytes+20] ^= 1 })
		}
		cache, err := replayed().Cache("program 1", l.signer)
		check(t, err)
		caches = append(caches, cache)
		if i == 1 { // a handle does not build on what is damaged
			break
		}
	}
	whole := replayed()
	if len(whole.attested.gaps) != 2 || whole.attested.first != 1 || len(whole.attested.epochs) != 2 {
		t.Fatalf("%+v", whole.attested)
	}
	for i, cache := range caches {
		s, used, err := ReplayCached(l.files(), l.id, &l.key.PublicKey, cache, "program 1", register.Default(), start)
		if err != nil || !used {
			t.Fatalf("%v, %v", used, err)
		}
		if i == len(caches)-1 && !reflect.DeepEqual(s.attested, whole.attested) {
			t.Errorf("restored %+v, want %+v", s.attested, whole.attested)
		}
	}
	later := newPlayed(t, certify.TPMUnverified)
	*l = *later
	job(l)
	cache, err := replayed().Cache("program 1", l.signer)
	check(t, err)
	l.played.Resets++
	job(l)
	s, used, err := ReplayCached(l.files(), l.id, &l.key.PublicKey, cache, "program 1", register.Default(), start)
	if err != nil || !used || !reflect.DeepEqual(s.attested, replayed().attested) || len(s.attested.epochs) != 2 {
		t.Errorf("extended: %+v, %v, %v", s.attested, used, err)
	}
}
