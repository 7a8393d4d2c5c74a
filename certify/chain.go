package certify

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Checked is what one log entry says, after its signature was verified.
type Entry struct {
	Kind        Kind
	Certificate *Certificate      // for KindCertificate
	Begin       *Begin            // for KindBegin
	Station     *StationStatement // for KindStation
	Preparation *Preparation      // for KindPreparation
	Act         *Declaration      // for the kinds of [Forms], whose signatures nobody has checked yet
	sum         [32]byte
}

// CheckEntry verifies one log entry with the station's key. Entries can be checked in parallel.
// An entry of an unknown kind is an error, since nobody can say that it is in order.
//
// What people signed, acts and rosters, it reads but does not verify: who might sign depends on the roster in force at
// that place of the log.
func (k *Key) CheckEntry(entry []byte) (Entry, error) {
	c := Entry{Kind: KindOf(entry), sum: sha256.Sum256(entry)}
	var err error
	switch c.Kind {
	case KindCertificate:
		c.Certificate = new(Certificate)
		err = k.Open(entry, c.Kind, c.Certificate)
	case KindBegin:
		c.Begin = new(Begin)
		err = k.Open(entry, c.Kind, c.Begin)
	case KindStation:
		c.Station = new(StationStatement)
		err = k.Open(entry, c.Kind, c.Station)
	case KindPreparation:
		c.Preparation = new(Preparation)
		err = k.Open(entry, c.Kind, c.Preparation)
	case KindRoster:
	default:
		if DeclarationKindOf(c.Kind) != nil {
			_, c.Act, err = ParseDeclaration(TextOf(entry))
			break
		}
		err = fmt.Errorf("unknown kind of statement %q", clip(string(c.Kind)))
	}
	return c, err
}

// CheckEntry is [Key.CheckEntry] for a single entry.
func CheckEntry(entry []byte, pub *ecdsa.PublicKey) (Entry, error) {
	return NewKey(pub).CheckEntry(entry)
}

// ByPeople says whether it is a statement that people sign, and not the station.
func (c Entry) ByPeople() bool { return c.Act != nil || c.Kind == KindRoster }

// signer is the station that the statement names.
func (c Entry) signer() Station {
	switch {
	case c.Certificate != nil:
		return c.Certificate.Station
	case c.Begin != nil:
		return c.Begin.Station
	case c.Station != nil:
		return c.Station.Station
	case c.Preparation != nil:
		return c.Preparation.Station
	}
	return Station{}
}

// Chain folds checked entries, in the order of the log, into what an auditor asks: does every job have one begin and
// one certificate, and does each refer to the other.
type Chain struct {
	Problems []Problem        // what must not be: the log does not verify
	Outcomes map[string]int64 // certificates by outcome

	size   int64
	head   Station           // of the first entry: every later one must be of the same station
	jobs   map[string]*trail // by job id
	erased map[EntryRef]self // certificates of verified erasures
	seen   map[[32]byte]int64
}

// trail is what the log says of one job.
type trail struct {
	begin EntryRef
	disk  self
	name  string // of the disk then
	plan  Plan
	reg   *MediumRef
	last  *EntryRef // the newest certificate; nil while there is none
	ended string    // its outcome
}

// Problem is a broken rule and the entry that shows it.
type Problem struct {
	Index  int64  `json:"index"`
	Detail string `json:"detail"`
}

// OpenJob is a job that began and has no certificate: it is still running, or nobody has certified what became of its disk.
type OpenJob struct {
	Index  int64  `json:"index"`
	ID     string `json:"id"`
	Serial string `json:"serial"`
	Name   string `json:"disk"`
}

// NewChain returns an empty chain.
func NewChain() *Chain {
	return &Chain{Outcomes: map[string]int64{}, jobs: map[string]*trail{}, erased: map[EntryRef]self{}, seen: map[[32]byte]int64{}}
}

