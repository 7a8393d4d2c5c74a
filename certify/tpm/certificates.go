package tpm

import (
	"encoding/asn1"
	"maps"
	"slices"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// Where vendors keep certificates of endorsement keys, and the certificates of the authorities between these and the vendor's root: "TCG EK Credential
// Profile for TPM Family 2.0", 2.2.1.4 and 2.4; the end of the range from memory. Intel keeps its chain from 0x01C00100 on.
const (
	firstCertificate = 0x01C00002
	lastCertificate  = 0x01C07FFF
)

// certificates reads what may be read, in the order of the indices.
func (t *TPM) certificates() (all [][]byte, err error) {
	at, err := t.certificatesAt()
	for _, h := range slices.Sorted(maps.Keys(at)) {
		all = append(all, at[h]...)
	}
	return all, err
}

// certificatesAt reads the certificates by their index. An index that has none, or that a password protects, is passed over.
func (t *TPM) certificatesAt() (map[tpm2.TPMHandle][][]byte, error) {
	used, err := t.handles(firstCertificate, lastCertificate)
	if err != nil {
		return nil, message.Errorf("reading the TPM's certificates: %w", explain(err))
	}
	at := map[tpm2.TPMHandle][][]byte{}
	for _, h := range slices.Sorted(maps.Keys(used)) {
		content, err := t.readIndex(h)
		if isKept(err) {
			continue
		}
		if err != nil {
			return nil, message.Errorf("reading the TPM's certificates: index %#08x: %w", uint32(h), explain(err))
		}
		if all := splitCertificates(content); len(all) > 0 {
			at[h] = all
		}
	}
	return at, nil
}

// isKept reports whether the TPM does not give the content of an index away, or has none.
func isKept(err error) bool {
	return refuses(err, tpm2.TPMRCNVAuthorization, tpm2.TPMRCAuthUnavailable, tpm2.TPMRCBadAuth, tpm2.TPMRCAuthFail, tpm2.TPMRCNVUninitialized, tpm2.TPMRCNVLocked)
}

// splitCertificates takes the certificates out of the content of an index. Some vendors write several behind one another, some put the header of TPM 1.2 in
// front (TCG PC Client Implementation Specification for TPM 1.2, 7.4.5: tag 1001, type 00, length), and some fill the index up behind them.
func splitCertificates(content []byte) (all [][]byte) {
	const header = 5
	if len(content) > header && content[0] == 0x10 && content[1] == 0x01 && content[2] == 0 {
		content = content[header:]
	}
	for {
		var der asn1.RawValue
		rest, err := asn1.Unmarshal(content, &der)
		if err != nil || der.Class != asn1.ClassUniversal || der.Tag != asn1.TagSequence {
			return all
		}
		all, content = append(all, der.FullBytes), rest
	}
}

// readIndex reads a whole NV index that needs no password.
func (t *TPM) readIndex(h tpm2.TPMHandle) ([]byte, error) {
	rsp, err := tpm2.NVReadPublic{NVIndex: h}.Execute(t.t)
	if err != nil {
		return nil, err
	}
	public, err := rsp.NVPublic.Contents()
	if err != nil {
		return nil, message.Errorf("%w: %w", errGarbage, err)
	}
	const piece = 512 // every TPM reads that much at once: PC Client Platform TPM Profile, MAX_NV_BUFFER_SIZE
	content := make([]byte, 0, public.DataSize)
	for len(content) < int(public.DataSize) {
		n := min(piece, int(public.DataSize)-len(content))
		named := tpm2.NamedHandle{Handle: h, Name: rsp.NVName}
		r, err := tpm2.NVRead{
			AuthHandle: tpm2.AuthHandle{Handle: h, Name: rsp.NVName, Auth: tpm2.PasswordAuth(nil)},
			NVIndex:    named, Size: uint16(n), Offset: uint16(len(content)),
		}.Execute(t.t)
		if err != nil {
			return nil, err
		}
		if len(r.Data.Buffer) != n {
			return nil, errGarbage
		}
		content = append(content, r.Data.Buffer...)
	}
	return content, nil
}
