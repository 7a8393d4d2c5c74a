package tpm_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "tpm") // short, for the sockets
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	deserted := filepath.Join(dir, "deserted")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: deserted})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	for _, c := range []struct {
		address string
		missing bool // want ErrMissing
		says    string
	}{
		{"/dev/tpm0", false, "/dev/tpmrm0"},
		{"/dev/tpm12", false, "/dev/tpmrm12"},
		{filepath.Join(dir, "tpmrm0"), true, "firmware setup"},
		{write(t, []byte("a file")), false, "not a device"},
		{"unix:" + filepath.Join(dir, "none"), true, "start the emulator"},
		{"unix:" + deserted, true, "no emulator listens"},
		{"unix:", false, "unix:SOCKET"},
		{"tpmrm0", false, "unix:SOCKET"},
		{"", false, "unix:SOCKET"},
	} {
		_, err := tpm.Open(c.address)
		if err == nil || errors.Is(err, tpm.ErrMissing) != c.missing || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Open(%q): %v, want %q, ErrMissing: %v", c.address, err, c.says, c.missing)
		}
	}
}

func TestATPMThatWasNotStartedSaysSo(t *testing.T) {
	t.Parallel()
	e, _, _, s := station(t)
	e.Reset()
	_, signing := s.Signer("a").Sign([]byte("text\n"))
	_, opening := tpm.Open(e.Address())
	for _, err := range []error{signing, opening} {
		if err == nil || !strings.Contains(err.Error(), "was not started") {
			t.Error(err)
		}
	}
}

func TestATPMThatGoesAwayIsMissingAndMayComeBack(t *testing.T) {
	t.Parallel()
	e := tpmtest.New(t)
	chip := open(t, e.Address())
	k, err := chip.Create()
	if err != nil {
		t.Fatal(err)
	}
	s, err := chip.Load(k)
	if err != nil {
		t.Fatal(err)
	}
	e.Stop()
	if _, err := tpm.Open(e.Address()); !errors.Is(err, tpm.ErrMissing) {
		t.Errorf("Open: %v, want ErrMissing", err)
	}
	if _, err := s.Signer("a").Sign([]byte("text\n")); err == nil {
		t.Error("signed without a TPM")
	}
	e.Run()
	sign(t, s, []byte("text\n"))
}
