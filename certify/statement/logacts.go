package statement

// Closure closes a finding of an audit. It stays listed.
type Closure struct {
	Act
	Finding Finding `canon:"finding"`
	Measure string  `canon:"measure"` // what was done about it
	By      string  `canon:"by"`      // the person who does it
	Until   Day     `canon:"until"`
	ActEnd
}

// Recount states that the counter of a TPM has counted without entries, and from which value it counts on.
type Recount struct {
	Act
	Reason      string `canon:"reason"`
	OldBase     int64  `canon:"old_base"`
	NewBase     int64  `canon:"new_base"`         // greater: a counter never counts back
	Size        int64  `canon:"size" range:"1.."` // of the log when the counter was read
	Root        Hash   `canon:"root"`
	Attestation Bytes  `canon:"attestation" max:"213"` // of this size and root, at the new value
	ActEnd
}

// Succession states that another log continues this one: the key or the TPM was lost. It is in the new log, and in the old one while its key signs.
type Succession struct {
	Act
	Old     Head   `canon:"old"`
	New     Head   `canon:"new"`
	Reason  string `canon:"reason"`
	Media   int64  `canon:"media_carried"`   // how many media are carried over
	Carried Hash   `canon:"register_sha256"` // of their particulars
	ActEnd
}

// Audit states the result of an audit.
type Audit struct {
	Act
	Audited   Head   `canon:"audited"`
	From      int64  `canon:"from"` // index of the first entry that was audited
	Policy    Hash   `canon:"policy_sha256"`
	Findings  Hash   `canon:"findings_sha256"` // of the findings as `audit --json` lists them
	Open      int64  `canon:"open"`
	Closed    int64  `canon:"closed"`
	Cosigner  string `canon:"cosigner_key,optional"`  // note verifier key with which the auditor cosigned the log
	ReportSum Hash   `canon:"report_sha256,optional"` // of the auditor's report
	ActEnd
}
