// Package fault names the kinds of failure that a command can end with, and gives each its exit code.
package fault

import (
	"errors"
	"slices"

	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs"
	"rasure/wipe"
)

// Exit codes. They are decided in [Code] and nowhere else.
const (
	Done        = 0 // done, and verified where there was something to verify
	Failed      = 1
	BadUsage    = 2
	Exceptions  = 3 // done, with exceptions
	Refused     = 4 // by a hazard or a rule
	Unverified  = 5 // a signature, a proof, a log or a disk does not verify
	Interrupted = 6 // can be resumed
)

// ErrInterrupted is in every error of a command that ended because its context did.
var ErrInterrupted = message.New("interrupted")

// kind is an error with an exit code of its own. It adds no words.
type kind struct {
	error
	code int
}

func (k kind) Unwrap() error { return k.error }

// Usage marks a mistake in the words of the command line.
func Usage(err error) error { return kind{err, BadUsage} }

// Refuse marks what a rule forbids.
func Refuse(err error) error { return kind{err, Refused} }

// NotVerified marks a check that failed.
func NotVerified(err error) error { return kind{err, Unverified} }

// Incomplete marks a result that is good as far as it goes.
func Incomplete(err error) error { return kind{err, Exceptions} }

// Usagef is [Usage] of a new message.
func Usagef(format string, args ...any) error { return Usage(message.Errorf(format, args...)) }

// Refusef is [Refuse] of a new message.
func Refusef(format string, args ...any) error { return Refuse(message.Errorf(format, args...)) }

// NotVerifiedf is [NotVerified] of a new message.
func NotVerifiedf(format string, args ...any) error {
	return NotVerified(message.Errorf(format, args...))
}

// outcome is how a job ended; what happened has been printed.
type outcome struct{ wipe.Outcome }

func (o outcome) Error() string { return string(o.Outcome) }

// Outcome carries the outcome of finished jobs to the exit code. It needs no printing: [Quiet] reports true.
func Outcome(o wipe.Outcome) error { return outcome{o} }

// printed is an error that the user has seen.
type printed struct{ error }

func (p printed) Unwrap() error { return p.error }

// Printed marks an error that the user has seen and that still decides the exit code.
func Printed(err error) error { return printed{err} }

// Quiet reports whether nothing more has to be printed about err.
func Quiet(err error) bool {
	var o outcome
	var p printed
	return err == nil || errors.As(err, &o) || errors.As(err, &p)
}

// Hint is an error with a line that says what to do about it.
type Hint struct {
	error
	Text message.Text
}

func (h Hint) Unwrap() error { return h.error }

// WithHint adds to err what the user can do. The error says what is wrong; the hint is printed on a line of its own.
func WithHint(err error, format string, args ...any) error {
	return Hint{err, message.Of(format, args...)}
}

// Code returns the exit code of a command that ended with err.
func Code(err error) int {
	var (
		ended     outcome
		of        kind
		refused   *devices.RefusedError
		changed   *devices.ChangedError
		partition *devices.PartitionError
		ambiguous *devices.AmbiguousError
		unmounted *devices.NotUnmountedError
		locked    *wipe.LockedError
		failure   *audit.Failure
	)
	switch {
	case err == nil:
		return Done
	case errors.As(err, &ended):
		return outcomeCode(ended.Outcome)
	case errors.Is(err, ErrInterrupted):
		return Interrupted
	case errors.As(err, &of):
		return of.code
	case errors.As(err, &failure), errors.Is(err, logs.ErrNotCosigned):
		return Unverified
	case errors.As(err, &refused), errors.As(err, &changed), errors.As(err, &partition), errors.As(err, &ambiguous), errors.As(err, &unmounted),
		errors.Is(err, devices.ErrImage), errors.Is(err, wipe.ErrPurgeUnavailable), errors.Is(err, wipe.ErrZoned), errors.Is(err, wipe.ErrCannotFree), errors.As(err, &locked):
		return Refused
	}
	return Failed
}

// severity is the order in which the codes of several results decide: what is wrong with a result comes before what kept others from one.
var severity = []int{Done, Exceptions, Interrupted, BadUsage, Refused, Failed, Unverified}

// WorstCode returns the exit code of a command with several results; [Done] if there is none.
func WorstCode(codes ...int) int {
	worst := 0
	for _, code := range codes {
		worst = max(worst, slices.Index(severity, code))
	}
	return severity[worst]
}

// Coded marks results that were printed, and gives their command an exit code. It is nil for [Done].
func Coded(code int) error {
	if code == Done {
		return nil
	}
	return printed{kind{message.Errorf("exit status %d", code), code}}
}

func outcomeCode(o wipe.Outcome) int {
	switch o {
	case wipe.Verified:
		return Done
	case wipe.CompletedWithExceptions:
		return Exceptions
	case wipe.Interrupted:
		return Interrupted
	}
	return Failed
}

// Worst returns the outcome that decides the exit code of several jobs.
func Worst(outcomes []wipe.Outcome) wipe.Outcome {
	for _, o := range []wipe.Outcome{wipe.Failed, wipe.Unknown, wipe.Interrupted, wipe.CompletedWithExceptions} {
		for _, got := range outcomes {
			if got == o {
				return o
			}
		}
	}
	return wipe.Verified
}
