// Package keys keeps the keys of a hub: that with which it cosigns, and that of its fleet log.
package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// File is where the keys are in the directory of a hub, readable by its user only.
const File = "hub.key"

// Keys are the keys of a hub.
type Keys struct {
	Cosigner *logs.Cosigner
	Log      note.Signer   // of the fleet log
	Verifier note.Verifier // the other half of Log
	LogKey   string        // that verifies the fleet log, as c2sp.org/signed-note writes verifier keys
	Origin   string        // of the fleet log
	cosign   ed25519.PrivateKey
}

type content struct {
	Name   string `json:"name"`
	Cosign []byte `json:"cosign"` // seed of an Ed25519 key
	Log    []byte `json:"log"`    // the same
}

// Make makes the keys of a hub in a directory, which must exist. Keys that are there are not replaced.
func Make(dir, name string) (*Keys, error) {
	c := content{name, make([]byte, ed25519.SeedSize), make([]byte, ed25519.SeedSize)}
	rand.Read(c.Cosign)
	rand.Read(c.Log)
	k, err := c.keys()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return k, durable.WriteNew(filepath.Join(dir, File), append(text, '\n'), 0o600)
}

// Read reads the keys of a hub.
func Read(dir string) (*Keys, error) {
	path := filepath.Join(dir, File)
	text, err := durable.ReadFile(path, 1<<12)
	if err != nil {
		return nil, err
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil || len(c.Cosign) != ed25519.SeedSize || len(c.Log) != ed25519.SeedSize {
		return nil, message.Errorf("%s does not have the keys of a hub", path)
	}
	return c.keys()
}

func (c content) keys() (*Keys, error) {
	k := &Keys{cosign: ed25519.NewKeyFromSeed(c.Cosign), Origin: c.Name + "/fleet"}
	var err error
	if k.Cosigner, err = logs.NewCosigner(c.Name, k.cosign.Public().(ed25519.PublicKey)); err != nil {
		return nil, err
	}
	const ed25519Type = 0x01 // c2sp.org/signed-note
	public := append([]byte{ed25519Type}, ed25519.NewKeyFromSeed(c.Log).Public().(ed25519.PublicKey)...)
	sum := sha256.Sum256(append([]byte(k.Origin+"\n"), public...))
	id := binary.BigEndian.Uint32(sum[:])
	k.LogKey = fmt.Sprintf("%s+%08x+%s", k.Origin, id, base64.StdEncoding.EncodeToString(public))
	if k.Verifier, err = note.NewVerifier(k.LogKey); err != nil {
		return nil, err
	}
	k.Log, err = note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", k.Origin, id, base64.StdEncoding.EncodeToString(append([]byte{ed25519Type}, c.Log...))))
	return k, err
}

// Sign signs with the cosigner's key.
func (k *Keys) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(k.cosign, msg), nil }