// Add takes the entry at the given index.
func (c *Chain) Add(index int64, e Entry) {
	wrong := func(format string, args ...any) {
		c.Problems = append(c.Problems, Problem{index, fmt.Sprintf(format, args...)})
	}
	if index != c.size {
		wrong("entry %d is missing", c.size)
	}
	c.size = index + 1
	if first, ok := c.seen[e.sum]; ok {
		wrong("the same entry as %d", first)
		return
	}
	c.seen[e.sum] = index
	if (index == 0) != (e.Kind == KindStation) {
		wrong("a log begins with one station statement; this is %q", e.Kind)
	}
	if index == 0 && e.Station != nil {
		c.head = e.Station.Station
	}
	if s := e.signer(); !e.ByPeople() && !s.SameAs(c.head) {
		wrong("signed as station %q with assurance %q, unlike the log's first entry", clip(s.Name), clip(s.Assurance))
	}
	switch {
	case e.Begin != nil:
		b := e.Begin
		if _, ok := c.jobs[b.ID]; ok {
			wrong("a second begin of job %s", clip(b.ID))
			return
		}
		c.jobs[b.ID] = &trail{begin: e.Refer(index), disk: b.Disk.self(), name: b.Disk.Node.Name, plan: b.Plan, reg: b.Register}
	case e.Certificate != nil:
		c.addCertificate(e, index, wrong)
	case e.Preparation != nil:
		p := e.Preparation
		if disk, ok := c.erased[p.Certificate]; !ok {
			wrong("a preparation that refers to no certificate of a verified erasure")
		} else if disk != p.Disk.self() {
			wrong("a preparation of another disk than its certificate, entry %d", p.Certificate.Index)
		}
	}
}

// Refer is how other statements refer to this one.
func (c Entry) Refer(index int64) EntryRef { return EntryRef{index, hex.EncodeToString(c.sum[:])} }

func (c *Chain) addCertificate(e Entry, index int64, wrong func(string, ...any)) {
	cert := e.Certificate
	c.Outcomes[cert.Outcome]++
	job, ok := c.jobs[cert.ID]
	if !ok {
		wrong("a certificate of job %s, which never began", clip(cert.ID))
		return
	}
	switch {
	case job.last == nil && cert.Resumes != nil:
		wrong("the certificate of job %s resumes one that is not in the log", clip(cert.ID))
	case job.last != nil && (cert.Resumes == nil || *cert.Resumes != *job.last || !mayResume(job.ended)):
		wrong("a second certificate of job %s; the first is entry %d", clip(cert.ID), job.last.Index)
		return
	case job.last != nil:
		c.Outcomes[job.ended]-- // the job went on after all
	}
	last := e.Refer(index)
	job.last, job.ended = &last, cert.Outcome
	if cert.Verified() {
		c.erased[last] = cert.Disk.self()
	}
	if err := cert.CheckConsistency(); err != nil {
		wrong("the certificate of job %s contradicts itself: %v", clip(cert.ID), err)
	}
	if cert.Begin != job.begin {
		wrong("the certificate of job %s refers to another begin than entry %d", clip(cert.ID), job.begin.Index)
	}
	if cert.Disk.self() != job.disk {
		wrong("the certificate of job %s is of another disk than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
	if cert.Plan != job.plan {
		wrong("the certificate of job %s has another plan than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
	if !cert.Register.Equal(job.reg) {
		wrong("the certificate of job %s names another medium or approval than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
}

// mayResume: a job can be gone on with after it was interrupted or lost its disk, and after nothing else.
func mayResume(outcome string) bool { return outcome == "interrupted" || outcome == "failed" }

// Open returns the jobs without a certificate, in the order of the log.
func (c *Chain) Open() []OpenJob {
	open := []OpenJob{}
	for id, job := range c.jobs {
		if job.last == nil {
			open = append(open, OpenJob{job.begin.Index, id, job.disk.serial, job.name})
		}
	}
	slices.SortFunc(open, func(a, b OpenJob) int { return cmp.Compare(a.Index, b.Index) })
	return open
}
