package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/devices/firmware"
)

// TestSignals starts real processes: signals are the business of a whole process.
func TestSignals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signals []os.Signal
		scheme  string // one of many passes, so that the job still runs at the last signal
		exit    int
		reasons []string
	}{
		"terminal is gone":            {[]os.Signal{syscall.SIGHUP}, "pfitzner-7", fault.Done, []string{"terminal-lost"}},
		"terminal is gone and Ctrl-C": {[]os.Signal{syscall.SIGHUP, os.Interrupt}, "gutmann-35", fault.Interrupted, []string{"terminal-lost"}},
		"two Ctrl-C":                  {[]os.Signal{os.Interrupt, os.Interrupt}, "gutmann-35", fault.Interrupted, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := memoryDir(t)
			image := filepath.Join(dir, "disk.img")
			if err := os.WriteFile(image, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(image, 512<<20); err != nil { // so large that the job still runs when the signals come
				t.Fatal(err)
			}
			if code, _, text := command(t.Context(), firmware.Live, dir, "station", "init", "--name", "signal.example", "--key", "software", "--log-version", "1"); code != fault.Done {
				t.Fatal(text)
			}
			var out, text bytes.Buffer
			// The tests may run under nohup, which has the signal ignored; rasure would then ignore it, too.
			p := exec.Command("env", "--default-signal=HUP,INT", "rasure", "wipe", image, "--allow-image", "--confirm", "disk.img", "--scheme", c.scheme, "--out", filepath.Join(dir, "out"), "--state", filepath.Join(dir, "state"))
			p.Stdout, p.Stderr = &out, &text
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			saved := func() []byte {
				all, _ := filepath.Glob(filepath.Join(dir, "state/jobs/*.json"))
				if len(all) == 0 {
					return nil
				}
				content, _ := os.ReadFile(all[0])
				return content
			}
			for end := time.Now().Add(time.Minute); !bytes.Contains(saved(), []byte(`"phase":"running"`)) && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			for _, s := range c.signals {
				if err := p.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				if s == syscall.SIGHUP { // it is recorded in the job's file, at once
					for end := time.Now().Add(time.Minute); !bytes.Contains(saved(), []byte("terminal-lost")) && time.Now().Before(end); {
						if saved() == nil {
							break
						}
						time.Sleep(time.Millisecond)
					}
				}
			}
			var exit *exec.ExitError
			code := 0
			if err := p.Wait(); errors.As(err, &exit) {
				code = exit.ExitCode()
			}
			if code != c.exit {
				t.Fatalf("exit status %d, want %d\n%s%s", code, c.exit, &out, &text)
			}
			path, _, _ := strings.Cut(out.String(), " ")
			cert, _, err := (&app{stateDir: filepath.Join(dir, "state")}).openCertificate(path, pinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			reasons := []string{}
			for _, i := range cert.Interruptions {
				reasons = append(reasons, i.Reason)
			}
			if !slices.Equal(reasons, c.reasons) {
				t.Errorf("the interruptions are %q, want %q", reasons, c.reasons)
			}
			files, _ := filepath.Glob(filepath.Join(dir, "out/*"))
			if len(files) != 2 {
				t.Errorf("files %q, want a certificate and its proof", files)
			}
		})
	}
}
