package fleet

import "rasure/cmd/message"

// Status is how a witness answers, as c2sp.org/tlog-witness numbers it.
type Status int

// The answers. All but the first two are refusals.
const (
	Cosigned     Status = 200
	FilesWanted  Status = 202 // the checkpoint fits, and its entries are not here yet; not in C2SP, where a witness keeps no entries
	Malformed    Status = 400
	BadSignature Status = 403
	Unknown      Status = 404
	Conflict     Status = 409 // the request starts from another size than the witness has cosigned
	TooLarge     Status = 413
	Inconsistent Status = 422
)

// Refusal is an answer other than [Cosigned].
type Refusal struct {
	Status Status
	Size   int64    // that the witness has cosigned, with Conflict
	Files  []string // with FilesWanted: bundles and tiles that are missing, and records, which need not exist
	Kept   Evidence // what was kept as evidence; "" if nothing was
	Err    error
}

// Error says why.
func (r *Refusal) Error() string { return r.Err.Error() }
func (r *Refusal) Unwrap() error { return r.Err }

func refuse(status Status, err error) *Refusal { return &Refusal{Status: status, Err: err} }

// Evidence says what a validly signed checkpoint shows that does not fit.
type Evidence string

const (
	// Fork: the same station has signed another history. The mirror has the one, the evidence is the other.
	Fork Evidence = "fork"

	// Unexplained: nothing has shown that the log of the checkpoint grew from the mirror. It may be a fork, or a genuine checkpoint that somebody sent
	// with a wrong proof. When the mirror has as many entries it turns out which.
	Unexplained Evidence = "unexplained"

	// Miscounted: the counter on the checkpoint does not match its number of entries.
	Miscounted Evidence = "miscounted"

	// Unsigned: the checkpoint covers an entry that the station or a person has not validly signed.
	Unsigned Evidence = "unsigned"
)

var (
	errOld     = message.New("the request starts from more entries than its checkpoint has")
	errStarted = message.New("the request starts from another number of entries than was cosigned")
	errFork    = message.New("the station has signed two different histories")
	errBack    = message.New("the log was rolled back: more entries of it were cosigned")
	errGrowth  = message.New("the log of a request has too many new entries")
	errClock   = message.New("the clock of the hub is behind its last cosignature")
)
