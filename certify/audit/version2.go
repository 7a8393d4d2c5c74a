package audit

import (
	"crypto/ecdsa"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/logs"
)

// roots are the roots of a log while it is folded. A statement of version 2 names one, mostly of a moment ago; an older one is computed from the
// tiles.
type roots struct {
	log    *logs.Snapshot // that is folded
	recent [1024]struct {
		size int64
		root tlog.Hash
	}
}

func (r *roots) add(head logs.Checkpoint) {
	if head.Size > 0 {
		at := &r.recent[head.Size%int64(len(r.recent))]
		at.size, at.root = head.Size, head.Root
	}
}

func (r *roots) at(size int64) ([32]byte, error) {
	if known := r.recent[size%int64(len(r.recent))]; size > 0 && known.size == size {
		return known.root, nil
	}
	head, err := r.log.Head(size)
	return head.Root, err
}

// namesHead reports whether an entry is of a version whose statements name the head of their log.
func namesHead(s *logs.Snapshot, index int64) bool {
	entry, err := s.Entry(index)
	return err == nil && !strings.HasSuffix(string(certify.KindOf(entry)), "/v1")
}

// keyOf is the key of a station that also verifies the anchors of certificates: each is a head of the log, signed as the log's checkpoints are.
func keyOf(id logs.Identity, pub *ecdsa.PublicKey) *certify.Key {
	return certify.NewKey(pub).VerifyAnchors(func(a *statement.Anchor) error { return verifyAnchor(id, a) })
}

// lenientKeyOf is keyOf for a certificate without its log, which may have taken up its counter: the anchor may have been attested at a greater value.
// The proof of the certificate, its bundle and an audit compare the values.
func lenientKeyOf(id logs.Identity, pub *ecdsa.PublicKey) *certify.Key {
	return certify.NewKey(pub).VerifyAnchors(func(a *statement.Anchor) error {
		at := id
		if id.Records != nil {
			line, err := id.Records.Line(a.Line)
			if err == nil {
				if counter, err := id.Counter.Counter(line); err == nil && counter > id.Base+uint64(a.Size) {
					at.Base = counter - uint64(a.Size)
				}
			}
		}
		return verifyAnchor(at, a)
	})
}

// CheckOwn checks a certificate that the station of a log has just made, with its anchor.
func CheckOwn(id logs.Identity, pub *ecdsa.PublicKey, signed []byte) error {
	e, err := keyOf(id, pub).CheckEntry(signed)
	if err == nil {
		err = e.Contradiction()
	}
	return err
}

func verifyAnchor(id logs.Identity, a *statement.Anchor) error {
	wrong := func(err error) error {
		return &certify.Contradiction{Rule: "anchor", Text: message.Of("the signature on the anchor of its keys does not verify: %v", err)}
	}
	if id.Records != nil {
		if _, err := id.VerifyRecord(logs.Checkpoint{Origin: id.Origin, Size: a.Size, Root: tlog.Hash(a.Root)}, a.Line); err != nil {
			return wrong(err)
		}
		return nil
	}
	sig, err := certify.DERSignature(a.Line)
	if err == nil && !id.Log.Verify([]byte(a.Checkpoint(id.Origin)), sig) {
		err = message.New("the station did not sign that head of the log")
	}
	if err != nil {
		return wrong(err)
	}
	return nil
}

// Anchor returns the signed head of the first size entries of a log, from which the keys of a job come whose begin is the last of them. The line is
// the record of the TPM's attestation; a key in a file signs the head again.
func Anchor(log *logs.Snapshot, id logs.Identity, size int64, signer note.Signer) (*statement.Anchor, error) {
	head, record, err := log.Record(size)
	if err != nil {
		return nil, err
	}
	a := &statement.Anchor{Size: size, Root: statement.Hash(head.Root), Line: record}
	if record == nil && id.Records != nil {
		return nil, message.Errorf("the log keeps no attestation of its first %d entries", size)
	}
	if record == nil {
		der, err := signer.Sign([]byte(head.Text()))
		if err != nil {
			return nil, err
		}
		if a.Line, err = certify.FixedSignature(der); err != nil {
			return nil, err
		}
	}
	a.SHA256 = a.Sum(head.Origin)
	return a, nil
}

// checkHeads compares the heads that a certificate of version 2 names with what the proofs of the bundle show. That of its anchor is the head of
// which the begin is the last entry, so it is shown.
func (b *opened) checkHeads(cert certify.Entry, begin int64) error {
	if cert.Statement == nil {
		return nil
	}
	if cert.Statement.Log().First != b.first {
		return failf("the certificate is of another log, which the same key signed")
	}
	c := cert.Statement.Body.(*statement.Certificate)
	if a := c.Anchor; a != nil && tlog.Hash(a.Root) != b.heads[begin].Root {
		return failf("the anchor of the keys of job %s is not the head of this log that ends with the begin, entry %d", clip(c.Job), begin)
	}
	return nil
}

// checkHead compares the head that any statement of version 2 names with those that the proofs of the bundle show: who signed it signed it for this
// log.
func (b *opened) checkHead(e certify.Entry, index int64) error {
	if e.Statement == nil || index == 0 {
		return nil
	}
	h := e.Statement.Log()
	shown, ok := b.heads[h.Size-1]
	if h.First != b.first || h.Origin != b.head.Name || h.Size > index || ok && tlog.Hash(h.Root) != shown.Root {
		return failf("entry %d was made for another log, or for a fork of this one", index)
	}
	return nil
}
