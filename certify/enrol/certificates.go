package enrol

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"slices"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Limits of directories with certificates: a bundle of all vendors has some two hundred files.
const (
	maxFiles = 10_000
	maxFile  = 4 << 20 // bytes
)

// Trust is what an authority, or an auditor, has of the vendors of TPMs.
type Trust struct {
	Roots   []*x509.Certificate // that they chose: all trust ends here
	Between []*x509.Certificate // of authorities below the roots, and of endorsement keys: trusted as far as they lead to a root
	CRLs    []*x509.RevocationList
}

// ReadRoots reads the certificates in a directory, in PEM or DER. Those that are signed by themselves are roots; the others are not trusted for being there.
func ReadRoots(dir fs.FS) (t Trust, err error) {
	all, err := ReadCertificates(dir)
	if err != nil {
		return t, err
	}
	for _, c := range all {
		if bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil {
			t.Roots = append(t.Roots, c)
		} else {
			t.Between = append(t.Between, c)
		}
	}
	if len(t.Roots) == 0 {
		return t, message.New("the directory has no certificate of a root: one that is signed by itself")
	}
	return t, nil
}

// ReadCertificates reads all certificates in a directory, in PEM or DER, each once.
func ReadCertificates(dir fs.FS) (all []*x509.Certificate, err error) {
	err = eachBlock(dir, "CERTIFICATE", func(der []byte) error {
		c, err := Parse(der)
		if err == nil && !slices.ContainsFunc(all, c.Equal) {
			all = append(all, c)
		}
		return err
	})
	return all, err
}

// ReadCRLs reads all lists of revoked certificates in a directory, in PEM or DER.
func ReadCRLs(dir fs.FS) (all []*x509.RevocationList, err error) {
	err = eachBlock(dir, "X509 CRL", func(der []byte) error {
		l, err := x509.ParseRevocationList(der)
		if err == nil {
			all = append(all, l)
		}
		return err
	})
	return all, err
}

// eachBlock calls use for what the files of a directory hold. A file that holds nothing of the type is an error: it would be missed.
func eachBlock(dir fs.FS, pemType string, use func(der []byte) error) error {
	list, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	if len(list) > maxFiles {
		return message.Errorf("the directory has %d files, and at most %d are read", len(list), maxFiles)
	}
	for _, f := range list {
		if f.IsDir() {
			continue
		}
		if err := eachBlockOf(dir, f.Name(), pemType, use); err != nil {
			return message.Errorf("%s: %w", f.Name(), err)
		}
	}
	return nil
}

func eachBlockOf(dir fs.FS, name, pemType string, use func(der []byte) error) error {
	info, err := fs.Stat(dir, name)
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return message.Errorf("the file has %d bytes, and at most %d are read", info.Size(), maxFile)
	}
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return use(data)
	}
	n := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemType {
			continue
		}
		n++
		if err := use(block.Bytes); err != nil {
			return err
		}
	}
	if n != bytes.Count(data, []byte("-----BEGIN "+pemType+"-----")) || n == 0 {
		return message.Errorf("the file has PEM, and not all of it can be read as %s", pemType)
	}
	return nil
}

// sumsOf are the SHA-256 of certificates or lists, sorted, each once.
func sumsOf[T any](all []T, raw func(T) []byte) []statement.Hash {
	sums := []statement.Hash{}
	for _, c := range all {
		sums = append(sums, sha256.Sum256(raw(c)))
	}
	slices.SortFunc(sums, func(a, b statement.Hash) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(sums)
}

// sameKey reports whether two public keys are one. Package crypto has no other way to compare keys of any type.
func sameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// keySum is the SHA-256 of the SubjectPublicKeyInfo of a key.
func keySum(key crypto.PublicKey) (statement.Hash, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return sha256.Sum256(der), err
}
