package certify

import "rasure/certify/statement"

// Exceptions have the same codes in both versions.
const (
	CodeHiddenNotExamined = statement.CodeHiddenNotExamined
	CodeDeviceLost        = statement.CodeDeviceLost
)

// Limits reports whether an exception keeps the certificate of a disk of this medium type from the outcome verified. A code that this
// version does not know does.
func Limits(code, mediumType string) bool { return statement.Limits(code, mediumType) }

// Codes returns all codes, sorted.
func Codes() []string { return statement.Codes() }
