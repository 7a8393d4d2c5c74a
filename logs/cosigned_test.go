package logs_test

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/logs"
)

// witness is a cosigner with its key.
type witness struct {
	*logs.Cosigner
	key ed25519.PrivateKey
}

func newWitness(t *testing.T, name string, seed byte) witness {
	t.Helper()
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), 32)))
	c, err := logs.NewCosigner(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return witness{c, key}
}

func (w witness) cosign(t *testing.T, o logs.Options, s *logs.Snapshot) []byte {
	t.Helper()
	signed, err := w.Cosign(o.Identity, s.Signed(), time.Unix(1_800_000_000, 0), func(msg []byte) ([]byte, error) { return ed25519.Sign(w.key, msg), nil })
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestCosigned(t *testing.T) {
	t.Parallel()
	hub, other := newWitness(t, "hub.example", 'h'), newWitness(t, "other.example", 'o')
	keep := func(dir string, o logs.Options, signed []byte, by witness) error {
		_, err := logs.KeepCosigned(dir, o.Identity, signed, by.Cosigner, time.Minute)
		return err
	}
	c := &counter{v: 40}
	o := counted(c, 40)
	l, dir := create(t, o, 5)
	at3 := copyDir(t, dir) // the files of a backup
	five := hub.cosign(t, o, l.Snapshot())
	if err := keep(dir, o, five, hub); err != nil {
		t.Fatal(err)
	}
	if err := keep(dir, o, other.cosign(t, o, l.Snapshot()), other); err != nil {
		t.Fatal(err)
	}
	add(t, l, 2)

	t.Run("lines of two witnesses are kept together", func(t *testing.T) {
		kept, err := logs.ReadCosigned(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []witness{hub, other} {
			if _, _, err := logs.OpenCosigned(o.Identity, kept, w.Cosigner); err != nil {
				t.Errorf("%s: %v", w.Name(), err)
			}
		}
	})
	t.Run("a proof carries the cosignature", func(t *testing.T) {
		for index := range int64(7) {
			p, err := l.Snapshot().ProveCosigned(index)
			if err != nil {
				t.Fatal(err)
			}
			in, err := logs.Verify(o.Identity, short(index), p)
			if err != nil || in.Index != index {
				t.Errorf("entry %d: %+v, %v", index, in, err)
			}
			_, err = logs.CosignedProof(p, hub.Cosigner)
			if cosigned := err == nil; cosigned != (index < 5) {
				t.Errorf("entry %d: cosigned = %v, %v", index, cosigned, err)
			}
		}
	})
	t.Run("an older one is refused", func(t *testing.T) {
		if err := keep(dir, o, hub.cosign(t, o, l.Snapshot()), hub); err != nil {
			t.Fatal(err)
		}
		if err := keep(dir, o, five, hub); !errors.Is(err, logs.ErrNewer) {
			t.Errorf("KeepCosigned = %v", err)
		}
	})
	t.Run("by another key is refused", func(t *testing.T) {
		if err := keep(dir, o, five, other); err == nil {
			t.Error("KeepCosigned took a checkpoint without the cosigner's line")
		}
	})
	t.Run("a log that is shorter is not opened", func(t *testing.T) {
		signed := hub.cosign(t, o, l.Snapshot())
		c.v = 45 // as if the emulated TPM had been put back too
		if _, err := logs.Open(at3, o); err != nil {
			t.Fatal(err)
		}
		if err := keep(at3, o, signed, hub); err != nil {
			t.Fatal(err)
		}
		_, err := logs.Open(at3, o)
		if !errors.Is(err, logs.ErrCutBack) || !strings.Contains(err.Error(), "has cosigned 7 entries of it, and it has 5") {
			t.Errorf("Open = %v", err)
		}
	})
	t.Run("another history is not opened, and an open log is not continued", func(t *testing.T) {
		c := &counter{v: 40}
		o := counted(c, 40)
		forked, dir := create(t, o, 1)
		for range 6 {
			if _, err := forked.Append([]byte("another entry")); err != nil {
				t.Fatal(err)
			}
		}
		if err := keep(dir, o, five, hub); err != nil {
			t.Fatal(err)
		}
		if _, err := forked.Append(nil); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("Append = %v", err)
		}
		if _, err := logs.Open(dir, o); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("Open = %v", err)
		}
	})
	t.Run("a damaged file is refused", func(t *testing.T) {
		c := &counter{v: 40}
		o := counted(c, 40)
		_, dir := create(t, o, 1)
		if err := os.WriteFile(filepath.Join(dir, "cosigned"), five[1:], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := logs.Open(dir, o); !errors.Is(err, logs.ErrDamaged) {
			t.Errorf("Open = %v", err)
		}
	})
}
