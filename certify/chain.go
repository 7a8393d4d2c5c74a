package certify

import (
	"cmp"
	"encoding/hex"
	"slices"

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
	jobs   map[string]*jobRecord // by job id
	erased map[EntryRef]identity // disks of the certificates of verified erasures
	seen   map[[32]byte]int64    // index of each statement by the SHA-256 of its text
	keys   map[[32]byte]keyUse   // of passes: one is never used in two jobs
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

// NewChain returns an empty chain.
func NewChain() *Chain {
	return &Chain{Outcomes: map[string]int64{}, jobs: map[string]*jobRecord{}, erased: map[EntryRef]identity{}, seen: map[[32]byte]int64{}, keys: map[[32]byte]keyUse{}}
}

// Add takes the entry at the given index. It returns false if the log has the statement already: a copy says nothing new, is reported as a
// warning, and must not count anywhere else either. Anybody can make such a copy: [TextSHA256] says how.
func (c *Chain) Add(index int64, e Entry) bool {
	wrong := func(format string, args ...any) {
		c.Problems = append(c.Problems, Problem{Index: index, Detail: message.Of(format, args...)})
	}
	if index != c.size {
		wrong("entry %d is missing", c.size)
	}
	c.size = index + 1
	if first, ok := c.seen[e.text]; ok {
		c.Warnings = append(c.Warnings, Problem{Index: index, Detail: message.Of("the same statement as entry %d; it counts once", first)})
		return false
	}
	c.seen[e.text] = index
	if (index == 0) != (e.Kind == KindStation) {
		wrong("a log begins with one station statement; this entry is %q", e.Kind)
	}
	if index == 0 && e.Station != nil {
		c.head = e.Station.Station
	}
	if e.newer {
		c.Problems = append(c.Problems, Problem{index, (&NewerError{e.Kind}).Message(), NotUnderstood})
		return true
	}
	if s := e.signer(); !e.ByPeople() && !s.SameAs(c.head) {
		wrong("signed as station %q with assurance %q, unlike the first entry of the log", clip(s.Name), clip(s.Assurance))
	}
	switch {
	case e.Begin != nil:
		b := e.Begin
		if _, ok := c.jobs[b.ID]; ok {
			wrong("a second begin of job %s", clip(b.ID))
			break
		}
		c.jobs[b.ID] = &jobRecord{begin: e.Refer(index), disk: b.Disk.identity(), name: b.Disk.Node.Name, plan: b.Plan, medium: b.Register}
	case e.Certificate != nil:
		c.addCertificate(e, index, wrong)
	case e.Preparation != nil:
		p := e.Preparation
		if disk, ok := c.erased[p.Certificate]; !ok {
			wrong("a preparation that refers to no certificate of a verified erasure")
		} else if disk != p.Disk.identity() {
			wrong("a preparation of another disk than that of its certificate, entry %d", p.Certificate.Index)
		}
	}
	return true
}

func (c *Chain) addCertificate(e Entry, index int64, wrong func(string, ...any)) {
	cert := e.Certificate
	c.Outcomes[cert.Outcome]++
	for _, w := range cert.Warnings() {
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
		c.erased[last] = cert.Disk.identity()
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
	if cert.Plan != job.plan {
		wrong("the certificate of job %s has another plan than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
	if !cert.Register.Equal(job.medium) {
		wrong("the certificate of job %s names another medium or approval than its begin, entry %d", clip(cert.ID), job.begin.Index)
	}
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
	slices.SortFunc(open, func(a, b OpenJob) int { return cmp.Compare(a.Index, b.Index) })
	return open
}
