package main

import (
	"errors"
	"io/fs"

	"rasure/certify/statement"
	"rasure/cmd/internal/annex"
)

// annexOf returns the text and the fields of the annex of a certificate, beside it or in the state directory; nothing where it is not here, or is not for
// this user's eyes.
func (a *app) annexOf(cert string, signed []byte) (text []byte, fields []statement.AnnexField, err error) {
	text, fields, err = annex.Beside(cert, a.stateDir, signed)
	if errors.Is(err, annex.ErrGone) || errors.Is(err, fs.ErrPermission) {
		return nil, nil, nil
	}
	return text, fields, err
}

// checkAnnex verifies the annex beside a certificate: "good", "missing", or "not readable" for this user; "" if the certificate has none.
func checkAnnex(cert string, signed []byte) (string, error) {
	text, _, err := annex.Beside(cert, "", signed)
	switch {
	case errors.Is(err, annex.ErrGone):
		return "missing", nil
	case errors.Is(err, fs.ErrPermission):
		return "not readable", nil
	case err != nil:
		return "", err
	case text == nil:
		return "", nil
	}
	return "good", nil
}
