package audit

import (
	"golang.org/x/mod/sumdb/tlog"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/logs"
)

// recounts are the entries of a log that take up its counter. A bundle has all of them: without one its checkpoint does not fit the counter.
func (r *Report) recounts() (indices []int64) {
	for _, one := range r.State.Register.Recounts() {
		indices = append(indices, one.Index)
	}
	return indices
}

// readRecounts takes the steps of the counter from the recounts of the bundle, which are checked with the other statements.
func (b *opened) readRecounts() {
	if b.id.Counter == nil {
		return
	}
	for _, i := range b.order {
		if r, err := readRecount(b.entries[i]); err == nil && uint64(r.OldBase) == b.id.BaseAt(i) && r.NewBase > r.OldBase {
			b.id.Steps = append(b.id.Steps, logs.Step{Size: i + 1, Base: uint64(r.NewBase)})
		}
	}
}

// checkRecount refuses a recount that the TPM does not attest or the roots of the roster have not signed. by are its signatures, which were verified.
func (b *opened) checkRecount(e certify.Entry, index int64, by []SignedBy) error {
	if e.Statement == nil {
		return nil
	}
	r, ok := e.Statement.Body.(*statement.Recount)
	if !ok {
		return nil
	}
	roots, secrecy := map[string]bool{}, false
	for _, s := range by {
		switch s.Role {
		case "roster":
			roots[s.Name] = true
		case "secrecy":
			secrecy = true
		}
	}
	if roster := b.rosters.At(index); roster == nil || len(roots) < roster.Threshold || !secrecy {
		return failf("the recount, entry %d, is not signed by as many roots as the roster demands and the secrecy officer", index)
	}
	at := b.id
	at.Base, at.Steps = uint64(r.NewBase), nil
	if r.Size != index || at.Counter == nil {
		return failf("the recount, entry %d, is of another place of the log", index)
	}
	if _, err := at.VerifyRecord(logs.Checkpoint{Origin: b.id.Origin, Size: r.Size, Root: tlog.Hash(r.Root)}, r.Attestation); err != nil {
		return failf("the recount, entry %d: its attestation: %w", index, err)
	}
	return nil
}
