package wipe

import (
	"context"
	"fmt"
	"io"
	"time"

	"rasure/devices"
	"rasure/wipe/pattern"
)

// Source is a disk open for reading; every [devices.Port] is one.
type Source interface {
	io.ReaderAt
	DropCache() error
}

var _ Source = devices.Port(nil)

// VerifyReport is what [Check] found. Its fields are those of [PassReport].
type VerifyReport struct {
	Pattern string     `json:"pattern"`
	Verify  VerifyMode `json:"verify"` // Full where the disk is too small for Sample

	Asked    int64 `json:"asked_bytes"` // to be read: the size, or the sample
	Verified int64 `json:"verified_bytes"`

	Mismatched      []Extent `json:"mismatched"`
	Unreadable      []Extent `json:"unreadable"`
	MismatchedTotal Total    `json:"mismatched_total"`
	UnreadableTotal Total    `json:"unreadable_total"`

	Retries              int           `json:"retries"`
	VerifyBytesPerSecond int64         `json:"verify_bytes_per_second"`
	Started              time.Time     `json:"started"`
	Ended                time.Time     `json:"ended"`
	Sample               *SampleReport `json:"sample,omitempty"`
}

// Clean says that everything asked for was read and is what belongs there.
func (v VerifyReport) Clean() bool { return v.Asked > 0 && v.Verified == v.Asked }

// Check reads the first size bytes of a disk and compares them with p, in full or by a sample drawn anew. The report is true also
// with an error, which says why it ended early. Options.Disk and Options.Skip are for it.
func Check(ctx context.Context, t Source, p pattern.Pattern, size int64, mode VerifyMode, o Options) (VerifyReport, error) {
	o = o.filled()
	v := VerifyReport{Pattern: p.String(), Verify: mode, Mismatched: []Extent{}, Unreadable: []Extent{}}
	if mode != Full && mode != Sample {
		return v, fmt.Errorf("checking: no verification is called %q", mode)
	}
	same := func() error { return nil }
	if c, ok := t.(interface{ Check() error }); ok {
		same = c.Check
	}
	e, err := newEngine(o.Disk, size, same, o)
	if err != nil {
		return v, fmt.Errorf("checking: %w", err)
	}
	defer e.free()
	v.Started = stamp(e.Now())
	defer func() { v.Ended = stamp(e.Now()) }()
	if err := e.answered(ctx, t.DropCache); err != nil {
		return v, fmt.Errorf("checking: %w", err)
	}
	var list []Extent
	if list, v.Verify, v.Sample, err = e.chosen(mode, o.Skip); err != nil {
		return v, fmt.Errorf("checking: %w", err)
	}
	v.Asked = sum(list)
	e.event = Event{Pass: 1, Passes: 1, Pattern: v.Pattern, Verifying: true}
	s := e.reading(t, p, list)
	if v.Verify == Full {
		s.climb = &e.climbs[1]
	}
	err = e.sweep(ctx, s, later{})
	v.Verified, v.Retries = s.good.Load(), s.retries
	v.Mismatched, v.MismatchedTotal = s.mismatched.sorted(), s.mismatched.total()
	v.Unreadable, v.UnreadableTotal = s.bad.sorted(), s.bad.total()
	v.VerifyBytesPerSecond = speed(s.done.Load(), e.took)
	if err != nil {
		return v, fmt.Errorf("checking: %w", err)
	}
	return v, nil
}
