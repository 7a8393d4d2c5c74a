package issue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/wipe"
)

// maxListed is how many extents of a kind a pass lists, unless they are too many for one statement; see [Seal].
const maxListed = 256

// New states the report of a job. Evidence lists all extents of the report, one a line (pass, kind, offset, length). It is kept
// beside the certificate under the name given, and nil where the certificate lists them all.
func New(r wipe.Report, f Facts, evidenceName string) (c certify.Certificate, evidence []byte) {
	return listing{maxListed, evidenceName, evidenceOf(r)}.certificate(r, f)
}

// Seal makes and signs the certificate of a job. If the extents that could not be written or read are too many for one
// statement, it lists fewer of them; the counts are always complete. It signs once: [certify.Sign] measures a text before it signs. A report
// that contradicts itself is an error, a [certify.Contradiction], and nothing is signed: it comes from a damaged job file, and its certificate
// would make the log fail to verify for ever.
func Seal(r wipe.Report, f Facts, evidenceName string, s note.Signer) (signed, evidence []byte, err error) {
	all := evidenceOf(r)
	for n := maxListed; ; n /= 4 {
		c, evidence := listing{n, evidenceName, all}.certificate(r, f)
		if err := c.CheckConsistency(); err != nil {
			return nil, nil, message.Errorf("the report of job %s contradicts itself, so no certificate was signed: %w", f.ID, err)
		}
		signed, err := certify.Sign(certify.KindCertificate, c, s)
		if !errors.Is(err, certify.ErrTooLong) || n == 0 {
			return signed, evidence, err
		}
	}
}

// UnknownOutcome is the certificate of a job that began, by the log entry begin, and of which nothing else was kept: its outcome is
// unknown. The detail says who closes the job, and why.
func UnknownOutcome(b certify.Begin, begin certify.EntryRef, ended time.Time, tool certify.Tool, detail string) certify.Certificate {
	return certify.Certificate{
		ID: b.ID, Station: b.Station, Operator: b.Operator, Disk: b.Disk, Plan: b.Plan,
		Passes: []certify.Pass{}, Level: certify.LevelNone, Outcome: certify.OutcomeUnknown,
		Exceptions: []certify.Exception{{Code: wipe.CodeInterrupted, Detail: detail}}, Evidence: []certify.File{},
		Started: b.Started, Ended: ended, Seconds: int64(ended.Sub(b.Started).Seconds()),
		Tool: tool, Begin: begin, Interruptions: []certify.Interruption{}, Register: b.Register, Policy: b.Policy,
	}
}

// listing is how a certificate lists extents.
type listing struct {
	limit        int // how many of a kind and pass
	evidenceName string
	evidence     func() []byte // all of them
}

// certificate states a report. Its evidence is nil if no list was cut.
func (l listing) certificate(r wipe.Report, f Facts) (certify.Certificate, []byte) {
	c := certify.Certificate{
		ID: f.ID, Station: f.Station, Operator: f.Operator,
		Disk: DiskOf(r.Disk, f), Plan: PlanOf(r.Plan),
		Passes: []certify.Pass{}, Exceptions: []certify.Exception{}, Evidence: []certify.File{},
		Level: certify.LevelNone, Outcome: string(r.Outcome),
		Started: r.Started, Ended: r.Ended, Seconds: int64(r.Ended.Sub(r.Started).Seconds()),
		Tool: f.Tool, Begin: f.Begin, Interruptions: append([]certify.Interruption{}, f.Interruptions...), Resumes: f.Resumes,
		Register: f.Register, Policy: f.Policy,
	}
	if r.Outcome == wipe.Verified {
		c.Level = string(r.Plan.Level)
	}
	cut := false
	for _, p := range r.Passes {
		pass := l.pass(p)
		c.Passes = append(c.Passes, pass)
		cut = cut || pass.UnwrittenCount > int64(len(pass.Unwritten)) || pass.MismatchedCount > int64(len(pass.Mismatched)) || pass.UnreadableCount > int64(len(pass.Unreadable))
	}
	for _, e := range r.Exceptions {
		c.Exceptions = append(c.Exceptions, certify.Exception{Code: e.Code, Detail: e.Detail})
	}
	c.Firmware = firmwareOf(r.Firmware)
	if c.Disk.Hidden == notExamined {
		var limit *certify.Exception
		if c.Hidden, c.Disk.Hidden, limit = hiddenOf(r); limit != nil {
			c.Exceptions = append(c.Exceptions, *limit)
		}
	}
	if !cut {
		return c, nil
	}
	evidence := l.evidence()
	sum := sha256.Sum256(evidence)
	c.Evidence = append(c.Evidence, certify.File{Name: l.evidenceName, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(evidence))})
	return c, evidence
}

func (l listing) pass(p wipe.PassReport) certify.Pass {
	pass := certify.Pass{
		Pattern: p.Pattern, Key: p.Key, Written: p.Written, Verified: p.Verified, Verify: string(p.Verify),
		Retries: p.Retries, FlushErrors: p.FlushErrors,
		WriteSpeed: p.WriteBytesPerSecond, VerifySpeed: p.VerifyBytesPerSecond,
		Started: p.Started, Ended: p.Ended,
	}
	if s := p.Sample; s != nil {
		pass.Sample = &certify.Sample{Seed: s.Seed, Sections: s.Sections, Places: s.Places, Bytes: s.Bytes}
	}
	pass.Unwritten, pass.UnwrittenCount, pass.UnwrittenBytes = l.extents(p.Unwritten, p.UnwrittenTotal)
	pass.Mismatched, pass.MismatchedCount, pass.MismatchedBytes = l.extents(p.Mismatched, p.MismatchedTotal)
	pass.Unreadable, pass.UnreadableCount, pass.UnreadableBytes = l.extents(p.Unreadable, p.UnreadableTotal)
	return pass
}

func (l listing) extents(all []wipe.Extent, total wipe.Total) (shown []certify.Extent, count, bytes int64) {
	shown = []certify.Extent{}
	for _, e := range all[:min(len(all), l.limit)] {
		shown = append(shown, certify.Extent{Offset: e.Offset, Length: e.Length})
	}
	return shown, int64(total.Extents), total.Bytes
}

// evidenceOf returns a function that writes all extents of a report, the first time that it is called: one a line, pass, kind, offset, length.
func evidenceOf(r wipe.Report) func() []byte {
	return sync.OnceValue(func() []byte {
		text := []byte{}
		for i, p := range r.Passes {
			for _, l := range []struct {
				kind string
				list []wipe.Extent
			}{{"unwritten", p.Unwritten}, {"mismatched", p.Mismatched}, {"unreadable", p.Unreadable}} {
				for _, e := range l.list {
					text = fmt.Appendf(text, "%d %s %d %d\n", i, l.kind, e.Offset, e.Length)
				}
			}
		}
		return text
	})
}
