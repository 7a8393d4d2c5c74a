package audit

import (
	"bytes"
	"encoding/pem"
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
)

// WhatIs names a file that was given where another kind of file is wanted, by its first bytes: "an SSH public key". It is zero if the kind
// is not known. Nothing is verified.
func WhatIs(file []byte) message.Text {
	line, _, _ := bytes.Cut(file, []byte("\n"))
	kind := certify.KindOf(file)
	switch first := string(line); {
	case len(file) == 0:
		return message.Of("an empty file")
	case first == proofHeader:
		return message.Of("the proof of a certificate (.tlog-proof)")
	case bytes.HasPrefix(file, []byte(zstdMagic)):
		return message.Of("a compressed file, such as a bundle (.tar.zst)")
	case certify.IsCertificate(kind):
		return message.Of("a certificate (.cert)")
	case certify.IsStation(kind):
		return message.Of("a station card")
	case strings.HasPrefix(first, "rasure/"):
		return message.Of("a statement of kind %q", visible(clip(first)))
	case IsPublicKey(file):
		return message.Of("a public key")
	case strings.HasPrefix(first, "-----BEGIN OPENSSH PRIVATE KEY-----"):
		return message.Of("the private key of a person (SSH)")
	case strings.HasPrefix(first, "-----BEGIN SSH SIGNATURE-----"):
		return message.Of("a signature made by ssh-keygen")
	case isSSHKey(first):
		return message.Of("the public key of a person (SSH)")
	case strings.HasPrefix(first, "-----BEGIN "):
		if block, _ := pem.Decode(file); block != nil {
			return message.Of("a PEM file that holds %q", visible(clip(block.Type)))
		}
	}
	return message.Text{}
}

// isSSHKey reports whether a line is a public key as ssh-keygen writes it.
func isSSHKey(line string) bool {
	algorithm, _, ok := strings.Cut(line, " ")
	return ok && (strings.HasPrefix(algorithm, "ssh-") || strings.HasPrefix(algorithm, "ecdsa-sha2-") || strings.HasPrefix(algorithm, "sk-"))
}
