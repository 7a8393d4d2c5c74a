package tpm_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/mod/sumdb/note"

	"rasure/certify/tpm"
)

const (
	stated  = 149        // bytes before the signature
	nvIndex = 0x01800AA0 // of the attestations made here
)

func attestation(t testing.TB, s *tpm.Station, text []byte) []byte {
	t.Helper()
	sig, err := s.Attestor("station.example").Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func verifier(t testing.TB, pub *ecdsa.PublicKey, index uint32) *tpm.AttestationVerifier {
	t.Helper()
	v, err := tpm.NewAttestationVerifier("station.example", pub, index, tpm.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnAttestationStatesTheCounterAndTheText(t *testing.T) {
	t.Parallel()
	e, _, k, s := station(t)
	v := verifier(t, s.Public(), k.NVIndex)
	for i := range uint64(3) {
		text := []byte{'a' + byte(i), '\n'}
		sig := attestation(t, s, text)
		a, err := v.Open(text, sig)
		if err != nil || a.Counter != k.Base+i || a.Text != sha256.Sum256(text) || a.ResetCount == 0 || a.FirmwareVersion == 0 {
			t.Errorf("%+v, %v, want counter %d", a, err, k.Base+i)
		}
		if n, err := v.Counter(sig); err != nil || n != k.Base+i {
			t.Errorf("Counter = %d, %v, want %d", n, err, k.Base+i)
		}
		if _, err := s.Increment(); err != nil {
			t.Fatal(err)
		}
	}
	before, err := v.Open(nil, attestation(t, s, nil))
	if err != nil {
		t.Fatal(err)
	}
	e.PowerCycle()
	after, err := v.Open(nil, attestation(t, s, nil))
	if err != nil || after.ResetCount != before.ResetCount+1 || after.Counter != before.Counter {
		t.Errorf("before a power cut %+v, after it %+v, %v", before, after, err)
	}
}

func TestNoByteOfAnAttestationCanBeChanged(t *testing.T) {
	t.Parallel()
	_, _, k, s := station(t)
	text := []byte("station.example\n7\nroot\n")
	sig := attestation(t, s, text)
	v := verifier(t, s.Public(), k.NVIndex)
	if !v.Verify(text, sig) {
		t.Fatal("an attestation does not verify")
	}
	for i := range sig {
		for bit := range 8 {
			changed := slices.Clone(sig)
			changed[i] ^= 1 << bit
			if v.Verify(text, changed) {
				t.Errorf("bit %d of byte %d can be changed", bit, i)
			}
		}
		if v.Verify(text, sig[:i]) {
			t.Errorf("the first %d bytes are enough", i)
		}
	}
	for i := range text {
		changed := slices.Clone(text)
		changed[i] ^= 1
		if v.Verify(changed, sig) {
			t.Errorf("byte %d of the text can be changed", i)
		}
	}
	if v.Verify(text, append(slices.Clone(sig), 0)) || v.Verify(nil, sig) || v.Verify(text, nil) {
		t.Error("a byte more, no text or no signature verifies")
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if verifier(t, &other.PublicKey, k.NVIndex).Verify(text, sig) || verifier(t, s.Public(), k.NVIndex+1).Verify(text, sig) {
		t.Error("another station's key or counter verifies it")
	}
}

// Statements that somebody signed who has the private key, which a TPM never lets happen: each differs from a good one in one
// thing, so each check is seen to work by itself.
func TestAStatementAboutAnythingElseThanTheCounterIsRefused(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("text\n")
	v := verifier(t, &key.PublicKey, nvIndex)
	for name, c := range map[string]struct {
		change func(*statement)
		ok     bool
	}{
		"the good one":         {func(*statement) {}, true},
		"any clock":            {func(s *statement) { s.attest.ClockInfo.Clock = 1 << 63 }, true},
		"an unsafe clock":      {func(s *statement) { s.attest.ClockInfo.Safe = false }, true},
		"another text":         {func(s *statement) { s.attest.ExtraData.Buffer = make([]byte, 32) }, false},
		"no text":              {func(s *statement) { s.attest.ExtraData.Buffer = nil }, false},
		"a longer text hash":   {func(s *statement) { s.attest.ExtraData.Buffer = append(s.attest.ExtraData.Buffer, 0) }, false},
		"an unrestricted key":  {func(s *statement) { s.key.ObjectAttributes.Restricted = false }, false},
		"a key that can leave": {func(s *statement) { s.key.ObjectAttributes.FixedTPM = false }, false},
		"an imported key":      {func(s *statement) { s.key.ObjectAttributes.SensitiveDataOrigin = false }, false},
		"a key of the owner":   {func(s *statement) { s.hierarchy = tpm2.TPMRHOwner }, false},
		"another index":        {func(s *statement) { s.index.NVIndex++ }, false},
		"an ordinary index":    {func(s *statement) { s.index.Attributes.NT = tpm2.TPMNTOrdinary }, false},
		"a counter in RAM":     {func(s *statement) { s.index.Attributes.Orderly = true }, false},
		"an unwritten counter": {func(s *statement) { s.index.Attributes.Written = false }, false},
		"an offset":            {func(s *statement) { s.nv.Offset = 1 }, false},
		"another magic":        {func(s *statement) { s.byte, s.to = 3, 0x46 }, false},
		"another type":         {func(s *statement) { s.byte, s.to = 5, 0x15 }, false},
		"a longer signer":      {func(s *statement) { s.byte, s.to = 7, 0x23 }, false},
		"a shorter text hash":  {func(s *statement) { s.byte, s.to = 43, 0x1f }, false},
		"half safe":            {func(s *statement) { s.byte, s.to = 92, 2 }, false},
		"a shorter name":       {func(s *statement) { s.byte, s.to = 102, 0x21 }, false},
		"a longer counter":     {func(s *statement) { s.byte, s.to = 140, 9 }, false},
		"seven bytes":          {func(s *statement) { s.nv.NVContents.Buffer = make([]byte, 7) }, false},
		"nine bytes":           {func(s *statement) { s.nv.NVContents.Buffer = make([]byte, 9) }, false},
	} {
		s := good(key, text)
		c.change(s)
		sig := s.sign(t, key)
		if got := v.Verify(text, sig); got != c.ok {
			_, err := v.Open(text, sig)
			t.Errorf("%s: verifies: %v (%v), want %v", name, got, err, c.ok)
		}
	}
}

// A statement is built with go-tpm's structures, not with ours.
type statement struct {
	attest    tpm2.TPMSAttest
	nv        tpm2.TPMSNVCertifyInfo
	key       tpm2.TPMTPublic
	hierarchy tpm2.TPMHandle
	index     tpm2.TPMSNVPublic
	byte      int  // is set, before the statement is signed,
	to        byte // to this; none if byte is 0
}

func good(key *ecdsa.PrivateKey, text []byte) *statement {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return &statement{
		attest: tpm2.TPMSAttest{
			Magic: tpm2.TPMGeneratedValue, Type: tpm2.TPMSTAttestNV, ExtraData: tpm2.TPM2BData{Buffer: sum[:]},
			ClockInfo: tpm2.TPMSClockInfo{Clock: 1, Safe: true},
		},
		nv: tpm2.TPMSNVCertifyInfo{NVContents: tpm2.TPM2BData{Buffer: []byte{0, 0, 0, 0, 0, 0, 0, 9}}},
		key: tpm2.TPMTPublic{
			Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
			ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true, Restricted: true, SignEncrypt: true},
			Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
				CurveID: tpm2.TPMECCNistP256,
				Scheme:  tpm2.TPMTECCScheme{Scheme: tpm2.TPMAlgECDSA, Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256})},
			}),
			Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
				X: tpm2.TPM2BECCParameter{Buffer: point[1:33]},
				Y: tpm2.TPM2BECCParameter{Buffer: point[33:]},
			}),
		},
		hierarchy: tpm2.TPMRHEndorsement,
		index: tpm2.TPMSNVPublic{
			NVIndex: nvIndex, NameAlg: tpm2.TPMAlgSHA256, DataSize: 8,
			Attributes: tpm2.TPMANV{AuthWrite: true, AuthRead: true, OwnerRead: true, NT: tpm2.TPMNTCounter, NoDA: true, Written: true},
		},
	}
}

