package tpmtest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/tpm"
)

// Played is a key in memory that plays a TPM. It writes attestations of any counter, clock and firmware, and they verify: nothing in an
// attestation line shows where its key is. It serves as the attacker who does that, and as a TPM that takes no time.
type Played struct {
	Value    uint64 // of the counter
	Clock    uint64 // milliseconds
	Resets   uint32
	Restarts uint32
	Unsafe   bool
	Firmware uint64

	t      testing.TB
	key    *ecdsa.PrivateKey
	nv     uint32
	policy tpm.Policy
	name   []byte // of the key, qualified
	index  []byte // name of the counter
}

// Play plays a TPM with a key and a counter at an index.
func Play(t testing.TB, key *ecdsa.PrivateKey, nvIndex uint32) *Played {
	t.Helper()
	return PlayBound(t, key, nvIndex, tpm.Policy{})
}

// PlayBound is Play for a bound key.
func PlayBound(t testing.TB, key *ecdsa.PrivateKey, nvIndex uint32, policy tpm.Policy) *Played {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	area := tpm2.TPMTPublic{
		Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: policy.IsZero(), NoDA: true, Restricted: true, SignEncrypt: true},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			CurveID: tpm2.TPMECCNistP256,
			Scheme:  tpm2.TPMTECCScheme{Scheme: tpm2.TPMAlgECDSA, Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256})},
		}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: point[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: point[33:]}}),
	}
	if !policy.IsZero() {
		area.AuthPolicy.Buffer = policy[:]
	}
	own, err := tpm2.ObjectName(&area)
	if err != nil {
		t.Fatal(err)
	}
	qualified := sha256.Sum256(append(tpm2.HandleName(tpm2.TPMRHEndorsement).Buffer, own.Buffer...))
	index, err := tpm2.NVName(&tpm2.TPMSNVPublic{NVIndex: tpm2.TPMHandle(nvIndex), NameAlg: tpm2.TPMAlgSHA256, DataSize: 8,
		Attributes: tpm2.TPMANV{AuthWrite: true, AuthRead: true, OwnerRead: true, NT: tpm2.TPMNTCounter, NoDA: true, Written: true}})
	if err != nil {
		t.Fatal(err)
	}
	return &Played{t: t, key: key, nv: nvIndex, policy: policy, name: append([]byte{0, 0x0b}, qualified[:]...), index: index.Buffer, Resets: 1, Firmware: 0x0007_0055}
}

// Policy is that of the key; zero if it is not bound.
func (p *Played) Policy() tpm.Policy { return p.policy }

// Read returns the counter.
func (p *Played) Read() (uint64, error) { return p.Value, nil }

// Increment counts. It takes ten milliseconds of the TPM's clock and no time of ours.
func (p *Played) Increment() (uint64, error) {
	p.Value++
	p.Clock += 10
	return p.Value, nil
}

// Attestor returns the signer of attestation lines.
func (p *Played) Attestor(name string) note.Signer {
	v, err := tpm.NewAttestationVerifier(name, &p.key.PublicKey, p.nv, p.policy)
	if err != nil {
		p.t.Fatal(err)
	}
	return &playedSigner{p, v}
}

type playedSigner struct {
	p *Played
	*tpm.AttestationVerifier
}

func (s *playedSigner) Sign(text []byte) ([]byte, error) {
	p, sum := s.p, sha256.Sum256(text)
	safe := byte(1)
	if p.Unsafe {
		safe = 0
	}
	b := binary.BigEndian.AppendUint32(nil, 0xff544347) // TPM_GENERATED_VALUE
	b = binary.BigEndian.AppendUint16(b, 0x8014)        // TPM_ST_ATTEST_NV
	b = append(append(b, 0, byte(len(p.name))), p.name...)
	b = append(append(b, 0, byte(len(sum))), sum[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Clock)
	b = binary.BigEndian.AppendUint32(b, p.Resets)
	b = binary.BigEndian.AppendUint32(b, p.Restarts)
	b = binary.BigEndian.AppendUint64(append(b, safe), p.Firmware)
	b = append(append(b, 0, byte(len(p.index))), p.index...)
	b = binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), p.Value) // offset, size, content
	sum = sha256.Sum256(b)
	sig, err := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
	if err != nil {
		return nil, err
	}
	sig, err = certify.LowS(sig)
	return append(b, sig...), err
}
