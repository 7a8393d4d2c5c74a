package wipe

import (
	"context"
	"io"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
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

// Clean reports whether everything asked for was read and is what belongs there.
func (v VerifyReport) Clean() bool { return v.Asked > 0 && v.Verified == v.Asked }

// Check reads the first size bytes of a disk and compares them with p, in full or by a new sample. The report is valid also
// with an error, which says why it ended early.
func Check(ctx context.Context, t Source, p pattern.Pattern, size int64, mode VerifyMode, o CheckOptions) (VerifyReport, error) {
	v := VerifyReport{Pattern: p.String(), Verify: mode, Mismatched: []Extent{}, Unreadable: []Extent{}}
	if mode != Full && mode != Sample {
		return v, message.Errorf("checking: unknown verification %q", string(mode))
	}
	m := &meter{send: o.OnEvent}
	po := o.pump()
	po.Check, po.Progress, po.Silent = func() error { return nil }, m.progress, m.silent
	if c, ok := t.(interface{ Check() error }); ok {
		po.Check = c.Check
	}
	pm, err := pump.New(o.Disk, size, po)
	if err != nil {
		return v, message.Errorf("checking: %w", err)
	}
	defer pm.Close()
	clock := newClock(o.Now)
	v.Started = clock.now()
	defer func() { v.Ended = clock.now() }()
	if err := pm.Call(ctx, t.DropCache); err != nil {
		return v, message.Errorf("checking: %w", err)
	}
	var list []Extent
	if list, v.Verify, v.Sample, err = choose(orCryptoRand(o.Rand), mode, o.Disk, size, o.Skip); err != nil {
		return v, message.Errorf("checking: %w", err)
	}
	v.Asked = pump.Sum(list)
	m.begin(Event{Pass: 1, Passes: 1, Pattern: v.Pattern, Verifying: true}, volume{})
	s := pm.Reading(t, p, list)
	if v.Verify == Full {
		s.Tune(true)
	}
	err = s.Run(ctx)
	r := s.Result()
	m.end(r)
	v.Verified, v.Retries = r.Good, r.Retries
	v.Mismatched, v.MismatchedTotal = r.Mismatched.Sorted(), r.Mismatched.Total()
	v.Unreadable, v.UnreadableTotal = r.Bad.Sorted(), r.Bad.Total()
	v.VerifyBytesPerSecond = speed(r.Done, r.Took)
	if err != nil {
		return v, message.Errorf("checking: %w", err)
	}
	return v, nil
}
