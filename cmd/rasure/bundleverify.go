package main

import (
	"context"
	"io/fs"

	"rasure/certify/audit"
	"rasure/cmd/internal/bundle"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// bundleResult is what verify --json prints for a bundle.
type bundleResult struct {
	File string `json:"file"`
	*audit.VerifiedBundle
}

func (a *app) verifyBundle(ctx context.Context, path string, pin audit.Pin, o verifyOptions) error {
	roots, err := draft.ReadRoots(o.roots)
	if err != nil {
		return err
	}
	var files fs.FS = interrupt.FS(ctx, durable.FS(path))
	if bundle.IsArchive(path) {
		if files, err = bundle.Open(ctx, path); err != nil {
			return message.Errorf("%s: %w", path, err)
		}
	}
	v, err := audit.VerifyBundle(files, pin, roots)
	if err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	if a.JSON {
		err = a.PrintJSON(bundleResult{path, v})
	} else {
		view.PrintBundle(&a.Console, v)
	}
	if err == nil && len(v.Missing) > 0 {
		err = evidenceMissing(v.Missing)
	}
	return err
}
