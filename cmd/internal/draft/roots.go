package draft

import (
	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
)

// ReadRoots reads who may change the roster from a file of allowed_signers; nil if no file is named.
func ReadRoots(path string) ([]people.Signer, error) {
	if path == "" {
		return nil, nil
	}
	text, err := cli.ReadFile(path)
	if err != nil {
		return nil, err
	}
	roots, err := people.ParseSigners(string(text))
	if err != nil {
		return nil, fault.Usagef("%s: %w", path, err)
	}
	return append([]people.Signer{}, roots...), nil
}
