package tpm_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"rasure/logs"
)

const recordSize = stated + 64

// numbers reads a signature in DER.
func numbers(t testing.TB, der []byte) (r, s *big.Int) {
	t.Helper()
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 {
		t.Fatalf("%x: %v", der, err)
	}
	return v.R, v.S
}

// other writes a signature in DER with the other s, which is valid too.
func other(t testing.TB, der []byte) []byte {
	t.Helper()
	r, s := numbers(t, der)
	out, err := asn1.Marshal(struct{ R, S *big.Int }{r, new(big.Int).Sub(elliptic.P256().Params().N, s)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBothLinesOfATPMHaveTheLowS(t *testing.T) {
	t.Parallel()
	_, _, k, s := station(t)
	half := new(big.Int).Rsh(elliptic.P256().Params().N, 1)
	v := verifier(t, s.Public(), k.NVIndex)
	text := []byte("text\n")
	for range 24 { // the TPM gives each half of them
		if _, n := numbers(t, sign(t, s, text)); n.Cmp(half) > 0 {
			t.Fatal("a signature with the high s")
		}
		line := attestation(t, s, text)
		if _, n := numbers(t, line[stated:]); n.Cmp(half) > 0 {
			t.Fatal("an attestation with the high s")
		}
		if high := append(slices.Clone(line[:stated]), other(t, line[stated:])...); !v.Verify(text, high) {
			t.Fatal("version 1 takes either half")
		}
	}
}

func TestARecordIsTheLineInOneWay(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, &key.PublicKey, nvIndex)
	if _, ok := any(v).(logs.Recorder); !ok || v.RecordSize() != recordSize {
		t.Fatalf("%d bytes a record, want %d", v.RecordSize(), recordSize)
	}
	text := []byte("text\n")
	for range 64 { // some with short numbers, half with the high s
		line := good(key, text).sign(t, key)
		record, err := v.Record(line)
		if err != nil || len(record) != recordSize {
			t.Fatalf("%d bytes, %v", len(record), err)
		}
		mirrored, err := v.Record(append(slices.Clone(line[:stated]), other(t, line[stated:])...))
		if err != nil || !bytes.Equal(mirrored, record) {
			t.Fatalf("the other s makes another record: %x, %v", mirrored, err)
		}
		back, err := v.Line(record)
		if err != nil || !v.Verify(text, back) {
			t.Fatalf("the line of the record does not verify: %v", err)
		}
		if again, err := v.Record(back); err != nil || !bytes.Equal(again, record) {
			t.Fatalf("the record of the line of the record: %x, %v", again, err)
		}
		_, s := numbers(t, back[stated:])
		high := slices.Clone(record)
		new(big.Int).Sub(elliptic.P256().Params().N, s).FillBytes(high[stated+32:])
		if _, err := v.Line(high); err == nil {
			t.Fatal("a record with the high s is taken")
		}
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	t.Parallel()
	pub, _, _, line := vector(t)
	v := verifier(t, pub, nvIndex)
	record, err := v.Record(line)
	if err != nil {
		t.Fatal(err)
	}
	n := elliptic.P256().Params().N.FillBytes(make([]byte, 32))
	for name, change := range map[string]func([]byte) []byte{
		"empty":           func([]byte) []byte { return nil },
		"all zero":        func(r []byte) []byte { return make([]byte, len(r)) },
		"a byte less":     func(r []byte) []byte { return r[:len(r)-1] },
		"a byte more":     func(r []byte) []byte { return append(r, 0) },
		"another magic":   func(r []byte) []byte { r[0]++; return r },
		"half safe":       func(r []byte) []byte { r[92] = 2; return r },
		"r is zero":       func(r []byte) []byte { clear(r[stated:][:32]); return r },
		"s is zero":       func(r []byte) []byte { clear(r[stated+32:]); return r },
		"r is the order":  func(r []byte) []byte { copy(r[stated:], n); return r },
		"s is the order":  func(r []byte) []byte { copy(r[stated+32:], n); return r },
		"a line, no more": func([]byte) []byte { return line },
	} {
		if got, err := v.Line(change(slices.Clone(record))); err == nil {
			t.Errorf("%s: the line %x", name, got)
		}
	}
	for name, bad := range map[string][]byte{
		"nothing":           nil,
		"no signature":      line[:stated],
		"a byte more":       append(slices.Clone(line), 0),
		"a signature of 0s": append(slices.Clone(line[:stated]), 0x30, 6, 2, 1, 0, 2, 1, 0),
		"a negative r":      append(slices.Clone(line[:stated]), 0x30, 6, 2, 1, 0xff, 2, 1, 1),
	} {
		if got, err := v.Record(bad); err == nil {
			t.Errorf("%s: the record %x", name, got)
		}
	}
}

func FuzzARecordIsWrittenInOneWay(f *testing.F) {
	pub, _, _, line := vector(f)
	v := verifier(f, pub, nvIndex)
	record, err := v.Record(line)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Fuzz(func(t *testing.T, record []byte) {
		line, err := v.Line(record)
		if err != nil {
			return
		}
		if again, err := v.Record(line); err != nil || !bytes.Equal(again, record) {
			t.Errorf("%x is also written %x, %v", record, again, err)
		}
	})
}
