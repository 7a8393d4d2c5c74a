package logs

import (
	"errors"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

var (
	// ErrDamaged says that the files of a log contradict one another or what was signed. It is about what was read; that
	// something could not be read is another error.
	ErrDamaged = message.New("the log is damaged")

	// ErrCutBack says that the counter, or an older checkpoint, has counted entries that the log has not.
	ErrCutBack = message.New("the log was cut back or replaced")

	// ErrCounterBehind says that the log has entries that the counter has not counted.
	ErrCounterBehind = message.New("the log is newer than the counter: the TPM is another one, or was reset")

	// ErrNotCosigned says that the log is not what a witness has cosigned. It is an [ErrCutBack] too.
	ErrNotCosigned = message.New("the log is not what a witness has cosigned")

	// ErrUnfinished says that an entry has its intent but is not in the log yet.
	ErrUnfinished = message.New("unfinished entry")

	// ErrLocked says that another process was appending for all of [Options].Wait.
	ErrLocked = durable.ErrLocked
)

// kindError is an error of one of the kinds above. Its text is a whole sentence, so that it can be translated.
type kindError struct {
	error
	kind error
}

func (e *kindError) Is(target error) bool { return target == e.kind }

func (e *kindError) Unwrap() error { return e.error }

func kindf(kind error, format string, args ...any) error {
	if false {
		_ = message.Errorf(format, args...) // lets go vet check the calls of kindf
	}
	return &kindError{message.Errorf(format, args...), kind}
}

func damaged(name string, err error) error {
	return kindf(ErrDamaged, "the log is damaged: %s: %w", name, err)
}

func isDamage(err error) bool { return errors.Is(err, ErrDamaged) }

// readError is a failure of reading that passes through package tlog.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

// inTiles distinguishes what package tlog reports: tiles that could not be read, and tiles that do not have the root.
func inTiles(err error) error {
	var failed readError
	if err == nil || errors.As(err, &failed) {
		return failed.error
	}
	return kindf(ErrDamaged, "the log is damaged: %w", err)
}
