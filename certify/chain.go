package certify

import (
	"encoding/hex"
	"slices"
	"sort"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Chain folds checked entries, in the order of the log, into what an auditor asks: does every job have one begin and
// one certificate, and does each refer to the other.
type Chain struct {
	Problems []Problem        // broken rules: the log does not verify
	Warnings []Problem        // what an auditor should know, and what breaks no rule
	Outcomes map[string]int64 // certificates by outcome

	size   int64
	head   Station               // of the first entry: every later one must be of the same station
	first  [32]byte              // SHA-256 of the text of that entry
	jobs   map[string]*jobRecord // by job id
	erased map[EntryRef]erased   // disks of the certificates of verified erasures
	seen   map[[32]byte]int64    // index of each statement by the SHA-256 of its text
	files  [][32]byte            // SHA-256 of each entry
	keys   map[[32]byte]keyUse   // of passes: one is never used in two jobs

	root func(size int64) ([32]byte, error) // while an entry is added

	version2     bool  // is in force
	attestedFrom int64 // by the station statement of version 2; 0: it does not say
	roots        statement.Hash

	enrolled  int64  // entry that raised the assurance of the station; 0: none
	assurance string // from there on
}

// erased is a disk whose erasure was verified, and what its certificate says.
type erased struct {
	identity
	kind, job, number, level string
	at                       time.Time
}

// keyUse is the first certificate that states the key of a pass.
type keyUse struct {
	index int64
	begin int64 // of its job
}

// jobRecord is what the log says of one job.
type jobRecord struct {
	begin     EntryRef
	disk      identity
	name      string // of the disk when the job began
	plan      Plan
	medium    *MediumRef
	last      *EntryRef // the newest certificate; nil while there is none
	outcome   string    // of that
	resumable bool      // after that

	at       time.Time // that the begin states
	version2 bool      // the begin is of version 2
	seed     [32]byte  // its SHA-256, by such a begin
	work     [32]byte  // over what such a begin and the certificate must both state
}

// Problem is a broken rule, or a warning, and the entry that shows it.
type Problem struct {
	Index  int64        `json:"index"`
	Detail message.Text `json:"detail"`
	Rule   string       `json:"rule,omitempty"` // its code, such as [KeyReused]; "" for what has none
}

// KeyReused is the rule that no two jobs have a pass with the same key. The chain warns of it, since statements of version 1 open as before; an
// audit objects.
const KeyReused = "key-reused"

// OpenJob is a job that began and has no certificate: it is running, or was abandoned.
type OpenJob struct {
	Index  int64  `json:"index"`
	ID     string `json:"id"`
	Serial string `json:"serial"`
	Name   string `json:"disk"`
}

// Newest returns the index of the newest certificate that counts of each disk, by the disk's serial number.
func (c *Chain) Newest() map[string]int64 {
	newest := map[string]int64{}
	for _, job := range c.jobs {
		if s := job.disk.serial; s != "" && job.last != nil && job.last.Index > newest[s] {
			newest[s] = job.last.Index
		}
	}
	return newest
}

// NewChain returns an empty chain.
func NewChain() *Chain {
	return &Chain{Outcomes: map[string]int64{}, jobs: map[string]*jobRecord{}, erased: map[EntryRef]erased{}, seen: map[[32]byte]int64{}, keys: map[[32]byte]keyUse{}}
}

// Add takes the entry at the given index. It returns false if the entry must not count anywhere else either: the log has the statement
// already, so that a copy says nothing new and is reported as a warning, or its form is refused there, or it is an act that was signed for another
// log, which is a problem. Anybody can make a copy: [TextSHA256] says how.
//
// Statements of version 2 name heads of the log: see [Chain.AddRooted].
func (c *Chain) Add(index int64, e Entry) bool { return c.AddRooted(index, e, nil) }

// AddRooted is [Chain.Add] with a function that returns the root of the first entries of the log, up to those before this one. Without it a statement
// of version 2 is a problem, since the head that it names was not compared.
func (c *Chain) AddRooted(index int64, e Entry, root func(size int64) ([32]byte, error)) bool {
	c.root = root
	defer func() { c.root = nil }()
	wrong := func(format string, args ...any) {
		c.Problems = append(c.Problems, Problem{Index: index, Detail: message.Of(format, args...)})
	}
	if index != c.size {
		wrong("entry %d is missing", c.size)
	}
	rule, why := c.form(e)
	c.size = index + 1
	c.files = append(c.files, e.file)
	if first, ok := c.seen[e.text]; ok {
		c.Warnings = append(c.Warnings, Problem{Index: index, Detail: message.Of("the same statement as entry %d; it counts once", first)})
		return false
	}
	c.seen[e.text] = index
	if _, cut := e.cutOver(); (index == 0) != (e.Station != nil) && !cut {
		wrong("a log begins with one station statement; this entry is %q", e.Kind)
	}
	if index == 0 {
		c.first = e.text
		if e.Station != nil {
			c.head = e.Station.Station
		}
	}
	if e.newer {
		c.Problems = append(c.Problems, Problem{index, (&NewerError{e.Kind}).Message(), NotUnderstood})
		return true
	}
	if rule != "" {
		c.Problems = append(c.Problems, Problem{index, why.text, rule})
		return false
	}
	if s := e.signer(); !e.ByPeople() && !s.SameAs(c.head.WithAssurance(c.assuranceOf(e))) {
		wrong("signed as station %q with assurance %q, unlike the first entry of the log", clip(s.Name), clip(s.Assurance))
	}
	if e.Statement != nil {
		if !c.addStatement(index, e) {
			return false
		}
		c.Resolve(e)
		if s, ok := e.Statement.Body.(*statement.StationStatement); ok {
			c.addStation(index, s)
		}
	}
	switch {
	case e.Begin != nil:
		b := e.Begin
		if _, ok := c.jobs[b.ID]; ok {
			wrong("a second begin of job %s", clip(b.ID))
			break
		}
		c.jobs[b.ID] = jobOf(e, index)
	case e.Certificate != nil:
		c.addCertificate(e, index, wrong)
	case e.Preparation != nil:
		p := e.Preparation
		if disk, ok := c.erased[p.Certificate]; !ok {
			wrong("a preparation that refers to no certificate of a verified erasure")
		} else if disk.identity != p.Disk.identity() {
			wrong("a preparation of another disk than that of its certificate, entry %d", p.Certificate.Index)
		}
	}
	return true
}

func (c *Chain) addCertificate(e Entry, index int64, wrong func(string, ...any)) {
	cert := e.Certificate
	c.Outcomes[cert.Outcome]++
	warnings := cert.Warnings()
	if e.Statement != nil {
		warnings = append(warnings, e.warnings2(c.jobs[cert.ID])...)
	}
	for _, w := range warnings {
		c.Warnings = append(c.Warnings, Problem{Index: index, Detail: w})
	}
	job, ok := c.jobs[cert.ID]
	if !ok {
		wrong("a certificate of job %s, which never began", clip(cert.ID))
		return
	}
	switch {
	case job.last == nil && cert.Resumes != nil:
		wrong("the certificate of job %s resumes one that is not in the log", clip(cert.ID))
	case job.last != nil && (cert.Resumes == nil || *cert.Resumes != *job.last || !job.resumable):
		wrong("a second certificate of job %s; the first is entry %d", clip(cert.ID), job.last.Index)
		return
	case job.last != nil:
		c.Outcomes[job.outcome]-- // the job was resumed
	}
	c.addKeys(cert, index, job)
	last := e.Refer(index)
	job.last, job.outcome, job.resumable = &last, cert.Outcome, cert.Resumable()
	if cert.Verified() {
		c.erased[last] = erasedOf(e)
	}
	if err := e.contradiction; err != nil {
		wrong("the certificate of job %s contradicts itself: %v", clip(cert.ID), err)
	}
	if cert.Begin != job.begin {
		wrong("the certificate of job %s refers to another begin than entry %d", clip(cert.ID), job.begin.Index)
	}
	if cert.Disk.identity() != job.disk {
		wrong("the certificate of job %s is of another disk than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
	if e.Statement != nil {
		if rule, why := job.checkAnchored(e); rule != "" {
			c.Problems = append(c.Problems, Problem{index, why, rule})
		} else if a := e.Statement.Body.(*statement.Certificate).Anchor; a != nil {
			c.checkRoot(index, NotAnchored, a.Size, a.Root)
		}
	}
	if cert.Plan != job.planFor(e) {
		wrong("the certificate of job %s has another plan than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
	if !cert.Register.Equal(job.mediumFor(e)) {
		wrong("the certificate of job %s names another medium or approval than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
}

// planFor is the plan of the begin as a certificate states it: version 2 leaves out what the scheme says.
func (j *jobRecord) planFor(e Entry) Plan {
	p := j.plan
	if e.Statement != nil {
		p.Title, p.Source, p.Disputed = "", "", ""
	}
	return p
}

// mediumFor is the medium of the begin as a certificate states it: version 2 leaves out its classification, so that a certificate can leave the
// office.
func (j *jobRecord) mediumFor(e Entry) *MediumRef {
	if j.medium == nil || e.Statement == nil {
		return j.medium
	}
	m := *j.medium
	m.Class = ""
	return &m
}

// erasedOf is what a later statement may say of a certificate.
func erasedOf(e Entry) erased {
	cert := e.Certificate
	d := erased{identity: cert.Disk.identity(), kind: string(e.Kind), job: cert.ID, level: cert.Level, at: cert.Ended}
	if cert.Register != nil {
		d.number = cert.Register.Number
	}
	if e.Statement != nil {
		d.at = e.Statement.At()
	}
	return d
}

// addKeys finds a key that another job has used. Keys are random, so a second use is no accident: a stream that somebody has can be written to any
// disk, and certified as if it had been made for that job. A job that was resumed has its keys on more than one certificate.
func (c *Chain) addKeys(cert *Certificate, index int64, job *jobRecord) {
	for i, p := range cert.Passes {
		var key [32]byte
		if n, err := hex.Decode(key[:], []byte(p.Key)); len(p.Key) != 2*len(key) || err != nil || n != len(key) {
			continue // a constant pass, or a contradiction that is reported as one
		}
		used, ok := c.keys[key]
		switch {
		case !ok:
			c.keys[key] = keyUse{index, job.begin.Index}
		case used.begin != job.begin.Index:
			c.Warnings = append(c.Warnings, Problem{index, message.Of("pass %d of job %s has the key of another job, entry %d: its bytes were known before the job began",
				i+1, clip(cert.ID), used.index), KeyReused})
		}
	}
}

// Resumable reports whether a job may be resumed after this certificate: it was interrupted, or its disk was lost. Any other failure is final.
func (c *Certificate) Resumable() bool {
	return c.Outcome == OutcomeInterrupted ||
		c.Outcome == OutcomeFailed && slices.ContainsFunc(c.Exceptions, func(e Exception) bool { return e.Code == CodeDeviceLost })
}

// Open returns the jobs without a certificate, in the order of the log.
func (c *Chain) Open() []OpenJob {
	open := []OpenJob{}
	for id, job := range c.jobs {
		if job.last == nil {
			open = append(open, OpenJob{job.begin.Index, id, job.disk.serial, job.name})
		}
	}
	sort.Slice(open, func(i, j int) bool { return open[i].Index < open[j].Index })
	return open
}
