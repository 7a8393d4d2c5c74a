package wipe

import (
	"errors"
	"strings"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// judge derives the outcome and the exceptions from what was measured; stopped is why the job ended before its plan, nil if it
// did not. The rules are in the package comment.
func (r *Report) judge(stopped error, where message.Text) {
	for i, p := range r.Passes {
		of := len(r.Plan.Scheme.Passes)
		r.list(CodeUnwritten, message.Of("pass %d of %d (%s), not written", i+1, of, p.Pattern), p.Unwritten, p.UnwrittenTotal)
		r.list(CodeMismatched, message.Of("pass %d of %d (%s), read back as something else", i+1, of, p.Pattern), p.Mismatched, p.MismatchedTotal)
		r.list(CodeUnreadable, message.Of("pass %d of %d (%s), not readable", i+1, of, p.Pattern), p.Unreadable, p.UnreadableTotal)
	}
	if stopped == nil {
		for _, l := range r.Plan.limits() {
			r.except(l.code, l.text)
		}
	}
	switch {
	case errors.Is(stopped, pump.ErrGivenUp), errors.Is(stopped, errNotErased):
		r.Outcome = Failed // the reason is among the exceptions
	case stopped == nil && r.Firmware != nil:
		r.Outcome = worse(r.Firmware.Outcome, r.completed())
		if r.Outcome != Verified && len(r.Exceptions) == 0 { // a record that was damaged: fuzzing found it
			r.except(CodeUnaccounted, message.Of("the record of the drive's own erase does not say what limits it"))
		}
	case stopped == nil:
		r.Outcome = r.completed()
	case errors.Is(stopped, devices.ErrLost):
		r.end(Failed, CodeDeviceLost, where, stopped)
	case errors.Is(stopped, pump.ErrRefused):
		r.end(Failed, CodeRefused, where, stopped)
	case errors.Is(stopped, pump.ErrStopped):
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

func (r *Report) end(o Outcome, code string, where message.Text, err error) {
	r.Outcome = o
	r.except(code, message.Of("%v: %s", where, strings.ReplaceAll(err.Error(), "\n", "; "))) // joined errors
}

// except adds an exception. Its text is signed, and so English.
func (r *Report) except(code string, text message.Text) {
	r.Exceptions = append(r.Exceptions, Exception{code, text.String()})
}

func (r *Report) list(code string, what message.Text, list []Extent, t Total) {
	if t.Extents == 0 {
		return
	}
	if t.Extents > len(list) {
		r.except(code, message.Of("%v: %d bytes in %d extents, the first at byte %d; only %d extents are listed", what, t.Bytes, t.Extents, list[0].Offset, len(list)))
		return
	}
	r.except(code, message.Of("%v: %d bytes in %d extents, the first at byte %d", what, t.Bytes, t.Extents, list[0].Offset))
}

// completed judges a job that reached the end of its plan.
func (r *Report) completed() Outcome {
	last := r.Passes[len(r.Passes)-1]
	if last.Verify == None {
		r.except(CodeNotVerified, message.Of("the plan asked for no verification"))
	}
	if last.Written == 0 || last.UnwrittenTotal.Bytes > stored(r.Disk)/2 {
		return Failed
	}
	for _, p := range r.Passes {
		if p.MismatchedTotal.Bytes > p.Verified {
			return Failed
		}
	}
	if r.Plan.Probes() && r.Probe != nil && r.Probe.outcome() == Failed {
		return Failed
	}
	if last.Verify != None && last.Verified+last.MismatchedTotal.Bytes == 0 {
		return Unknown
	}
	if r.Plan.Probes() && !r.probed() {
		return Unknown
	}
	if len(r.Exceptions) > 0 {
		return CompletedWithExceptions
	}
	// From here on every byte must be accounted for. If one is not, that is a bug, and nothing may be claimed.
	for i, p := range r.Passes {
		asked := int64(0)
		switch {
		case r.Plan.Scheme.Passes[i].Verify && p.Sample != nil:
			asked = p.Sample.Bytes
		case r.Plan.Scheme.Passes[i].Verify:
			asked = stored(r.Disk)
		}
		if p.Written != stored(r.Disk) || p.Verified != asked || p.FlushErrors > 0 {
			r.except(CodeUnaccounted, message.Of("pass %d: %d bytes written, %d verified of %d", i+1, p.Written, p.Verified, asked))
			return Unknown
		}
	}
	return Verified
}

// probed reports whether the keyed blocks before the passes were written and read back, at least some of them.
func (r *Report) probed() bool {
	switch {
	case r.Probe == nil || r.Probe.Ended.IsZero():
		r.except(CodeUnaccounted, message.Of("no record shows that the device was tested with keyed blocks"))
		return false
	case r.Probe.outcome() != Verified && len(r.Exceptions) == 0:
		r.except(CodeUnaccounted, message.Of("the record of the keyed blocks does not say what limits it"))
		return false
	}
	return r.Probe.outcome() != Unknown
}
