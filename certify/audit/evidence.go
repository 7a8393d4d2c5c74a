package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
)

// maxEvidence is the longest evidence file, in bytes: a film of a destruction is shorter. Our choice.
const maxEvidence = 64 << 30

// findEvidence looks for a file that a statement names. It returns nil if there is none.
func findEvidence(dir fs.FS, f certify.File) (*BundleFile, error) {
	if err := checkEvidenceName(f.Name); err != nil {
		return nil, err
	}
	var size int64 // a statement need not state it
	open := func() (io.ReadCloser, error) {
		file, err := dir.Open(f.Name)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		switch {
		case err != nil:
		case !info.Mode().IsRegular():
			err = failf("evidence file %s is not a regular file", f.Name)
		case f.Size > 0 && info.Size() != f.Size:
			err = failf("evidence file %s has %d bytes, not the %d that were signed for", f.Name, info.Size(), f.Size)
		case info.Size() > maxEvidence:
			err = failf("evidence file %s has %d bytes: the limit is %d", f.Name, info.Size(), int64(maxEvidence))
		}
		if err != nil {
			file.Close()
			return nil, err
		}
		size = info.Size()
		return &sumReader{file: file, hash: sha256.New(), size: size, want: f}, nil
	}
	r, err := open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	}
	return &BundleFile{EvidenceDir + f.Name, size, open}, nil
}

// checkEvidenceName refuses what is not the name of a file in a directory, on any system.
func checkEvidenceName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`) || name != visible(name) || !fs.ValidPath(name) {
		return failf("evidence file %q: this is not the name of a file", name)
	}
	return nil
}

// sumReader reads a file of a known length and fails at its end if it is not the one that was signed for.
type sumReader struct {
	file fs.File
	hash hash.Hash
	read int64
	size int64
	want certify.File
}

func (r *sumReader) Read(p []byte) (int, error) {
	n, err := r.file.Read(p)
	r.hash.Write(p[:n])
	if r.read += int64(n); r.read > r.size {
		return 0, message.Errorf("evidence file %s grew while it was read", r.want.Name)
	}
	if err == io.EOF && hex.EncodeToString(r.hash.Sum(nil)) != r.want.SHA256 {
		return n, failf("evidence file %s is not the one that was signed for", r.want.Name)
	}
	return n, err
}

func (r *sumReader) Close() error { return r.file.Close() }
