package audit

import (
	"crypto/ecdsa"
	"errors"
	"io/fs"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/logs"
)

// State is what the first entries of a log say. [Replay] makes one from a whole log and [State.Extend] adds what was appended
// since.
type State struct {
	Chain      *certify.Chain
	Rosters    people.Rosters
	Register   *register.Register
	Checkpoint logs.Checkpoint // of the entries in this state
	Log        *logs.Snapshot  // of the same entries; nothing that is appended later is in it

	id  logs.Identity
	key *certify.Key
	pub *ecdsa.PublicKey

	roots roots

	clock      time.Time // that the entry clockIndex states
	clockIndex int64

	attested   attestations
	enrolments []enrolment
	boots      []bootEntry
}

// Replay verifies every byte of a log and returns what its entries say. since is nil, or a checkpoint that the log must extend.
// r is empty and has the policy and the time by which acts are judged.
//
// Broken rules are in the state and are no error. The error is [Failure] if the log does not verify, and another if it cannot
// be read.
func Replay(log fs.FS, id logs.Identity, pub *ecdsa.PublicKey, since *logs.Checkpoint, r *register.Register) (*State, error) {
	s := newState(id, pub, r)
	return s, s.extend(log, since)
}

func newState(id logs.Identity, pub *ecdsa.PublicKey, r *register.Register) *State {
	return &State{Chain: certify.NewChain(), Register: r, id: id, pub: pub, key: keyOf(id, pub)}
}

// Extend verifies what was appended to the log since the state was made, and adds it. After an error the state is unusable.
func (s *State) Extend(log fs.FS) error {
	since := s.Checkpoint
	return s.extend(log, &since)
}

// batch is a run of consecutive entries on its way through a verifier.
type batch struct {
	first   int64 // index
	entries []logs.AttestedEntry
	results []certify.Entry
	records []attestation // of the results
	err     error         // of the entry after the results
	done    chan struct{} // closed when results and err are set
}

// batchSize is long enough for the handing over to cost nothing next to the signatures, and short enough that no core waits long for
// another at the end.
const batchSize = 32

func (b *batch) verify(key *certify.Key, id logs.Identity) {
	defer close(b.done)
	b.results = make([]certify.Entry, 0, len(b.entries))
	for i, entry := range b.entries {
		result, err := checkEntry(key, entry.Data)
		if err != nil {
			b.err = failf("entry %d: %w", b.first+int64(i), err)
			return
		}
		b.results, b.records = append(b.results, result), append(b.records, verifyRecord(id, entry.Head, entry.Record))
	}
}

// checkEntry is [certify.Key.CheckEntry] that also takes entries that need a newer version: of these it verifies the envelope.
func checkEntry(key *certify.Key, entry []byte) (certify.Entry, error) {
	e, err := key.CheckEntry(entry)
	if newer := new(certify.NewerError); !errors.As(err, &newer) {
		return e, err
	}
	e, byPeople, err := key.CheckEnvelope(entry)
	if err == nil && byPeople {
		_, _, err = people.Open(entry)
	}
	return e, err
}

// extend verifies signatures on all cores while the state takes the entries in their order. A fixed number of verifiers, one for
// each core, keeps them busy whatever GOMAXPROCS is: one goroutine for each batch took 6 % more CPU with 16 Ps on 2 cores.
func (s *State) extend(log fs.FS, since *logs.Checkpoint) error {
	cores := runtime.NumCPU()
	work := make(chan *batch)
	ordered := make(chan *batch, 4*cores) // bounds what is in memory
	var verifiers sync.WaitGroup
	for range cores {
		verifiers.Go(func() {
			for b := range work {
				b.verify(s.key, s.id)
			}
		})
	}
	folded := make(chan error, 1)
	go func() {
		var first error
		for b := range ordered {
			<-b.done
			if first == nil {
				s.add(b)
				first = b.err
			}
		}
		folded <- first
	}()
	next := &batch{first: s.Checkpoint.Size}
	send := func() {
		next.done = make(chan struct{})
		ordered <- next
		work <- next
		next = &batch{first: next.first + int64(len(next.entries))}
	}
	err := s.read(log, since, func(entry logs.AttestedEntry) {
		if next.entries = append(next.entries, entry); len(next.entries) == batchSize {
			send()
		}
	})
	send()
	close(work)
	close(ordered)
	verifiers.Wait()
	if first := <-folded; err == nil {
		err = first
	}
	return verdictOf(err)
}

// read calls each for the entries that are not in the state yet.
func (s *State) read(log fs.FS, since *logs.Checkpoint, each func(logs.AttestedEntry)) error {
	snapshot, err := logs.ReadSnapshot(log, s.id)
	if err != nil {
		return err
	}
	if since != nil {
		if err := snapshot.Extends(*since); err != nil {
			return err
		}
	}
	s.roots.log = snapshot
	for e, err := range attestedEntries(snapshot, s.Checkpoint.Size, s.id) {
		if err != nil {
			return err
		}
		each(e)
	}
	s.Log, s.Checkpoint = snapshot, snapshot.Checkpoint()
	return nil
}