func (s *statement) sign(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	own, err := tpm2.ObjectName(&s.key)
	if err != nil {
		t.Fatal(err)
	}
	qualified := sha256.Sum256(append(tpm2.HandleName(s.hierarchy).Buffer, own.Buffer...))
	s.attest.QualifiedSigner.Buffer = append([]byte{0, 0x0b}, qualified[:]...)
	index, err := tpm2.NVName(&s.index)
	if err != nil {
		t.Fatal(err)
	}
	s.nv.IndexName = *index
	s.attest.Attested = tpm2.NewTPMUAttest(tpm2.TPMSTAttestNV, &s.nv)
	raw := tpm2.Marshal(s.attest)
	if s.byte != 0 {
		raw[s.byte] = s.to
	}
	sum := sha256.Sum256(raw)
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return append(raw, sig...)
}

func TestOtherToolsAgreeOnAnAttestation(t *testing.T) {
	t.Parallel()
	needs(t, "openssl")
	_, _, _, s := station(t)
	text := []byte("station.example\n7\nroot\n")
	sig := attestation(t, s, text)
	if !opensslVerifies(t, s, sig[:stated], sig[stated:]) {
		t.Error("openssl refuses the statement")
	}
	needs(t, "tpm2_checkquote")
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig[stated:], &rs); err != nil {
		t.Fatal(err)
	}
	tss := tpm2.Marshal(tpm2.TPMTSignature{SigAlg: tpm2.TPMAlgECDSA, Signature: tpm2.NewTPMUSignature(tpm2.TPMAlgECDSA, &tpm2.TPMSSignatureECC{
		Hash:       tpm2.TPMAlgSHA256,
		SignatureR: tpm2.TPM2BECCParameter{Buffer: rs.R.Bytes()}, SignatureS: tpm2.TPM2BECCParameter{Buffer: rs.S.Bytes()},
	})})
	for _, c := range []struct {
		text string
		ok   bool
	}{{string(text), true}, {"another", false}} {
		sum := sha256.Sum256([]byte(c.text))
		out, err := exec.Command("tpm2_checkquote", "-u", publicPEM(t, s), "-m", write(t, sig[:stated]), "-s", write(t, tss), "-g", "sha256", "-q", hex.EncodeToString(sum[:])).CombinedOutput()
		if (err == nil) != c.ok {
			t.Errorf("tpm2_checkquote for the text %q: %v\n%s", c.text, err, out)
		}
	}
}

