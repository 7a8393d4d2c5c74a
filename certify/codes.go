package certify

// Codes of exceptions that this package itself must know; the table below has all of them.
const (
	CodeHiddenNotExamined = "hidden-areas-not-examined" // areas that the disk does not address were not examined
	CodeDeviceLost        = "device-lost"               // the disk went away, or is no longer the one that was claimed
)
