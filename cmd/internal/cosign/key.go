package cosign

import (
	"strings"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

// ReadKey reads the public key of a cosigner from a file, as log cosign prints it.
func ReadKey(path string) (*logs.Cosigner, error) {
	text, err := cli.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := logs.ParseCosigner(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return nil, fault.Usagef("%s: %w", path, err)
	}
	return c, nil
}