func TestBothLinesStandUnderOneNote(t *testing.T) {
	t.Parallel()
	_, _, k, s := station(t)
	msg, err := note.Sign(&note.Note{Text: "station.example\n7\nroot\n"}, s.Signer("station.example"), s.Attestor("station.example"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(msg, note.VerifierList(verifier(t, s.Public(), k.NVIndex)))
	if err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 1 {
		t.Errorf("%+v, %v, want one line verified and one unknown", n, err)
	}
}

func TestAVerifierIsForOneNameKeyAndCounter(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := tpm.NewAttestationVerifier("other.example", &key.PublicKey, nvIndex, tpm.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, &key.PublicKey, nvIndex)
	if v.KeyHash() == verifier(t, &key.PublicKey, nvIndex+1).KeyHash() || v.KeyHash() == other.KeyHash() {
		t.Error("another name or counter has the same key ID")
	}
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		pub  *ecdsa.PublicKey
	}{
		{"", &key.PublicKey}, {"a b", &key.PublicKey}, {"a+b", &key.PublicKey}, {"a\nb", &key.PublicKey},
		{"a", nil}, {"a", &large.PublicKey}, {"a", &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}},
	} {
		if _, err := tpm.NewAttestationVerifier(c.name, c.pub, nvIndex, tpm.Policy{}); err == nil {
			t.Errorf("a verifier for %q and %v", c.name, c.pub)
		}
	}
}
