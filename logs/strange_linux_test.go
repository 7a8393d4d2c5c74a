package logs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/logs/durable"
)

// TestReadingStrangeFiles puts a FIFO, a device and a directory under the name of each file.
func TestReadingStrangeFiles(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 258)
	o := counted(c, 40)
	for name := range inMemory(t, dir) {
		for kind, plant := range map[string]func(string) error{
			"FIFO":      func(name string) error { return syscall.Mkfifo(name, 0o644) },
			"device":    func(name string) error { return os.Symlink("/dev/zero", name) },
			"directory": func(name string) error { return os.Mkdir(name, 0o755) },
		} {
			bad := copyDir(t, dir)
			file := filepath.Join(bad, name)
			if err := errors.Join(os.Remove(file), plant(file)); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := auditLog(durable.FS(bad), o.Identity, nil, nil)
				done <- err
			}()
			select {
			case err := <-done:
				if err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s as %s: %v", kind, name, err)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s as %s: the audit waits", kind, name)
			}
		}
	}
}
