// Package verifier decides what the files are that somebody drops on a page, verifies them, and says what it found: as the commands
// verify and audit do, without a file system.
package verifier

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/render/checks"
	"rasure/certify/render/forms"
	"rasure/certify/render/paper"
	"rasure/cmd/internal/archive"
	"rasure/cmd/message"
)

// File is a file with its name below the directory that was dropped: "log/checkpoint".
type File struct {
	Name string
	Data []byte
}

// Status is the exit status that the command has for the same files.
type Status int

// The statuses of an answer.
const (
	Good       Status = 0
	Unreadable Status = 1 // what was asked is not clear, or a file cannot be read
	Limited    Status = 3 // good as far as it goes
	Bad        Status = 5 // does not verify
)

// Answer is what was found of one certificate, bundle or log.
type Answer struct {
	Name   string // of the file or directory
	Status Status
	Lines  checks.Lines // what was checked; none if it is bad
	Err    error        // why the status is not good
	Page   []byte       // the certificate for people, as HTML; nil for a log
	Code   string       // the text of the QR code on a printed page; "" where the place in the log is not proven
}

// Check verifies what the files hold. Progress is called while a log is read, with the number of its files; it may be nil. Page and sentences
// are in language l.
func Check(files []File, now time.Time, l message.Language, progress func(done, all int)) []Answer {
	all := sortOut(files)
	pin, err := all.pin()
	if err != nil {
		return []Answer{{Status: Unreadable, Err: err}}
	}
	if len(all.certificates)+len(all.bundles)+len(all.logs) == 0 {
		return []Answer{{Status: Unreadable, Err: all.nothing()}}
	}
	c := &checker{pin, now, l, progress}
	answers := []Answer{}
	for _, f := range all.certificates {
		answers = append(answers, c.certificate(f, all.proofOf(f)))
	}
	for _, b := range all.bundles {
		answers = append(answers, c.bundle(b))
	}
	for _, d := range all.logs {
		answers = append(answers, c.log(d))
	}
	return answers
}

type checker struct {
	pin      audit.Pin
	now      time.Time
	lang     message.Language
	progress func(done, all int)
}

// bad is an answer with an error: status 5 where something does not verify.
func bad(name string, err error) Answer {
	var failure *audit.Failure
	if errors.As(err, &failure) {
		return Answer{Name: name, Status: Bad, Err: err}
	}
	return Answer{Name: name, Status: Unreadable, Err: err}
}

func (c *checker) certificate(f File, proof []byte) Answer {
	v, err := audit.VerifyCertificate(f.Data, proof, c.pin)
	if err != nil {
		return bad(f.Name, err)
	}
	a := Answer{Name: f.Name}
	a.Lines.Verified(v)
	return c.page(a, v, nil, f.Data)
}

func (c *checker) bundle(b bundle) Answer {
	files, err := b.open()
	if err != nil {
		return Answer{Name: b.name, Status: Bad, Err: err}
	}
	v, err := audit.VerifyBundle(files, c.pin, audit.Trusted{})
	if err != nil {
		return bad(b.name, err)
	}
	a := Answer{Name: b.name}
	a.Lines.Bundle(v)
	switch {
	case len(v.Missing) > 0:
		a.Status, a.Err = Limited, message.Errorf("evidence is missing from the bundle: %s", strings.Join(v.Missing, ", "))
	case v.Doubtful():
		a.Status, a.Err = Limited, message.New("all of it verifies, but a later statement takes back or replaces what it proves")
	}
	signed, err := fs.ReadFile(files, "certificate.cert")
	if err != nil {
		return bad(b.name, err)
	}
	return c.page(a, v.Verified, v.Origin(), signed)
}

// page adds the page of a certificate that verified.
func (c *checker) page(a Answer, v audit.Verified, from *audit.Origin, signed []byte) Answer {
	d := forms.Certificates([]forms.Certificate{{Verified: v, Signed: signed, Origin: from}}, forms.Options{Languages: []message.Language{c.lang}, Size: paper.A4})
	var html bytes.Buffer
	if err := paper.HTML(&html, d); err != nil {
		a.Status, a.Err = Unreadable, err
		return a
	}
	a.Page = html.Bytes()
	if v.Proof == "good" {
		a.Code = forms.QR(v.Station, v.Index, fmt.Sprintf("%x", certify.TextSHA256(signed)))
	}
	return a
}

func (c *checker) log(d directory) Answer {
	done := 0
	files := counting{archive.Of(d.files), func() {
		if done++; c.progress != nil {
			c.progress(min(done, len(d.files)), len(d.files))
		}
	}}
	o := audit.Options{Pin: c.pin, Now: c.now}
	if _, err := fs.Stat(files, strings.TrimSuffix(audit.EvidenceDir, "/")); err == nil { // as log export writes it
		if o.Evidence, err = fs.Sub(files, strings.TrimSuffix(audit.EvidenceDir, "/")); err != nil {
			return bad(d.name, err)
		}
	}
	r, err := audit.Log(files, o)
	if err != nil {
		return bad(d.name, err)
	}
	a := Answer{Name: d.name, Lines: reportLines(r)}
	switch {
	case !r.Valid:
		a.Status, a.Err = Bad, message.Errorf("%d rule(s) broken", r.Open())
	case len(r.OpenJobs) > 0:
		a.Status, a.Err = Limited, message.Errorf("%d job(s) have no certificate: running or abandoned", len(r.OpenJobs))
	}
	return a
}

// reportLines say what an audit showed. The tasks of the office are left to the command.
func reportLines(r *audit.Report) (l checks.Lines) {
	l.Head(r)
	outcomes := []string{}
	for o := range r.Outcomes {
		outcomes = append(outcomes, o)
	}
	slices.Sort(outcomes)
	for _, o := range outcomes {
		l.Printf("jobs       %d %s\n", r.Outcomes[o], message.Text{Format: o})
	}
	l.Past(r)
	l.Limits(r)
	l.OpenJobs(r)
	l.Warnings(r)
	for _, p := range r.Problems {
		l.Problem(p)
	}
	return l
}

// counting calls opened for each file that is opened.
type counting struct {
	fs.FS
	opened func()
}

func (c counting) Open(name string) (fs.File, error) {
	c.opened()
	return c.FS.Open(name)
}

// Compare decides whether the code that was read from a printed page is of one of the certificates that were verified, and says so.
func Compare(scanned string, all []Answer) (bool, message.Text) {
	word := strings.Fields(scanned)
	if len(word) != 4 || word[0] != "rasure" {
		return false, message.Of("This is not the code of a printed page. It has four words: rasure, the station, a number and a SHA-256.")
	}
	near := message.Text{}
	for _, a := range all {
		is := strings.Fields(a.Code)
		switch {
		case len(is) != 4:
		case slices.Equal(word, is):
			return true, message.Of("The printed page names this certificate: %s.", a.Name)
		case word[1] == is[1] && word[2] == is[2]:
			near = message.Of("The printed page names entry %s of %s, and another text than %s has: one of them is not genuine.", word[2], word[1], a.Name)
		}
	}
	if !near.IsZero() {
		return false, near
	}
	return false, message.Of("The printed page names another certificate: entry %s of %s.", word[2], word[1])
}
