package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rasure/cmd/internal/fault"
)

// TestRefusedFiles refuses files that others may write, and what is not a file.
func TestRefusedFiles(t *testing.T) {
	for _, mode := range []os.FileMode{0o664, 0o646, 0o622} {
		path := write(t, full)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "users other than root can write this file") || fault.Code(err) != fault.BadUsage {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if path := write(t, full); os.Geteuid() == 0 {
		if err := os.Chown(path, 4711, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "users other than root can write this file") {
			t.Errorf("a file of another user: %v", err)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, t.TempDir(), os.DevNull} {
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "not a regular file") || fault.Code(err) != fault.BadUsage {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Read(filepath.Join(write(t, full), "station.toml")); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file in the place of the directory: %v", err)
	}
}
