package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/certify/statement"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/wipe"
)

// A job in a log of version 2 draws a seed before it begins. Its begin names the SHA-256 of the seed; the log's signed head that ends with the
// begin is the anchor. All keys come from both, so that nobody, not even root, has the bytes of a pass before the begin is in the log.
// The seed is secret until the certificate: a drive that knew it could invent what it is read back.

// anchor is a [statement.Anchor] in a job file.
type anchor struct {
	Size   int64  `json:"size"`
	Root   string `json:"root"` // hex
	Line   []byte `json:"line"`
	SHA256 string `json:"sha256"` // hex
}

// operator is a [statement.Operator] in a job file.
type operator struct {
	Person  string `json:"person,omitempty"`
	Account string `json:"account,omitempty"`
	By      string `json:"by"`
}

// seeded reports whether the job began in a log of version 2.
func (r *record) seeded() bool { return r.Seed != "" }

// signBegin2 draws the seed and signs the begin of version 2.
func (j *job) signBegin2(annex statement.Hash) (err error) {
	seed := [sha256.Size]byte{}
	if _, err := rand.Read(seed[:]); err != nil {
		return err
	}
	j.Seed = hex.EncodeToString(seed[:])
	b := &statement.Begin{Work: issue.WorkOf(j.Disk, j.Facts, j.Plan), Confirmation: j.confirmation, Seed: sha256.Sum256(seed[:])}
	b.Operator, b.Offline = statement.Operator(j.Who), j.m.st.Offline()
	o := j.origin
	b.Order, b.Batch, b.Asset, b.Source, b.SourceHost = o.Order, o.Batch, o.Asset, o.Source, o.SourceHost
	b.Annex = annex
	if j.before != nil {
		b.Health = issue.HealthOf(*j.before)
	}
	if b.ByStation, err = j.m.st.ByStation(); err != nil {
		return err
	}
	err = j.m.st.View(func(state *audit.State) (err error) {
		b.Policy = state.Register.PolicyRef()
		b.Medium, err = state.Register.UseOf(j.Facts.Register)
		return err
	})
	if err != nil {
		return err
	}
	j.Begin, err = j.m.st.Sign2(b)
	return err
}

// takeAnchor takes the head of the log that ends with the begin, unless the file has it. A key in a file signs it with other numbers each time, so it is saved
// before a key is used.
func (f *file) takeAnchor(st *station.Station) error {
	if !f.seeded() || f.Anchor != nil {
		return nil
	}
	a, err := st.Anchor(f.Facts.Begin.Index)
	if err != nil {
		return message.Errorf("taking the anchor of the job's keys: %w", err)
	}
	f.Anchor = &anchor{a.Size, a.Root.String(), a.Line, a.SHA256.String()}
	return nil
}

// statedAnchor returns seed and anchor; nil for a job that began in version 1.
func (r *record) statedAnchor() (seed statement.Hash, a *statement.Anchor, err error) {
	if r.Anchor == nil {
		return seed, nil, nil
	}
	seed, ok := issue.ParseHash(r.Seed)
	a = &statement.Anchor{Size: r.Anchor.Size, Line: r.Anchor.Line}
	var ok2, ok3 bool
	a.Root, ok2 = issue.ParseHash(r.Anchor.Root)
	a.SHA256, ok3 = issue.ParseHash(r.Anchor.SHA256)
	if !ok || !ok2 || !ok3 {
		return seed, nil, message.New("its seed or its anchor is damaged")
	}
	return seed, a, nil
}

// keys are those of the passes; nil for a job that draws them.
func (r *record) keys() (wipe.Keys, error) {
	seed, a, err := r.statedAnchor()
	if err != nil || a == nil {
		return nil, err
	}
	return certify.NewPassKeys(seed, a.SHA256, r.Facts.ID)
}

// checkSeed compares seed and anchor of the file with the begin and with the log.
func (r *record) checkSeed(begin certify.Entry, log *logs.Snapshot) error {
	if (begin.Statement != nil) != r.seeded() {
		return message.New("it has a seed, and its begin names none, or the other way round")
	}
	if !r.seeded() {
		return nil
	}
	seed, ok := issue.ParseHash(r.Seed)
	if b := begin.Statement.Body.(*statement.Begin); !ok || sha256.Sum256(seed[:]) != b.Seed {
		return message.New("its seed is not that of its begin")
	}
	_, a, err := r.statedAnchor()
	if err != nil || a == nil {
		return err
	}
	head, err := log.Head(a.Size)
	if err == nil && (a.Size != r.Facts.Begin.Index+1 || statement.Hash(head.Root) != a.Root || a.Sum(head.Origin) != a.SHA256) {
		err = message.New("its anchor is not the head of the log that ends with its begin")
	}
	return err
}

