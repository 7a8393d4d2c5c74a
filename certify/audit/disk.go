package audit

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/wipe/pattern"
)

// CheckDisk returns an error if a certificate is of another disk than the one attached now. Names and numbers in the system may have
// changed since, so only what the disk says of itself is compared, and its size. A disk without a serial number of its own may be any of its kind
// after that: whether it has the bytes of the certificate must be seen.
func CheckDisk(was, is certify.Disk) error {
	switch {
	case was.Serial != is.Serial && !was.ByPort() && !is.ByPort(): // of those, the bytes say which disk it is
		return message.Errorf("the certificate is of another disk: it has serial number %q, and %s has %q", was.Serial, is.Node.Name, is.Serial)
	case was.HasNamespace(is) && len(is.Namespaces) == 0:
		return message.Errorf("the certificate is of all %d namespaces of the drive, and %s is one of them", len(was.Namespaces), is.Node.Name)
	case was.Size != is.Size:
		return message.Errorf("the certificate is of another disk: it has %d bytes, and %s has %d", was.Size, is.Node.Name, is.Size)
	case was.WWN != "" && is.WWN != "" && was.WWN != is.WWN:
		return message.Errorf("the certificate is of another disk: it has WWN %s, and %s has %s", was.WWN, is.Node.Name, is.WWN)
	}
	return nil
}

// Content is what a disk holds by its certificate: the pattern of the last pass, except perhaps in the extents that could not be
// written.
type Content struct {
	Pattern        pattern.Pattern
	Unwritten      []certify.Extent // a sorted list that may be incomplete: see UnwrittenBytes
	UnwrittenBytes int64
}

// ContentOf returns what the disk of a certificate must hold.
func ContentOf(c *certify.Certificate) (Content, error) {
	last := c.Last()
	if last == nil || last.Written == 0 {
		return Content{}, failf("the certificate states that nothing was written")
	}
	p, err := pattern.Parse(last.Pattern, last.Key)
	if err != nil {
		return Content{}, &Failure{err}
	}
	return Content{p, last.Unwritten, last.UnwrittenBytes}, nil
}

// OpenPreparation verifies a preparation, which must be of this certificate.
func OpenPreparation(signed, cert []byte, pub *ecdsa.PublicKey) (*certify.Preparation, error) {
	e, err := certify.CheckEntry(signed, pub)
	switch {
	case err != nil:
		return nil, &Failure{err}
	case e.Preparation == nil:
		return nil, failf("this is a statement of kind %q, not %q", e.Kind, certify.KindPreparation)
	}
	sum := sha256.Sum256(cert)
	if e.Statement != nil {
		sum = certify.TextSHA256(cert)
	}
	if e.Preparation.Certificate.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, failf("this is the preparation of another certificate")
	}
	return e.Preparation, nil
}

// LayoutRandom is where a preparation takes the identifiers of its file system from: they follow from the statement, so that its blocks can be made
// again and compared. The stream has 64 bytes: SHA-256 of a word and the text, twice. Version 2 is [LayoutRandom2].
func LayoutRandom(signed []byte) io.Reader {
	text := certify.TextOf(signed)
	if certify.KindOf(signed) != certify.KindPreparation {
		if s, err := statement.Read(text); err == nil {
			if p, ok := s.Body.(*statement.Preparation); ok {
				return LayoutRandom2(p.Certificate.SHA256, p.ID)
			}
		}
	}
	return layoutStream("rasure layout %d\n" + text)
}

// LayoutRandom2 is the same of a preparation of version 2. It states the SHA-256 of what it writes, so that its text cannot be the source: that is the
// certificate's text, by its SHA-256, and the id of the statement.
func LayoutRandom2(certificate statement.Hash, id string) io.Reader {
	return layoutStream("rasure/layout/v2 %d\n" + certificate.String() + "\n" + id + "\n")
}

// layoutStream is SHA-256 of a text with the number 1 in its first line, and of the same with 2.
func layoutStream(text string) io.Reader {
	first, second := sha256.Sum256([]byte(strings.Replace(text, "%d", "1", 1))), sha256.Sum256([]byte(strings.Replace(text, "%d", "2", 1)))
	return bytes.NewReader(append(first[:], second[:]...))
}
