package tpm_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// bound is a station whose key is bound to a publisher and an office, in a machine that has started an image.
type bound struct {
	*testing.T
	*tpmtest.Emulator
	chip              *tpm.TPM
	publisher, office *ecdsa.PrivateKey
	key               tpm.Key
	s                 *tpm.Station
}

func newBound(t *testing.T) *bound {
	t.Helper()
	b := &bound{T: t, Emulator: tpmtest.New(t), publisher: p256(t), office: p256(t)}
	b.Boot(image("A")...)
	b.chip = open(t, b.Address())
	var err error
	b.key, err = b.chip.Create(&b.publisher.PublicKey, &b.office.PublicKey)
	check(t, err)
	b.s, err = b.chip.Load(b.key)
	check(t, err)
	return b
}

func p256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return key
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// image is what a machine measures that starts this image: the firmware the whole of it, the stub of the image its parts.
func image(name string) []tpmtest.Measured {
	return []tpmtest.Measured{{PCR: 4, SHA256: sum("program " + name)}, {PCR: 11, SHA256: sum("kernel " + name)}, {PCR: 11, SHA256: sum("initrd " + name)}}
}

func sum(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// approve signs an approval of the boot with these measurements.
func approve(t testing.TB, key *ecdsa.PrivateKey, version uint64, events ...tpmtest.Measured) tpm.Approval {
	t.Helper()
	a := tpm.Approval{Version: version}
	to := map[uint32]*[32]byte{4: &a.PCR4, 11: &a.PCR11, 12: &a.PCR12, 13: &a.PCR13}
	for _, e := range events {
		pcr := to[e.PCR]
		*pcr = sha256.Sum256(append(pcr[:], e.SHA256[:]...))
	}
	check(t, a.Sign(key))
	return a
}

// signs reports whether the key signs, attests and quotes, or none of these.
func (b *bound) signs(with ...tpm.Approval) error {
	b.Helper()
	b.s.Approve(with)
	text := []byte("text\n")
	sig, err := b.s.Signer("station.example").Sign(text)
	if err == nil && !opensslVerifies(b, b.s, text, sig) {
		b.Error("openssl does not verify the signature")
	}
	line, attestErr := b.s.Attestor("station.example").Sign(text)
	quote, _, quoteErr := b.s.Quote([]int{4, 11}, sum("nonce"))
	if (err == nil) != (attestErr == nil) || (err == nil) != (quoteErr == nil) {
		b.Fatalf("sign: %v, attest: %v, quote: %v", err, attestErr, quoteErr)
	}
	if err != nil {
		return err
	}
	v, err := tpm.NewAttestationVerifier("station.example", b.s.Public(), b.key.NVIndex, b.s.Policy())
	if err != nil || !v.Verify(text, line) {
		b.Errorf("the attestation does not verify: %v", err)
	}
	if v, err = tpm.NewAttestationVerifier("station.example", b.s.Public(), b.key.NVIndex, tpm.Policy{}); err != nil || v.Verify(text, line) {
		b.Errorf("the attestation verifies as that of a key that is not bound: %v", err)
	}
	if _, err := tpm.OpenQuote(b.s.Public(), b.s.Policy(), quote); err != nil {
		b.Error(err)
	}
	if _, err := tpm.OpenQuote(b.s.Public(), tpm.Policy{}, quote); err == nil {
		b.Error("the quote opens as that of a key that is not bound")
	}
	return nil
}

// refused wants that the key signs nothing, and says why not.
func (b *bound) refused(why string, with ...tpm.Approval) {
	b.Helper()
	if err := b.signs(with...); !errors.Is(err, tpm.ErrNotApproved) || !strings.Contains(err.Error(), why) {
		b.Errorf("%v, want %q", err, why)
	}
}

func TestABoundKeySignsInAnApprovedBootAlone(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	a := approve(t, b.publisher, 1, image("A")...)
	check(t, b.signs(a))
	check(t, b.signs(approve(t, b.office, 1, image("A")...)))
	check(t, b.signs(approve(t, b.office, 7, image("B")...), a))
	b.refused("there is no approval")
	b.refused("signed by the publisher or the office", approve(t, p256(t), 1, image("A")...))
	flipped := a
	flipped.Signature = slices.Clone(a.Signature)
	flipped.Signature[40] ^= 1
	b.refused("signed by the publisher or the office", flipped)
	higher := a
	higher.Version++
	b.refused("signed by the publisher or the office", higher)

	b.Boot(image("B")...)
	b.refused("another image or system", a)
	b.Boot(append([]tpmtest.Measured{{PCR: 4, SHA256: sum("a boot entry that failed")}}, image("A")...)...)
	b.refused("the firmware started something else", a)
	b.Boot(append(image("A"), tpmtest.Measured{PCR: 13, SHA256: sum("extension")})...)
	b.refused("a system extension", a)
	b.Boot(append(image("A"), tpmtest.Measured{PCR: 12, SHA256: sum("options")})...)
	b.refused("another command line", a)

	// PCRs that are extended while the program runs, and that the program had looked at before.
	b.Boot(image("A")...)
	check(t, b.signs(a))
	check(t, b.extend(12, "a service shell"))
	if _, err := b.s.Signer("station.example").Sign([]byte("text\n")); !errors.Is(err, tpm.ErrNotApproved) {
		t.Errorf("after PCR 12 was extended: %v", err)
	}
	b.noSessions()
	b.Boot(image("A")...)
	check(t, b.signs(a))
}

func (b *bound) extend(pcr uint32, what string) error {
	digest := sum(what)
	_, err := tpm2.PCRExtend{PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(pcr), Auth: tpm2.PasswordAuth(nil)},
		Digests: tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{{HashAlg: tpm2.TPMAlgSHA256, Digest: digest[:]}}}}.Execute(b)
	return err
}

