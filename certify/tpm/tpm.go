// Package tpm signs with a TPM 2.0 and attests its counter.
//
// A station's key is a restricted ECDSA P-256 key that the TPM made and never gives away. It signs two kinds of lines
// under a note (c2sp.org/signed-note): an ordinary signature (type 0x02, what openssl verifies) and an attestation of a
// counter (type 0xff, FORMAT.md) that the TPM only ever counts up.
//
// # What it proves
//
// The station's TPM signed this text, at this value of its counter. It does not prove that the text is true, nor that it was the
// only text at that value: root on the station can have two texts attested at one value. A witness who remembers what they saw closes that
// gap; the counter does not.
//
// # Rules kept here
//
//   - Only /dev/tpmrm0, never /dev/tpm0: keys that a crashed program left loaded there block all other programs.
//   - The key is in the endorsement hierarchy. The owner hierarchy would scramble resetCount and firmwareVersion.
//   - The key's template holds a secret random number, which is kept beside the password, so that the key can be made again after
//     the TPM was cleared. A password does not protect a primary key whose template is known: anyone who may use the TPM can make the same
//     key again with another password. The same number with other attributes makes another key.
//   - Neither key nor counter counts towards the TPM's lockout (noDA): three power cuts would otherwise lock the station out.
//     Instead both have a random secret of 256 bits, which travels to the TPM in clear: it keeps other programs
//     of this machine away, not a person with probes on the bus.
//   - Nothing is bound to PCRs: every update of firmware or kernel would kill the signer.
//
// Numbers are from the TCG "Trusted Platform Module 2.0 Library", Part 2 "Structures" and Part 3 "Commands",
// version 1.59, unless another document is named; clauses of Part 1 and of the PC Client profile are quoted from memory.
package tpm

import (
	"io"
	"sync"
	"time"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2/transport"
)

// Errors that a caller decides by. Each comes wrapped in a sentence that says what to do.
var (
	ErrMissing  = message.New("no TPM")                         // no such device, or nothing listens on the socket
	ErrLocked   = message.New("the TPM is locked out")          // too many wrong passwords; waits or is reset by its owner
	ErrOtherTPM = message.New("not the TPM that made this key") // another TPM, or the same one after it was cleared
)

// Limits bounds how long one command may take.
type Limits struct {
	Answer   time.Duration // for one answer; after that the TPM counts as hung and this TPM value is of no more use
	Patience time.Duration // for repeating a command while the TPM says that it is busy
}

// Far above what any of our commands takes: making the key took 0.7 s at worst in an emulated machine, and Linux gives a
// TPM minutes only for RSA keys and full self-tests.
const (
	defaultAnswer   = 60 * time.Second
	defaultPatience = 20 * time.Second
)

// A TPM is an open connection to one TPM. Its methods may be called from several goroutines.
type TPM struct {
	c io.Closer
	t transport.TPM

	// Held while one of the TPM's places for loaded objects is in use. There are three; using the key takes one, hashing a
	// long text another, so a few callers at once would push each other out.
	places sync.Mutex

	// Of the hierarchies. Those who make or remove something own them; only one does at a time.
	ask       func(Hierarchy) (Secret, error)
	passwords map[Hierarchy]Secret
}

// New makes a TPM from a connection that is already open, which Close closes. Zero limits mean the defaults.
func New(c transport.TPMCloser, l Limits) *TPM {
	if l.Answer <= 0 {
		l.Answer = defaultAnswer
	}
	if l.Patience <= 0 {
		l.Patience = defaultPatience
	}
	return &TPM{c: c, t: &patient{t: c, limits: l}}
}

// Close closes the connection. Keys and counters stay in the TPM.
func (t *TPM) Close() error { return t.c.Close() }
