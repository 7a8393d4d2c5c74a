package station

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
)

func TestOwnTPM(t *testing.T) {
	t.Parallel()
	t.Run("station works, and others cannot remove it", func(t *testing.T) {
		t.Parallel()
		e := tpmtest.New(t)
		dir := filepath.Join(t.TempDir(), "state")
		s, err := Init(t.Context(), dir, InitOptions{Name: "chip.example", Key: KeyTPM, TPM: e.Address(), Own: true}, Options{Root: machine})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var owner, lockout string
		if err := s.OwnTPM(func(o, l string) error { owner, lockout = o, l; return nil }); err != nil || owner == "" || owner == lockout {
			t.Fatalf("%q, %q, %v", owner, lockout, err)
		}
		for _, h := range owned {
			if has, err := s.chip.HasPassword(h); err != nil || !has {
				t.Errorf("%s has a password: %v, %v", h, has, err)
			}
		}
		if err := s.OwnTPM(func(string, string) error { return nil }); fault.Code(err) != fault.Refused {
			t.Errorf("owned twice: %v", err)
		}
		again, err := Open(dir, Options{Root: machine}) // no password is needed to sign
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
		if err := Retire(t.Context(), dir, Options{}, false); !errors.Is(err, tpm.ErrNoPassword) {
			t.Errorf("retired without the password: %v", err)
		}
		asked := 0
		o := Options{Password: func(h tpm.Hierarchy) (tpm.Secret, error) {
			asked++
			return tpm.Secret(owner), nil
		}}
		if err := Retire(t.Context(), dir, o, false); err != nil || asked != 1 {
			t.Errorf("retired with the password, asked %d times: %v", asked, err)
		}
		if left := objects(t, e); strings.Contains(left, "0x81010100") {
			t.Errorf("the TPM still has %s", left)
		}
	})
	t.Run("passwords are shown before they are set", func(t *testing.T) {
		t.Parallel()
		dir, _ := withTPM(t)
		s, err := Open(dir, Options{Root: machine})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		full := errors.New("no space left")
		if err := s.OwnTPM(func(string, string) error { return full }); !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
		if has, err := s.chip.HasPassword(tpm.Owner); err != nil || has {
			t.Errorf("a password that nobody saw was set: %v", err)
		}
	})
	t.Run("a TPM that somebody owns is left as it is", func(t *testing.T) {
		t.Parallel()
		e := tpmtest.New(t)
		tool(t, e, "tpm2_changeauth", "-c", "lockout", "theirs")
		dir := filepath.Join(t.TempDir(), "state")
		_, err := Init(t.Context(), dir, InitOptions{Name: "chip.example", Key: KeyTPM, TPM: e.Address(), Own: true}, Options{Root: machine})
		if fault.Code(err) != fault.Refused {
			t.Errorf("%v", err)
		}
		if left := objects(t, e); strings.Contains(left, "0x81010100") {
			t.Errorf("the TPM has %s", left)
		}
	})
	t.Run("software key", func(t *testing.T) {
		t.Parallel()
		o := software
		o.Own = true
		if _, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), o, Options{Root: machine}); fault.Code(err) != fault.BadUsage {
			t.Errorf("%v", err)
		}
	})
}
