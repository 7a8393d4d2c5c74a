package certify

// The words that statements of version 1 have for levels.
const (
	LevelNone  = "none" // nothing is claimed
	LevelClear = "clear"
	LevelPurge = "purge"
)

// The words for how much of a pass is read back.
const (
	VerifyFull   = "full"
	VerifySample = "sample"
	VerifyNone   = "none"
)

// The words for outcomes; FORMAT.md has what each says.
const (
	OutcomeVerified    = "verified"
	OutcomeExceptions  = "completed-with-exceptions"
	OutcomeFailed      = "failed"
	OutcomeInterrupted = "interrupted"
	OutcomeUnknown     = "unknown"
)

// MediumImage is the medium type of loop devices and image files.
const MediumImage = "image"
