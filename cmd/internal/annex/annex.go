// Package annex keeps what must not be in a log of thirty years: names of strangers, contacts, titles of documents. A statement has only the
// SHA-256 of such a file. When the file is deleted the data is gone, and the log verifies as before.
package annex

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Dir is where a station keeps annexes, in its state directory. Only root enters it.
const Dir = "annex"

// maxFile is far more than the longest annex has, in bytes.
const maxFile = 1 << 20

// ErrGone says that the annex of a statement is not here: it was deleted, or was never given to this station.
var ErrGone = message.New("private, not here")

// Suffix is that of the copy beside a certificate, in place of its .cert.
const Suffix = ".annex"

// Text writes an annex with fields, each as PATH=VALUE.
func Text(fields []string) (string, error) {
	a := &statement.Annex{}
	rand.Read(a.Salt[:])
	for _, f := range fields {
		path, value, ok := strings.Cut(f, "=")
		if !ok || path == "" || value == "" {
			return "", fault.Usagef("%s: write PATH=VALUE, such as receiver.name=Wang", f)
		}
		a.Fields = append(a.Fields, statement.AnnexField{Path: path, Value: value})
	}
	text, _, err := statement.AnnexText(a)
	if err != nil {
		return "", fault.Usage(err)
	}
	return text, nil
}

// Of returns the SHA-256 of the annex of a signed statement; false if it has none.
func Of(signed []byte) (sum statement.Hash, has bool) {
	s, err := statement.Read(certify.TextOf(signed))
	if err != nil {
		return sum, false
	}
	sum = s.Annex()
	return sum, !sum.IsZero()
}

func path(stateDir string, sum statement.Hash) string {
	return filepath.Join(stateDir, Dir, hex.EncodeToString(sum[:]))
}

// Keep keeps the annex of a statement that is about to be added to the log. It refuses a statement whose annex is neither given nor kept already, and a
// file that is not its annex; given is nil if no file was given. The caller calls drop if the statement was not added: then nobody needs the data.
func Keep(stateDir string, signed, given []byte) (drop func(), err error) {
	drop = func() {}
	sum, has := Of(signed)
	switch {
	case !has && given != nil:
		return drop, fault.Usagef("the statement has no annex")
	case !has:
		return drop, nil
	case given != nil:
		if _, err := statement.ReadAnnex(string(given), sum); err != nil {
			return drop, fault.NotVerified(err)
		}
	}
	_, err = Read(stateDir, sum)
	switch {
	case err == nil:
		return drop, nil
	case !errors.Is(err, ErrGone):
		return drop, err
	case given == nil:
		return drop, fault.WithHint(fault.Refusef("the statement has an annex, with the SHA-256 %s", sum), "give the file with --annex: nobody can find it again from the log")
	}
	return keep(stateDir, sum, given)
}

// New keeps a new annex with fields, and returns its SHA-256. The caller calls drop if no statement names it.
func New(stateDir string, fields []statement.AnnexField) (sum statement.Hash, drop func(), err error) {
	a := &statement.Annex{Fields: fields}
	rand.Read(a.Salt[:])
	text, sum, err := statement.AnnexText(a)
	if err == nil {
		drop, err = keep(stateDir, sum, []byte(text))
		return sum, drop, err
	}
	return sum, func() {}, err
}

func keep(stateDir string, sum statement.Hash, text []byte) (drop func(), err error) {
	if err := os.MkdirAll(filepath.Join(stateDir, Dir), 0o700); err != nil {
		return func() {}, err
	}
	name := path(stateDir, sum)
	return func() { durable.Remove(name) }, durable.WriteFile(name, text, 0o600)
}

// Forget removes the annex of a signed statement that is not in the log, if it is here.
func Forget(stateDir string, signed []byte) error {
	sum, has := Of(signed)
	if !has {
		return nil
	}
	return durable.Remove(path(stateDir, sum))
}

// Copy writes the annex of a signed statement to a file that only its owner can read. Without an annex, or if it is not here, it does nothing.
func Copy(stateDir string, signed []byte, to string) error {
	sum, has := Of(signed)
	if !has {
		return nil
	}
	text, err := durable.ReadFile(path(stateDir, sum), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return durable.WriteNew(to, text, 0o600)
}

// Beside returns the text and the fields of the annex that is beside a certificate, or, unless stateDir is "", in the state directory: [ErrGone] if it is in
// neither, and [fault.NotVerified] if a file beside it is not its annex. Without an annex it returns nothing.
func Beside(cert, stateDir string, signed []byte) (text []byte, fields []statement.AnnexField, err error) {
	name := strings.TrimSuffix(cert, ".cert") + Suffix
	sum, has := Of(signed)
	text, err = durable.ReadFile(name, maxFile)
	if errors.Is(err, fs.ErrNotExist) && has && stateDir != "" {
		name = path(stateDir, sum)
		text, err = durable.ReadFile(name, maxFile)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && !has:
		return nil, nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, message.Errorf("the annex %s: %w", sum, ErrGone)
	case err != nil:
		return nil, nil, err
	case !has:
		return nil, nil, fault.NotVerified(message.Errorf("%s: the certificate has no annex", name))
	}
	a, err := statement.ReadAnnex(string(text), sum)
	if err != nil {
		return nil, nil, fault.NotVerified(message.Errorf("%s: %w", name, err))
	}
	return text, a.Fields, nil
}

// Read returns the annex with a SHA-256: [ErrGone] if it is not here.
func Read(stateDir string, sum statement.Hash) (*statement.Annex, error) {
	text, err := durable.ReadFile(path(stateDir, sum), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, message.Errorf("the annex %s: %w", sum, ErrGone)
	}
	if err != nil {
		return nil, err
	}
	a, err := statement.ReadAnnex(string(text), sum)
	if err != nil {
		return nil, message.Errorf("%s: %w", path(stateDir, sum), err)
	}
	return a, nil
}
