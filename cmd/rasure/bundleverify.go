package main

import (
	"context"
	"io/fs"

	"rasure/certify/audit"
	"rasure/cmd/internal/bundle"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// bundleResult is what verify --json prints for a bundle.
type bundleResult struct {
	File string `json:"file"`
	*audit.VerifiedBundle
}

// readBundle verifies a bundle. If evidence is missing it is good as far as it goes, and there is an error besides.
func readBundle(ctx context.Context, path string, pin audit.Pin, o verifyOptions) (*audit.VerifiedBundle, error) {
	roots, err := draft.ReadRoots(o.roots)
	if err != nil {
		return nil, err
	}
	var files fs.FS = interrupt.FS(ctx, durable.FS(path))
	if bundle.IsArchive(path) {
		if files, err = bundle.Open(ctx, path); err != nil {
			return nil, message.Errorf("%s: %w", path, err)
		}
	}
	vendors, err := draft.ReadTPMRoots(o.tpmRoots)
	if err != nil {
		return nil, err
	}
	v, err := audit.VerifyBundle(files, pin, audit.Trusted{Roots: roots, TPMs: vendors})
	switch {
	case err != nil:
		return nil, message.Errorf("%s: %w", path, err)
	case len(v.Missing) > 0:
		return v, evidenceMissing(v.Missing)
	case v.Doubtful():
		return v, fault.Incomplete(message.Errorf("%s: all of it verifies, but a later statement takes back or replaces what it proves", path))
	}
	return v, nil
}
