package main

import (
	"errors"
	"fmt"

	"rasure/devices"
	"rasure/wipe"
)

// Exit codes (see the help of each command). They are decided here and nowhere else.
const (
	exitDone        = 0 // done, and verified where there was something to verify
	exitFailed      = 1
	exitUsage       = 2
	exitExceptions  = 3 // done, with exceptions
	exitRefused     = 4 // a hazard or a rule stands against it
	exitUnverified  = 5 // a signature, a proof, a log or a disk does not verify
	exitInterrupted = 6
)

const exitHelp = `
EXIT STATUS
  0 done and verified   1 failed   2 usage   3 done with exceptions
  4 refused (hazard or rule)   5 does not verify   6 interrupted`

// usageError is a mistake in the words of the command line.
type usageError struct{ error }

// refusal is a rule of ours that stands against what was asked.
type refusal struct{ error }

// unverified is a check that did not hold.
type unverified struct{ error }

// outcomeError carries the outcome of a finished job to its exit code; what happened has been printed already.
type outcomeError struct{ outcome wipe.Outcome }

func (e outcomeError) Error() string { return string(e.outcome) }

// told is an error that was printed already; it still decides the exit code.
type told struct{ error }

func (t told) Unwrap() error { return t.error }

// hint is what may help, on its own line: an error says what is wrong, a hint says what to do.
type hint struct {
	error
	text string
}

func (h hint) Unwrap() error { return h.error }

func withHint(err error, format string, args ...any) error {
	return hint{err, fmt.Sprintf(format, args...)}
}

func exitCode(err error) int {
	var (
		usage     usageError
		refused   *devices.RefusedError
		changed   *devices.ChangedError
		partition *devices.PartitionError
		ambiguous *devices.AmbiguousError
		rule      refusal
		notTrue   unverified
		ofOutcome outcomeError
		noEnd     openJobs
		lacking   incomplete
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ofOutcome):
		return outcomeCode(ofOutcome.outcome)
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &refused), errors.As(err, &changed), errors.As(err, &partition), errors.As(err, &ambiguous),
		errors.As(err, &rule), errors.Is(err, devices.ErrImage), errors.Is(err, wipe.ErrPurgeUnavailable), errors.Is(err, wipe.ErrZoned):
		return exitRefused
	case errors.As(err, &notTrue):
		return exitUnverified
	case errors.As(err, &noEnd), errors.As(err, &lacking):
		return exitExceptions
	}
	return exitFailed
}

func outcomeCode(o wipe.Outcome) int {
	switch o {
	case wipe.Verified:
		return exitDone
	case wipe.CompletedWithExceptions:
		return exitExceptions
	case wipe.Interrupted:
		return exitInterrupted
	}
	return exitFailed
}

// worst returns the outcome among several that a script must know of first.
func worst(outcomes []wipe.Outcome) wipe.Outcome {
	for _, o := range []wipe.Outcome{wipe.Failed, wipe.Unknown, wipe.Interrupted, wipe.CompletedWithExceptions} {
		for _, got := range outcomes {
			if got == o {
				return o
			}
		}
	}
	return wipe.Verified
}

var errInterrupted = errors.New("interrupted")
