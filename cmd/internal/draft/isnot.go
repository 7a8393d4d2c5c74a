package draft

import (
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
)

// CheckStatement refuses a file that is plainly something else than a statement: a key, or a proof.
func CheckStatement(path string, file []byte) error {
	if strings.HasPrefix(string(certify.KindOf(file)), "rasure/") {
		return nil
	}
	if what := audit.WhatIs(file); !what.IsZero() {
		return fault.Usagef("%s is %s, not a statement", path, what)
	}
	return nil
}
