package main

import (
	"context"
	"io/fs"
	"strings"

	"rasure/certify/audit"
	"rasure/cmd/internal/bundle"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// bundleResult is what verify --json prints for a bundle.
type bundleResult struct {
	File string `json:"file"`
	*audit.VerifiedBundle
}

func (a *app) verifyBundle(ctx context.Context, path string, pin audit.Pin, o verifyOptions) error {
	roots, err := readRoots(o.roots)
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
		a.printBundle(v)
	}
	if err == nil && len(v.Missing) > 0 {
		err = evidenceMissing(v.Missing)
	}
	return err
}

func (a *app) printBundle(v *audit.VerifiedBundle) {
	a.printVerified(v.Verified)
	if len(v.Fixed) > 0 {
		a.printFixed(len(v.Fixed), len(v.Statements), v.CounterBy)
	}
	a.printRosters(v.Rosters)
	for _, s := range v.Statements {
		a.Printf("entry      %d: %s\n", s.Index, draft.Visible(s.Kind))
		for _, p := range s.Signed {
			a.Printf("           signed as %s by %s, by the roster in entry %d\n", p.Role, draft.Visible(p.Name), p.Roster)
		}
	}
	for _, name := range v.Evidence {
		a.Printf("evidence   %s\n", name)
	}
	if v.Policy == "missing" {
		a.Printf("policy     the policy that the certificate names is not in the bundle\n")
	}
	if len(v.Unchecked) > 0 {
		names := make([]string, 0, len(v.Unchecked))
		for _, name := range v.Unchecked {
			names = append(names, draft.Visible(name))
		}
		a.Printf("not used   %s: for reading only, they prove nothing\n", strings.Join(names, ", "))
	}
}