// attestedEntries spares the heads of a log that needs none: it has no counter, so that it keeps no attestations, and no statement that names a
// head. Behind a statement of version 2 all others are of that version, so the last one shows it.
func attestedEntries(s *logs.Snapshot, from int64, id logs.Identity) iter.Seq2[logs.AttestedEntry, error] {
	if id.Records != nil || from < s.Size() && namesHead(s, s.Size()-1) {
		return s.Attested(from)
	}
	return func(yield func(logs.AttestedEntry, error) bool) {
		s.Entries(from)(func(e logs.Entry, err error) bool { return yield(logs.AttestedEntry{Entry: e}, err) })
	}
}

func (s *State) add(b *batch) {
	for i, result := range b.results {
		index, entry := b.first+int64(i), b.entries[i].Data
		s.attested.add(index+1, b.records[i])
		s.roots.add(b.entries[i].Head)
		if !s.Chain.AddRooted(index, result, s.roots.at) || result.Newer() { // it also resolves the references of version 2
			s.Register.AddCopy(register.Entry{Index: index, Entry: result})
			continue
		}
		s.addRecount(index, result)
		s.addBoot(index, result)
		s.checkBooted(index, result)
		s.watchClock(index, result)
		if certify.IsRoster(result.Kind) {
			if err := s.Rosters.Add(index, entry, s.judgeRoster(result)); err != nil {
				s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Detail: message.Of("%v", err)})
				if result.Statement != nil {
					s.Register.AddCopy(register.Entry{Index: index, Entry: result}) // its date does not count either
					continue
				}
			}
		}
		if b := enrolmentIn(result); b != nil {
			if err := enrol.Check(b); err != nil {
				s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Detail: message.Of("%v", err), Rule: certify.Enrolling})
				s.Register.AddCopy(register.Entry{Index: index, Entry: result})
				continue
			}
		}
		e := signedEntry(index, entry, result, &s.Rosters)
		s.Register.Add(e)
		s.addEnrolment(e)
	}
}

// NotUnderstood returns the entries that need a newer version of this program.
func (s *State) NotUnderstood() []certify.Problem {
	return slices.DeleteFunc(slices.Clone(s.Chain.Problems), func(p certify.Problem) bool { return p.Rule != certify.NotUnderstood })
}

// Next returns a statement as the next entry of the log, with its signatures judged by the roster in force. e is the statement as
// [certify.Key.CheckEntry] read it.
func (s *State) Next(signed []byte, e certify.Entry) register.Entry {
	s.Chain.Resolve(e)
	return signedEntry(s.Register.Size(), signed, e, &s.Rosters)
}

// signedEntry judges the signatures on an entry by the roster in force at its place in the log.
func signedEntry(index int64, entry []byte, c certify.Entry, rosters *people.Rosters) register.Entry {
	e := register.Entry{Index: index, Entry: c}
	if c.Act == nil {
		return e
	}
	text, sigs, err := people.Open(entry)
	roster := rosters.At(index)
	switch {
	case err != nil:
		e.Bad = []error{err}
		return e
	case roster == nil:
		e.Bad = []error{message.New("the log has no roster before this entry, so nobody may sign")}
		return e
	}
	e.Threshold = roster.Threshold
	for _, s := range sigs {
		p, err := roster.Verify([]byte(text), s, s.Role, c.Act.At)
		if err != nil {
			e.Bad = append(e.Bad, err)
			continue
		}
		e.By = append(e.By, register.Person{Role: string(s.Role), Name: p.Principal, Key: s.Fingerprint(), Hardware: strings.HasPrefix(s.Key.Type(), "sk-"),
			Trained: roster.Trained(p.Principal, dayOf(c))})
	}
	return e
}

// dayOf is the day of an act, where it was signed.
func dayOf(c certify.Entry) statement.Day {
	at := c.Act.At
	if c.Statement != nil {
		at = at.In(time.FixedZone("", int(c.Statement.Act().Offset)*60))
	}
	return statement.Day(at.Format(time.DateOnly))
}

// verdictOf distinguishes a log that does not verify from one that cannot be read. A missing file that the checkpoint counts is damage; a
// disk error, a lack of permission or of file descriptors shows nothing about the log.
func verdictOf(err error) error {
	var path *fs.PathError
	var failure *Failure
	switch {
	case err == nil, errors.As(err, &failure):
		return err
	case errors.Is(err, logs.ErrDamaged) && errors.Is(err, fs.ErrNotExist):
	case errors.As(err, &path):
		return err
	}
	return &Failure{err}
}
