package audit

import (
	"errors"
	"fmt"
	"io/fs"

	"rasure/logs"
)

// recordName is the file with the record of the counter's attestation that fixed an entry (logs/FORMAT.md, "Attestations").
func recordName(i int64) string { return fmt.Sprintf("records/%06d", i) }

// recordOf returns the record that fixed entry i, verified; nil if none was kept.
func (r *Report) recordOf(i int64) ([]byte, error) {
	head, record, err := r.State.Log.Record(i + 1)
	if err != nil || record == nil {
		return nil, verdictOf(err)
	}
	if _, err := r.id.VerifyRecord(head, record); err != nil {
		return nil, failf("entry %d: the record of its attestation: %w", i, err)
	}
	return record, nil
}

// checkRecord checks the record of an entry that was proven, if the bundle has one.
func (b *opened) checkRecord(v *VerifiedBundle, in logs.Inclusion) error {
	if b.id.Records == nil {
		return nil
	}
	if _, err := fs.Stat(b.fsys, recordName(in.Index)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	record, err := b.read(recordName(in.Index))
	if err != nil {
		return err
	}
	a := verifyRecord(b.id, in.Head, record)
	if a.err != nil {
		return failf("entry %d: the record of its attestation: %w", in.Index, a.err)
	}
	b.attested[in.Index] = a.Attestation
	v.Fixed = append(v.Fixed, in.Index)
	return nil
}