// noSessions wants that no session was left in the TPM, which has few places for them.
func (b *bound) noSessions() {
	b.Helper()
	r, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: 0x02000000, PropertyCount: 64}.Execute(b)
	check(b, err)
	list, err := r.CapabilityData.Data.Handles()
	if check(b, err); len(list.Handle) > 0 {
		b.Errorf("sessions left in the TPM: %#x", list.Handle)
	}
}

func TestABoundKeyIsNotUsedByItsPassword(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	check(t, b.signs(approve(t, b.publisher, 1, image("A")...)))
	public, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(b.key.Handle)}.Execute(b)
	check(t, err)
	hashed, err := tpm2.Hash{Data: tpm2.TPM2BMaxBuffer{Buffer: []byte("text\n")}, HashAlg: tpm2.TPMAlgSHA256, Hierarchy: tpm2.TPMRHEndorsement}.Execute(b)
	check(t, err)
	_, err = tpm2.Sign{KeyHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(b.key.Handle), Name: public.Name, Auth: tpm2.PasswordAuth(b.key.Auth)}, Digest: hashed.OutHash,
		InScheme: tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull}, Validation: hashed.Validation}.Execute(b)
	if !errors.Is(err, tpm2.TPMRCAuthUnavailable) {
		t.Errorf("%v, want TPM_RC_AUTH_UNAVAILABLE", err)
	}
}

func TestANewerImageRetiresOlderOnes(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	one, two := approve(t, b.publisher, 1, image("A")...), approve(t, b.publisher, 2, image("B")...)
	check(t, b.signs(one, two))
	b.Boot(image("B")...)
	check(t, b.signs(one, two)) // the same key, in the image of the update
	b.Boot(image("A")...)
	check(t, b.signs(one, two)) // nothing was retired yet
	b.Boot(image("B")...)
	b.s.Approve([]tpm.Approval{one, approve(t, b.office, 1, image("B")...), two}) // the image that runs has versions 1 and 2
	if version, err := b.s.RetireOlder(); err != nil || version != 2 {
		t.Fatalf("%d, %v", version, err)
	}
	check(t, b.signs(one, two))
	b.Boot(image("A")...)
	b.refused("has version 2 or later, which the TPM demands", one, two)
	if s := b.forge(one); s != "" {
		t.Errorf("the TPM signs under the approval of an old image: %s", s)
	}
	if _, err := b.s.RetireOlder(); !errors.Is(err, tpm.ErrNotApproved) {
		t.Errorf("an old image moves the version counter: %v", err)
	}
	far := approve(t, b.office, 1<<40, image("A")...)
	check(t, b.signs(far))
	if _, err := b.s.RetireOlder(); err == nil {
		t.Error("the version counter is moved by 2^40")
	}
}

