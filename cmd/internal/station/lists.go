package station

import (
	"context"
	"errors"

	"rasure/certify"
	"rasure/certify/statement"
)

// maxRows is how many media a list has at most.
const maxRows = 150

// AppendLists puts media into lists, as few as fit, and appends these. They count when an act names them.
func (s *Station) AppendLists(ctx context.Context, purpose string, rows []statement.Row) (refs []statement.ListRef, err error) {
	for len(rows) > 0 {
		ref, err := s.appendList(ctx, purpose, rows[:min(len(rows), maxRows)])
		if err != nil {
			return nil, err
		}
		refs, rows = append(refs, ref), rows[ref.Rows:]
	}
	return refs, nil
}

// appendList appends a list of the first of these rows: half as many as long as their text is too long.
func (s *Station) appendList(ctx context.Context, purpose string, rows []statement.Row) (ref statement.ListRef, err error) {
	by, err := s.ByStation()
	if err != nil {
		return ref, err
	}
	signed, err := s.Sign2(&statement.List{ByStation: by, Purpose: purpose, Rows: rows})
	if errors.Is(err, statement.ErrTooLong) && len(rows) > 1 {
		return s.appendList(ctx, purpose, rows[:len(rows)/2])
	}
	if err != nil {
		return ref, err
	}
	index, err := s.AppendChecked(ctx, signed, nil)
	return statement.ListRef{Index: index, SHA256: certify.TextSHA256(signed), Rows: int64(len(rows))}, err
}