// stated is what a certificate of version 2 states of the job besides the report.
func (f *file) stated(st *station.Station, r wipe.Report) (j issue.Job, err error) {
	e, err := certify.CheckEntry(f.Begin, st.PublicKey())
	if err != nil {
		return j, message.Errorf("its begin: %w", err)
	}
	if j.ByStation, err = st.ByStation(); err != nil {
		if j.ByStation, err = f.byStation(e, err); err != nil {
			return j, err
		}
	}
	j.Begin = statement.Ref{Index: f.Facts.Begin.Index, SHA256: e.TextSHA256()}
	if e.Statement != nil {
		b := e.Statement.Body.(*statement.Begin)
		j.Work, j.Confirmation, j.Health, j.Annex = b.Work, &b.Confirmation, f.healths(b.Health), b.Annex
	} else {
		j.Work = issue.WorkOfVersion1(e.Begin)
		j.Operator = statement.Operator{Account: e.Begin.Operator, By: "unknown"}
		if j.Medium, err = st.MediumUse(e.Begin.Register); err != nil {
			return j, err
		}
	}
	if f.Who != (operator{}) {
		j.Operator = statement.Operator(f.Who)
	}
	if f.Facts.Resumes != nil {
		resumes, err := st.Refer2(f.Facts.Resumes.Index)
		if err != nil {
			return j, err
		}
		j.Resumes = &resumes
	}
	if err := f.takeAnchor(st); err != nil {
		return j, err
	}
	j.Seed, j.Anchor, err = f.statedAnchor()
	j.Sessions = f.statedSessions(r)
	return j, err
}

// healths is the health of the drive before the job, as the begin has it, and after; nil if neither is known.
func (f *file) healths(before *statement.Health) *statement.Healths {
	if before == nil && f.after == nil {
		return nil
	}
	around := &statement.Healths{Before: before}
	if f.after != nil {
		around.After = issue.HealthOf(*f.after)
	}
	return around
}

// byStation is the beginning of a certificate while the log cannot be read, which why says: the station as the begin has it, and the newest head that is known, that of
// the anchor. An erasure that took place has a certificate, even if the log takes it only later.
func (f *file) byStation(begin certify.Entry, why error) (by statement.ByStation, err error) {
	_, a, err := f.statedAnchor()
	if err != nil || a == nil || begin.Statement == nil {
		return by, errors.Join(why, err)
	}
	by = *begin.Statement.Station()
	by.Log.Size, by.Log.Root, by.Clock.At = a.Size, a.Root, station.Now()
	by.ID, err = certify.NewID(by.Clock.At, rand.Reader)
	return by, err
}

// sign signs the certificate of a report, in the version of the log. What does not verify would damage the log for good: it is opened again first.
func (f *file) sign(st *station.Station, r wipe.Report, evidenceName string) (signed, evidence []byte, err error) {
	r.Disk.Doubt = f.Disk.Doubt // as the begin has it, whatever else is plugged in now
	is2 := f.seeded()
	if !is2 { // a log that cannot be read now takes the certificate later, see renew
		is2, _ = st.Version2()
	}
	if !is2 {
		return issue.Seal(r, f.Facts, evidenceName, st.Signer())
	}
	j, err := f.stated(st, r)
	if err != nil {
		return nil, nil, err
	}
	if signed, evidence, err = issue.Seal2(r, f.Facts, j, evidenceName, st.Signer()); err == nil {
		err = audit.CheckOwn(st.Identity(), st.PublicKey(), signed)
	}
	return signed, evidence, err
}

// renew states the sealed certificate in version 2 if the log was cut over after it was signed, and before it was appended: it would not count.
func (f *file) renew(st *station.Station, log *logs.Snapshot) error {
	is2, err := st.Version2()
	if err != nil || !is2 || statement.KindOf(string(certify.KindOf(f.Sealed))) != nil {
		return err
	}
	if ref, err := find(log, f.Facts.Begin.Index, f.Sealed); err != nil || ref != nil {
		return err
	}
	e, err := certify.CheckEntry(f.Sealed, st.PublicKey())
	if err != nil {
		return err
	}
	j, err := f.stated(st, wipe.Report{Started: e.Certificate.Started})
	if err != nil {
		return err
	}
	if f.Sealed, err = issue.Renew2(*e.Certificate, j, st.Signer()); err != nil {
		return err
	}
	return f.save()
}
