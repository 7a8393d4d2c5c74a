// Package selftest has a drive test itself and waits for the result.
package selftest

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
)

// poll is our choice: a short test takes two minutes, and each question may disturb a long one.
const poll = 5 * time.Second

// Kind is the self-test that somebody means.
func Kind(word string) (health.Kind, error) {
	switch k := health.Kind(word); k {
	case health.Short, health.Long:
		return k, nil
	}
	return "", fault.WithHint(fault.Usagef("--self-test: unknown self-test %q", word), "use short or long")
}

// Run claims a disk, so that nobody erases it meanwhile, has the drive begin its own test, and waits for the end. show gets the minutes that the drive
// says it takes, 0 if it does not say, and how the test stands. Where ctx ends first, the drive goes on testing itself, and the error says so.
func Run(ctx context.Context, h *devices.Host, d devices.Disk, k health.Kind, show func(minutes int, t health.Test)) (err error) {
	target, err := h.Claim(ctx, d, devices.ClaimOptions{})
	if errors.Is(err, devices.ErrImage) {
		return fault.Refusef("%s: an image makes no self-tests", d.Name)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	minutes, err := health.StartSelfTest(ctx, target.Handle(), k)
	if err != nil {
		return message.Errorf("%s: beginning a self-test: %w", d.Name, err)
	}
	for {
		r := health.ReadClaimed(ctx, target.Handle())
		switch {
		case ctx.Err() != nil:
			return left(d)
		case r.SelfTest == nil:
			return silent(d, r)
		case r.SelfTest.Result == health.Running:
			show(minutes, *r.SelfTest)
		default:
			show(minutes, *r.SelfTest)
			return result(d, *r.SelfTest)
		}
		select {
		case <-ctx.Done():
			return left(d)
		case <-time.After(poll):
		}
	}
}

func left(d devices.Disk) error {
	return fault.WithHint(message.Errorf("%s: %w: the drive goes on testing itself", d.Name, fault.ErrInterrupted), "rasure show %s has the result", d.Name)
}

func silent(d devices.Disk, r health.Report) error {
	if len(r.Reasons) > 0 {
		return message.Errorf("%s: the drive does not report how its self-test stands: %s", d.Name, r.Reasons[0].Text)
	}
	return message.Errorf("%s: the drive does not report how its self-test stands", d.Name)
}

func result(d devices.Disk, t health.Test) error {
	switch t.Result {
	case health.Passed:
		return nil
	case health.Failed:
		return fault.WithHint(message.Errorf("%s: the self-test found a fault in the drive", d.Name), "destroy the medium: not all of its blocks may be reached")
	}
	return message.Errorf("%s: the self-test was ended by something else", d.Name)
}