// The version counter that its owner removes and makes again does not bring an old image back.
func TestAVersionCounterThatWasMadeAgainCountsOn(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	one, two := approve(t, b.publisher, 1, image("A")...), approve(t, b.publisher, 2, image("A")...)
	b.s.Approve([]tpm.Approval{two})
	_, err := b.s.RetireOlder()
	check(t, err)
	index := tpm2.TPMHandle(0x01800BA0)
	r, err := tpm2.NVReadPublic{NVIndex: index}.Execute(b)
	check(t, err)
	_, err = tpm2.NVUndefineSpace{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}, NVIndex: &tpm2.NamedHandle{Handle: index, Name: r.NVName}}.Execute(b)
	check(t, err)
	if err := b.signs(two); err == nil {
		t.Error("it signs without the version counter")
	}
	_, _, err = b.chip.Restore(b.key)
	check(t, err)
	b.refused("or later, which the TPM demands", one, two)
	check(t, b.signs(approve(t, b.publisher, 3, image("A")...)))
}

// A TPM that was cleared makes the same bound key again, and no other one does.
func TestABoundKeyIsMadeAgain(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	a := approve(t, b.publisher, 9, image("A")...)
	check(t, b.signs(a))
	_, err := tpm2.Clear{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)}}.Execute(b)
	check(t, err)
	key, restored, err := b.chip.Restore(b.key)
	if err != nil || !restored.Key || string(key.Public) != string(b.key.Public) {
		t.Fatalf("%+v, %v", restored, err)
	}
	b.s, err = b.chip.Load(key)
	check(t, err)
	check(t, b.signs(a))

	other := b.key
	other.Authorities = other.Authorities[:1]
	if _, err := b.chip.Load(other); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("with another publisher in its file: %v", err)
	}
}

func TestAKeyIsBoundToOneOrTwo(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	key, err := b.chip.Create(&b.publisher.PublicKey)
	check(t, err)
	b.s, err = b.chip.Load(key)
	check(t, err)
	b.key = key
	check(t, b.signs(approve(t, b.publisher, 1, image("A")...)))
	b.refused("signed by the publisher or the office", approve(t, b.office, 1, image("A")...))
	three := p256(t)
	if _, err := b.chip.Create(&b.publisher.PublicKey, &b.office.PublicKey, &three.PublicKey); err == nil {
		t.Error("a key is bound to three")
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	check(t, err)
	if _, err := b.chip.Create(&p384.PublicKey); err == nil {
		t.Error("a key is bound to one on P-384")
	}
}

// counting counts the commands of a TPM.
type counting struct {
	transport.TPMCloser
	n atomic.Int64
}

func (c *counting) Send(command []byte) ([]byte, error) {
	c.n.Add(1)
	return c.TPMCloser.Send(command)
}

// A bound signature takes at most five commands more than another one, once the approval is chosen.
func TestCommandsOfABoundSignature(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	c := &counting{TPMCloser: b.Emulator}
	chip := tpm.New(c, tpm.Limits{})
	free, err := chip.Create()
	check(t, err)
	commands := func(k tpm.Key, a ...tpm.Approval) (n [3]int64) {
		t.Helper()
		s, err := chip.Load(k)
		check(t, err)
		s.Approve(a)
		for i, run := range []func() error{
			func() error { _, err := s.Signer("station.example").Sign([]byte("first\n")); return err },
			func() error { _, err := s.Signer("station.example").Sign([]byte("text\n")); return err },
			func() error { _, err := s.Attestor("station.example").Sign([]byte("text\n")); return err },
		} {
			before := c.n.Load()
			check(t, run())
			n[i] = c.n.Load() - before
		}
		return n
	}
	without, with := commands(free), commands(b.key, approve(t, b.publisher, 1, image("A")...))
	t.Logf("commands of the first signature, a later one and an attestation: %v, bound %v", without, with)
	for i := 1; i < 3; i++ {
		if more := with[i] - without[i]; more > 5 {
			t.Errorf("%d commands more", more)
		}
	}
	b.noSessions()
}
