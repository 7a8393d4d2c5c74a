package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/wipe/pattern"
)

// oldJob is a station whose job was interrupted by rasure 0.1.0 (commit 42fa06b), with its image, as testdata/jobs-0.1.0 has it: of three
// passes (one, zero, random) one was killed at the first byte of pass 2, and one stopped by Ctrl-C in pass 3.
func oldJob(t *testing.T, name string) (dir, jobFile string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "state"), os.DirFS(filepath.Join("testdata/jobs-0.1.0", name))); err != nil {
		t.Fatal(err)
	}
	all, _ := filepath.Glob(filepath.Join(dir, "state/jobs/*.json"))
	if len(all) != 1 {
		t.Fatalf("job files %v", all)
	}
	text, err := os.ReadFile(all[0])
	if err != nil {
		t.Fatal(err)
	}
	image := bytes.Repeat([]byte{0xff}, 16<<20)
	clear(image[:1<<20]) // where pass 2 had come, further than its state says
	if name == "interrupted" {
		image = make([]byte, 24<<20)
		p, err := pattern.Parse("random", "f3f905ea788b91ca43444ac360aa5dc559b36997a38282875069e54a53a14454")
		if err != nil {
			t.Fatal(err)
		}
		p.FillAt(image[:7<<20], 0)
	}
	if err := errors.Join(os.WriteFile(all[0], bytes.ReplaceAll(text, []byte("DIR"), []byte(dir)), 0o600),
		os.WriteFile(filepath.Join(dir, "disk.img"), image, 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir, all[0]
}

func TestJobOfVersion010(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ reason, resumes string }{
		"interrupted": {"interrupted", "2"},
		"killed":      {"vanished", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, file := oldJob(t, name)
			run := func(want int, args ...string) string {
				t.Helper()
				code, out, text := command(t.Context(), devices.Live, dir, args...)
				if code != want {
					t.Fatalf("rasure %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, text)
				}
				return out
			}
			image := filepath.Join(dir, "disk.img")
			out := run(fault.Done, "wipe", image, "--allow-image", "--resume", "--operator", "wang", "--confirm", "disk.img")
			path, _, _ := strings.Cut(out, " ")
			run(fault.Done, "verify", path, "--key", filepath.Join(dir, "state/station.pem"))
			run(fault.Done, "check", image, "--cert", path)
			run(fault.Done, "audit", "--key", filepath.Join(dir, "state/station.pem"))
			c, _, err := (&app{stateDir: filepath.Join(dir, "state")}).openCertificate(path, pinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			resumes := "-"
			if c.Resumes != nil {
				resumes = fmt.Sprint(c.Resumes.Index)
			}
			if len(c.Interruptions) != 1 || c.Interruptions[0].Reason != want.reason || resumes != want.resumes || c.Outcome != "verified" {
				t.Errorf("outcome %s, interruptions %+v, resumes entry %s, want %+v", c.Outcome, c.Interruptions, resumes, want)
			}
			if _, err := os.Lstat(file); err == nil {
				t.Error("the job file is still there")
			}
		})
	}
	t.Run("disk was written to since", func(t *testing.T) {
		t.Parallel()
		dir, _ := oldJob(t, "interrupted")
		f, err := os.OpenFile(filepath.Join(dir, "disk.img"), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt(make([]byte, 4096), 0)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		code, _, text := command(t.Context(), devices.Live, dir, "wipe", filepath.Join(dir, "disk.img"), "--allow-image", "--resume", "--operator", "wang", "--confirm", "disk.img")
		if code != fault.Refused {
			t.Errorf("exit status %d, want %d\n%s", code, fault.Refused, text)
		}
	})
}
