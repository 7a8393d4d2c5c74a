package wipe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"rasure/devices"
)

// judge makes the outcome and the exceptions out of what was measured; stopped is why the job ended before its plan, nil if it
// did not. The rules stand in the package comment.
func (r *Report) judge(stopped error, where string) {
	for i, p := range r.Passes {
		name := fmt.Sprintf("pass %d of %d (%s)", i+1, len(r.Plan.Scheme.Passes), p.Pattern)
		r.list(CodeUnwritten, name+", not written", p.Unwritten, p.UnwrittenTotal)
		r.list(CodeMismatched, name+", read back as something else", p.Mismatched, p.MismatchedTotal)
		r.list(CodeUnreadable, name+", not readable", p.Unreadable, p.UnreadableTotal)
	}
	if stopped == nil {
		r.Exceptions = append(r.Exceptions, r.Plan.limits()...)
	}
	switch {
	case errors.Is(stopped, errNotErased):
		r.Outcome = Failed // what it was stands among the exceptions
	case stopped == nil && r.Firmware != nil:
		r.Outcome = worse(r.Firmware.Outcome, r.completed())
		if r.Outcome != Verified && len(r.Exceptions) == 0 { // a record that was damaged: fuzzing found it
			r.Exceptions = append(r.Exceptions, Exception{CodeUnaccounted, "the record of the drive's own erase does not say what limits it"})
		}
	case stopped == nil:
		r.Outcome = r.completed()
	case errors.Is(stopped, devices.ErrLost):
		r.end(Failed, CodeDeviceLost, where, stopped)
	case errors.Is(stopped, errRefused):
		r.end(Failed, CodeRefused, where, stopped)
	case errors.Is(stopped, errStopped):
		r.end(Interrupted, CodeInterrupted, where, stopped)
	default:
		r.end(Failed, CodeNotCarriedOut, where, stopped)
	}
}

// worse is what may be claimed of a job of two parts.
func worse(a, b Outcome) Outcome {
	for _, o := range []Outcome{Failed, Unknown, CompletedWithExceptions} {
		if a == o || b == o {
			return o
		}
	}
	return b
}

func (r *Report) end(o Outcome, code, where string, err error) {
	r.Outcome = o
	line := strings.ReplaceAll(err.Error(), "\n", "; ") // joined errors
	r.Exceptions = append(r.Exceptions, Exception{code, where + ": " + line})
}

func (r *Report) list(code, what string, list []Extent, t Total) {
	if t.Extents == 0 {
		return
	}
	detail := fmt.Sprintf("%s: %d bytes in %d extents, the first at byte %d", what, t.Bytes, t.Extents, list[0].Offset)
	if t.Extents > len(list) {
		detail += fmt.Sprintf("; only %d extents are listed", len(list))
	}
	r.Exceptions = append(r.Exceptions, Exception{code, detail})
}

// completed judges a job that went through to the end of its plan.
func (r *Report) completed() Outcome {
	last := r.Passes[len(r.Passes)-1]
	if last.Verify == None {
		r.Exceptions = append(r.Exceptions, Exception{CodeNotVerified, "the plan asked for no verification"})
	}
	if last.Written == 0 || last.UnwrittenTotal.Bytes > r.Disk.Size/2 {
		return Failed
	}
	for _, p := range r.Passes {
		if p.MismatchedTotal.Bytes > p.Verified {
			return Failed
		}
	}
	if last.Verify != None && last.Verified+last.MismatchedTotal.Bytes == 0 {
		return Unknown
	}
	if len(r.Exceptions) > 0 {
		return CompletedWithExceptions
	}
	// From here on every byte must be accounted for. If one is not the fault is ours, and nothing may be claimed.
	for i, p := range r.Passes {
		asked := int64(0)
		switch {
		case r.Plan.Scheme.Passes[i].Verify && p.Sample != nil:
			asked = p.Sample.Bytes
		case r.Plan.Scheme.Passes[i].Verify:
			asked = r.Disk.Size
		}
		if p.Written != r.Disk.Size || p.Verified != asked || p.FlushErrors > 0 {
			r.Exceptions = append(r.Exceptions, Exception{CodeUnaccounted,
				fmt.Sprintf("pass %d: %d bytes written, %d verified of %d", i+1, p.Written, p.Verified, asked)})
			return Unknown
		}
	}
	return Verified
}

// errStopped: ctx was cancelled before all was done.
var errStopped = errors.New("stopped")

func stoppedBy(ctx context.Context, at, of int64) error {
	return fmt.Errorf("%w after %d of %d bytes: %w", errStopped, at, of, context.Cause(ctx))
}
