package main

import (
	"io"
	"os"

	"rasure/cmd/internal/fault"
)

// maxFile is more than any statement, proof, checkpoint, roster or policy has; what we chose.
const maxFile = 1 << 20

// readFile reads a file that others may have made. What is longer than all that it could be is not read to its end: 40 GB of nothing under
// the name of a certificate must not take the memory of whoever verifies it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fault.NotVerifiedf("%s is longer than %d bytes: not what it should be", path, maxFile)
	}
	return data, nil
}
