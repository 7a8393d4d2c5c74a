package tpm

import (
	"crypto/rand"
	"strings"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// A Hierarchy is a part of the TPM that can have a password of its own.
type Hierarchy string

// The hierarchies whose passwords matter here. Who knows that of the owner removes any key and counter, also a station's; who knows that of the lockout
// clears the TPM. A new TPM has none, and then everybody who may open the device can do both.
const (
	Owner       Hierarchy = "owner"
	Endorsement Hierarchy = "endorsement"
	Lockout     Hierarchy = "lockout"
)

// handle returns the handle of a hierarchy, and its bit of TPMA_PERMANENT that says that it has a password (Part 2, 8.6).
func (h Hierarchy) handle() (handle tpm2.TPMHandle, hasPassword uint32) {
	switch h {
	case Owner:
		return tpm2.TPMRHOwner, 1 << 0
	case Endorsement:
		return tpm2.TPMRHEndorsement, 1 << 1
	}
	return tpm2.TPMRHLockout, 1 << 2
}

var (
	ErrNoPassword    = message.New("the TPM has a password")             // and none was given
	ErrWrongPassword = message.New("the TPM does not take the password") // given for one of its hierarchies
)

// HasPassword reports whether a hierarchy has a password. It tries none.
func (t *TPM) HasPassword(h Hierarchy) (bool, error) {
	bits, err := t.property(tpm2.TPMPTPermanent)
	if err != nil {
		return false, message.Errorf("asking the TPM whether it has a password: %w", explain(err))
	}
	_, set := h.handle()
	return bits&set != 0, nil
}

// AskPasswords has a function called for the password of a hierarchy that has one, once, before the first command that needs it. Without it no password is
// used. It is called before methods that make or remove something.
func (t *TPM) AskPasswords(ask func(Hierarchy) (Secret, error)) { t.ask = ask }

// SetPassword gives a hierarchy that has none a password, which is used from then on. If it has one, the error is [ErrNoPassword], and no password was
// tried: a wrong one for the lockout locks it.
func (t *TPM) SetPassword(h Hierarchy, password Secret) error {
	if has, err := t.HasPassword(h); err != nil {
		return err
	} else if has {
		return message.Errorf("%w for its %s hierarchy already", ErrNoPassword, string(h))
	}
	auth, err := t.auth(h)
	if err != nil {
		return err
	}
	if _, err := (tpm2.HierarchyChangeAuth{AuthHandle: auth, NewAuth: tpm2.TPM2BAuth{Buffer: password}}).Execute(t.t); err != nil {
		return message.Errorf("setting a password of the TPM: %w", t.ofHierarchy(h, err))
	}
	t.know(h, password)
	return nil
}

// NewPassword returns a password that a person can copy: 130 random bits in 31 characters, which every TPM takes.
func NewPassword() Secret {
	text := rand.Text()
	parts := []string{}
	for ; len(text) > 5; text = text[5:] {
		parts = append(parts, text[:5])
	}
	return Secret(strings.Join(append(parts, text), "-"))
}

// auth is how a hierarchy authorises a command.
func (t *TPM) auth(h Hierarchy) (tpm2.AuthHandle, error) {
	handle, _ := h.handle()
	password, known := t.passwords[h]
	if !known && t.ask != nil {
		has, err := t.HasPassword(h)
		if has && err == nil {
			password, err = t.ask(h)
		}
		if err != nil {
			return tpm2.AuthHandle{}, err
		}
		t.know(h, password)
	}
	return tpm2.AuthHandle{Handle: handle, Auth: tpm2.PasswordAuth(password)}, nil
}

func (t *TPM) know(h Hierarchy, password Secret) {
	if t.passwords == nil {
		t.passwords = map[Hierarchy]Secret{}
	}
	t.passwords[h] = password
}

// ofHierarchy explains an error of a command that a hierarchy has to authorise. A wrong password is not tried again.
func (t *TPM) ofHierarchy(h Hierarchy, err error) error {
	switch {
	case !refuses(err, tpm2.TPMRCBadAuth, tpm2.TPMRCAuthFail):
		return explain(err)
	case len(t.passwords[h]) == 0:
		return message.Errorf("%w for its %s hierarchy, and none was given (%w)", ErrNoPassword, string(h), err)
	}
	return message.Errorf("%w for its %s hierarchy (%w)", ErrWrongPassword, string(h), err)
}
