// Package check reads a disk again and compares it with its certificate, and with the preparation that followed.
package check

import (
	"context"
	"errors"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/format"
	"rasure/wipe"
)

// Result is what check --json prints.
type Result struct {
	Disk       string        `json:"disk"`
	ID         string        `json:"id"`
	Pattern    string        `json:"pattern"`
	Verify     string        `json:"verify"`
	Verified   int64         `json:"verified_bytes"`
	Mismatched []wipe.Extent `json:"mismatched"`
	Unreadable []wipe.Extent `json:"unreadable"`
	Excluded   int64         `json:"excluded_bytes"` // that could not be written, by the certificate; what they hold is in unwritten
	Unwritten  Unwritten     `json:"unwritten"`
	Prepared   int64         `json:"prepared_bytes"` // compared with the preparation
	Layout     Layout        `json:"preparation"`
	Valid      bool          `json:"valid"`
	OldValid   bool          `json:"holds"`

	Certificate string `json:"certificate"` // path of its file; "" if it was read from the log, and its file was not found
	Index       int64  `json:"index"`       // of the certificate in the log; -1 if it was read from a file
}

// Unwritten is what was found in the extents that the certificate lists as not written.
type Unwritten struct {
	Equal      int64 `json:"equal_bytes"` // hold the pattern nevertheless
	Other      int64 `json:"other_bytes"`
	Unreadable int64 `json:"unreadable_bytes"`
}

// Layout is what was found where a preparation wrote.
type Layout struct {
	State       string          `json:"state"`       // "none", "good" or "differs"
	Identifiers string          `json:"identifiers"` // "stated", or "found": by rasure 0.1, the statement does not determine these 40 bytes
	Differs     []format.Extent `json:"differs"`
}

// Comparison is what a disk is compared with.
type Comparison struct {
	cert        *certify.Certificate
	content     audit.Content
	preparation *certify.Preparation // nil: none
	statement   []byte               // signed, of the preparation
	laidOut     []certify.Extent
}

// New takes a certificate, which came from the file path, and the preparation that followed, with its signed bytes; both may be nil.
func New(path string, cert *certify.Certificate, p *certify.Preparation, statement []byte) (*Comparison, error) {
	content, err := audit.ContentOf(cert)
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	laidOut, err := layoutExtents(p)
	if err != nil {
		return nil, message.Errorf("preparation of %s: %w", path, err)
	}
	return &Comparison{cert, content, p, statement, laidOut}, nil
}

// Run reads the whole disk, or a sample of it, and decides. It fails where the disk could not be read, with [fault.ErrInterrupted] if ctx
// ended; the result is then of what was read.
func (c *Comparison) Run(ctx context.Context, port devices.Port, d devices.Disk, mode wipe.VerifyMode, onEvent func(wipe.Event)) (Result, error) {
	v := Result{Disk: d.Name, ID: c.cert.ID, Pattern: c.content.Pattern.String(), Excluded: c.content.UnwrittenBytes, Layout: Layout{State: "none", Differs: []format.Extent{}}}
	report, err := wipe.Check(ctx, port, c.content.Pattern, d.Size, mode, wipe.CheckOptions{OnEvent: onEvent, Disk: d, Skip: Merged(c.content.Unwritten, c.laidOut, c.cert.Disk.Gaps())})
	if err == nil {
		err = v.checkUnwritten(ctx, port, c.content, d)
	}
	if err == nil && c.preparation != nil {
		err = v.checkLayout(interrupt.ReaderAt(ctx, port), c.preparation, c.statement)
	}
	v.take(report)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, fault.ErrInterrupted):
		err = message.Errorf("%w: %s was not read to its end", fault.ErrInterrupted, d.Name)
	case err != nil:
		err = fault.NotVerified(message.Errorf("reading %s: %w", d.Name, err))
	}
	return v, err
}

// take adds what was read by the pattern, and decides.
func (v *Result) take(r wipe.VerifyReport) {
	v.Verify, v.Verified = string(r.Verify), r.Verified
	v.Mismatched, v.Unreadable = append([]wipe.Extent{}, r.Mismatched...), append([]wipe.Extent{}, r.Unreadable...)
	v.Valid = r.Clean() && v.Layout.State != "differs"
	v.OldValid = v.Valid
}

// Err is the outcome of a check whose result was printed.
func (v *Result) Err(d devices.Disk) error {
	switch {
	case !v.Valid:
		return fault.NotVerifiedf("%s does not match certificate %s: %d extent(s) differ, %d cannot be read", d.Name, v.ID, len(v.Mismatched)+len(v.Layout.Differs), len(v.Unreadable))
	case v.Excluded > 0:
		return fault.Outcome(wipe.CompletedWithExceptions) // they may hold old data
	}
	return nil
}

// checkUnwritten reads the extents that the certificate lists as not written: they are no part of what it claims, and what they hold
// must be known all the same.
func (v *Result) checkUnwritten(ctx context.Context, port devices.Port, c audit.Content, d devices.Disk) error {
	listed := Merged(c.Unwritten)
	if len(listed) == 0 {
		return nil
	}
	r, err := wipe.Check(ctx, port, c.Pattern, d.Size, wipe.Full, wipe.CheckOptions{Disk: d, Skip: complement(listed, d.Size)})
	v.Unwritten = Unwritten{r.Verified, r.MismatchedTotal.Bytes, r.UnreadableTotal.Bytes}
	return err
}
