package tpm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// lockouts is how many wrong passwords the TPM has counted.
func lockouts(t *testing.T, e *tpmtest.Emulator) uint32 {
	t.Helper()
	r, err := tpm2.GetCapability{Capability: tpm2.TPMCapTPMProperties, Property: uint32(tpm2.TPMPTLockoutCounter), PropertyCount: 1}.Execute(e)
	if err != nil {
		t.Fatal(err)
	}
	list, err := r.CapabilityData.Data.TPMProperties()
	if err != nil {
		t.Fatal(err)
	}
	return list.TPMProperty[0].Value
}

// saying answers with a password, and counts how often it was asked.
func saying(password string, asked *int) func(tpm.Hierarchy) (tpm.Secret, error) {
	return func(tpm.Hierarchy) (tpm.Secret, error) {
		*asked++
		return tpm.Secret(password), nil
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	for _, h := range []tpm.Hierarchy{tpm.Owner, tpm.Endorsement} {
		t.Run(string(h), func(t *testing.T) {
			t.Parallel()
			e := tpmtest.New(t)
			if _, err := e.Tool("tpm2_changeauth", "-c", string(h), "correct horse"); err != nil {
				t.Fatal(err)
			}
			if has, err := open(t, e.Address()).HasPassword(h); err != nil || !has {
				t.Errorf("HasPassword: %v, %v", has, err)
			}
			_, err := open(t, e.Address()).Create()
			if !errors.Is(err, tpm.ErrNoPassword) || !strings.Contains(err.Error(), string(h)+" hierarchy") {
				t.Errorf("Create without a password: %v", err)
			}
			asked := 0
			wrong := open(t, e.Address())
			wrong.AskPasswords(saying("battery", &asked))
			if _, err := wrong.Create(); !errors.Is(err, tpm.ErrWrongPassword) || asked != 1 {
				t.Errorf("Create with another password, asked %d times: %v", asked, err)
			}
			no := errors.New("no terminal")
			wrong = open(t, e.Address())
			wrong.AskPasswords(func(tpm.Hierarchy) (tpm.Secret, error) { return nil, no })
			if _, err := wrong.Create(); !errors.Is(err, no) {
				t.Errorf("Create where nobody answers: %v", err)
			}
			if left := kept(t, e); len(left) != 0 || lockouts(t, e) != 0 {
				t.Errorf("left: %#x; %d wrong passwords are counted", left, lockouts(t, e))
			}
			asked = 0
			chip := open(t, e.Address())
			chip.AskPasswords(saying("correct horse", &asked))
			k, err := chip.Create()
			if err != nil || asked != 1 {
				t.Fatalf("Create, asked %d times: %v", asked, err)
			}
			if _, err := open(t, e.Address()).Load(k); err != nil { // who signs needs no password
				t.Error(err)
			}
			args := []string{"tpm2_nvundefine", "-C", "o", fmt.Sprintf("%#x", k.NVIndex)}
			if h == tpm.Owner {
				args = append(args, "-P", "correct horse")
			}
			if _, err := e.Tool(args...); err != nil {
				t.Fatal(err)
			}
			if _, r, err := chip.Restore(k); err != nil || !r.Counter {
				t.Errorf("Restore: %+v, %v", r, err)
			}
			if err := chip.Remove(k); err != nil {
				t.Errorf("Remove: %v", err)
			}
			if left := kept(t, e); len(left) != 0 {
				t.Errorf("left: %#x", left)
			}
		})
	}
	t.Run("none is asked for where none is set", func(t *testing.T) {
		t.Parallel()
		asked := 0
		chip := open(t, tpmtest.Start(t))
		chip.AskPasswords(saying("x", &asked))
		if _, err := chip.Create(); err != nil || asked != 0 {
			t.Errorf("asked %d times: %v", asked, err)
		}
	})
}

// TestSetPassword sets what keeps others who may open the device from removing a station: tpm2-tools are such others.
func TestSetPassword(t *testing.T) {
	t.Parallel()
	e := tpmtest.New(t)
	chip := open(t, e.Address())
	k, err := chip.Create()
	if err != nil {
		t.Fatal(err)
	}
	owner, lockout := tpm.NewPassword(), tpm.NewPassword()
	if len(owner) != 31 || string(owner) == string(lockout) || strings.Contains(fmt.Sprintf("%v %#v %s", owner, owner, owner), string(owner)) {
		t.Errorf("passwords of %d characters", len(owner))
	}
	for h, p := range map[tpm.Hierarchy]tpm.Secret{tpm.Owner: owner, tpm.Lockout: lockout} {
		if err := chip.SetPassword(h, p); err != nil {
			t.Fatal(err)
		}
		if err := open(t, e.Address()).SetPassword(h, p); !errors.Is(err, tpm.ErrNoPassword) {
			t.Errorf("set again by somebody else: %v", err)
		}
	}
	if n := lockouts(t, e); n != 0 {
		t.Errorf("%d wrong passwords are counted", n)
	}
	if _, err := e.Tool("tpm2_dictionarylockout", "-c", "-p", string(lockout)); err != nil { // it is not locked by attempts
		t.Error(err)
	}
	key, index := fmt.Sprintf("%#x", k.Handle), fmt.Sprintf("%#x", k.NVIndex)
	for _, args := range [][]string{{"tpm2_evictcontrol", "-C", "o", "-c", key}, {"tpm2_nvundefine", "-C", "o", index}, {"tpm2_clear"}} {
		if out, err := e.Tool(args...); err == nil || !strings.Contains(out, "uthorization") {
			t.Errorf("%v without a password: %v, want a refused authorization", args, err)
		}
	}
	s, err := chip.Load(k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Increment(); err != nil { // the station works without the passwords
		t.Error(err)
	}
	for _, args := range [][]string{{"tpm2_nvundefine", "-C", "o", "-P", string(owner), index}, {"tpm2_evictcontrol", "-C", "o", "-P", string(owner), "-c", key}} {
		if _, err := e.Tool(args...); err != nil {
			t.Error(err)
		}
	}
}
