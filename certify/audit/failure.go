// Package audit decides whether a certificate, a bundle or a log is good, and what it says.
//
// It reads bytes and an [io/fs.FS] and does nothing else: no network, no clock but the one it is given, no files of its own.
// What is not good is a [Failure]; any other error means that something could not be read, and shows nothing.
package audit

import "rasure/cmd/message"

// Failure is the error for what was read and does not verify.
type Failure struct{ Err error }

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

//go:noinline
func failf(format string, args ...any) error { return &Failure{message.Errorf(format, args...)} }
