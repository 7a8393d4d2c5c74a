package cli

import (
	"errors"

	"rasure/cmd/internal/fault"
	"rasure/logs/durable"
)

// maxFile is larger than any statement, proof, checkpoint, roster or policy. It is our choice.
const maxFile = 1 << 20

// ReadFile reads a file that a stranger may have made.
func ReadFile(path string) ([]byte, error) {
	data, err := durable.ReadFile(path, maxFile)
	if errors.Is(err, durable.ErrTooLong) {
		return nil, fault.NotVerified(err)
	}
	return data, err
}
