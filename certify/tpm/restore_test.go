package tpm_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func evict(_ *testing.T, e *tpmtest.Emulator, k tpm.Key)    { e.Evict(k.Handle) }
func undefine(_ *testing.T, e *tpmtest.Emulator, k tpm.Key) { e.Undefine(k.NVIndex) }
func wipeTPM(_ *testing.T, e *tpmtest.Emulator, _ tpm.Key)  { e.Clear() }

func TestRestore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm         []func(*testing.T, *tpmtest.Emulator, tpm.Key)
		key, counter bool
	}{
		"nothing is missing":     {nil, false, false},
		"evicted":                {[]func(*testing.T, *tpmtest.Emulator, tpm.Key){evict}, true, false},
		"undefined":              {[]func(*testing.T, *tpmtest.Emulator, tpm.Key){undefine}, false, true},
		"evicted and undefined":  {[]func(*testing.T, *tpmtest.Emulator, tpm.Key){evict, undefine}, true, true},
		"cleared":                {[]func(*testing.T, *tpmtest.Emulator, tpm.Key){wipeTPM}, true, true},
		"interrupted, undefined": {[]func(*testing.T, *tpmtest.Emulator, tpm.Key){undefine, define}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, chip, k, s := station(t)
			for range 3 {
				if _, err := s.Increment(); err != nil {
					t.Fatal(err)
				}
			}
			before, err := s.Read()
			if err != nil {
				t.Fatal(err)
			}
			for _, harm := range c.harm {
				harm(t, e, k)
			}
			again, r, err := chip.Restore(k)
			if err != nil {
				t.Fatal(err)
			}
			if r.Key != c.key || r.Counter != c.counter {
				t.Errorf("restored %+v, want key %v, counter %v", r, c.key, c.counter)
			}
			if c.counter && r.Value <= before || !c.counter && r.Value != before {
				t.Errorf("the counter is %d after %d", r.Value, before)
			}
			now, err := chip.Load(again)
			if err != nil {
				t.Fatal(err)
			}
			text := []byte("after it was restored\n")
			v, err := tpm.NewAttestationVerifier("station.example", s.Public(), k.NVIndex, s.Policy())
			if err != nil {
				t.Fatal(err)
			}
			sig, err := now.Attestor("station.example").Sign(text)
			if err != nil || !v.Verify(text, sig) {
				t.Errorf("its attestation does not verify as one of the key before: %v", err)
			}
			if left := kept(t, e); len(left) != 2 {
				t.Errorf("in the TPM: %#x", left)
			}
		})
	}
}

// define makes the counter again and does not increment it.
func define(t *testing.T, e *tpmtest.Emulator, k tpm.Key) {
	t.Helper()
	area, err := tpm2.Unmarshal[tpm2.TPMSNVPublic](k.NVPublic)
	if err != nil {
		t.Fatal(err)
	}
	area.Attributes.Written = false
	_, err = tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, Auth: tpm2.TPM2BAuth{Buffer: k.Auth}, PublicInfo: tpm2.New2B(*area)}.Execute(e)
	if err != nil {
		t.Fatal(err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	t.Run("another TPM", func(t *testing.T) {
		t.Parallel()
		e, chip, k, _ := station(t)
		e.Replace()
		if _, _, err := chip.Restore(k); !errors.Is(err, tpm.ErrOtherTPM) {
			t.Errorf("Restore = %v, want ErrOtherTPM", err)
		}
		if left := kept(t, e); len(left) != 0 {
			t.Errorf("left: %#x", left)
		}
	})
	t.Run("a file without the number", func(t *testing.T) {
		t.Parallel()
		e, chip, k, _ := station(t)
		evict(t, e, k)
		k.Unique = nil
		if _, _, err := chip.Restore(k); !errors.Is(err, tpm.ErrOtherTPM) {
			t.Errorf("Restore = %v, want ErrOtherTPM", err)
		}
	})
	t.Run("something else at the index", func(t *testing.T) {
		t.Parallel()
		e, chip, k, _ := station(t)
		undefine(t, e, k)
		_, err := tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{NVIndex: tpm2.TPMHandle(k.NVIndex),
			NameAlg: tpm2.TPMAlgSHA256, Attributes: tpm2.TPMANV{OwnerWrite: true, OwnerRead: true, NT: tpm2.TPMNTOrdinary}, DataSize: 8})}.Execute(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := chip.Restore(k); !errors.Is(err, tpm.ErrOtherTPM) {
			t.Errorf("Restore = %v, want ErrOtherTPM", err)
		}
	})
	t.Run("handle in use", func(t *testing.T) { // then the key gets another place
		t.Parallel()
		e, chip, k, _ := station(t)
		evict(t, e, k)
		other, err := chip.Create()
		if err != nil {
			t.Fatal(err)
		}
		again, r, err := chip.Restore(k)
		if err != nil || !r.Key || other.Handle != k.Handle || again.Handle == k.Handle || !slices.Equal(again.Public, k.Public) {
			t.Errorf("at %#x beside %#x: %+v, %v", again.Handle, other.Handle, r, err)
		}
	})
}
