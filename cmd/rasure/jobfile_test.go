package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/wipe/pattern"
)

// TestJobFileNames holds that each field that a job file can hold has an explicit JSON name: a rename in Go must not change what an
// interrupted job left in its file.
func TestJobFileNames(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, path string) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(typ.Elem(), path)
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] || reflect.PointerTo(typ).Implements(reflect.TypeFor[interface{ MarshalJSON() ([]byte, error) }]()) {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := path + "." + f.Name
			switch {
			case !f.IsExported() || name == "-":
				continue
			case name == "" && !f.Anonymous:
				t.Errorf("%s has no JSON name", at)
			}
			walk(f.Type, at)
		}
	}
	walk(reflect.TypeFor[jobFile](), "jobFile")
	if len(seen) < 20 {
		t.Errorf("only %d types were seen", len(seen))
	}
}

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
			c, _, err := (&app{stateDir: filepath.Join(dir, "state")}).openCertificate(path, "")
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

// TestJobFileVersion holds that a file of a later version is refused, and that rasure 0.1.0, which knows no versions, refuses a file
// of this one: it needs "begin".
func TestJobFileVersion(t *testing.T) {
	t.Parallel()
	f := &jobFile{Phase: running, Begin: []byte("x"), Facts: issue.Facts{ID: "01A", Begin: certify.EntryRef{Index: 1}}, dir: t.TempDir()}
	if err := f.save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(`"begin":`)) || !bytes.Contains(text, []byte(`"version":2`)) {
		t.Errorf("the file is %s", text)
	}
	if err := f.decode(text, "01A"); err != nil {
		t.Errorf("its own file: %v", err)
	}
	err = f.decode(bytes.Replace(text, []byte(`"version":2`), []byte(`"version":3`), 1), "01A")
	if err == nil || !strings.Contains(err.Error(), "written by a newer rasure") {
		t.Errorf("a newer file: %v", err)
	}
	for name, c := range map[string]struct {
		old  string
		want phase
	}{
		"starting": {`{"facts":{"ID":"01A"},"begin":"eA==","running":true}`, starting},
		"running":  {`{"facts":{"ID":"01A","Begin":{"index":1}},"begin":"eA==","running":true}`, running},
		"sealed":   {`{"facts":{"ID":"01A","Begin":{"index":1}},"begin":"eA==","running":true,"sealed":"eA==","halted":"interrupted"}`, sealed},
		"halted":   {`{"facts":{"ID":"01A","Begin":{"index":1},"Resumes":{"index":2}},"begin":"eA==","running":false}`, halted},
	} {
		f := &jobFile{}
		if err := f.decode([]byte(c.old), "01A"); err != nil || f.Phase != c.want || string(f.Begin) != "x" {
			t.Errorf("%s: %v, %+v", name, err, f)
		}
	}
	if err := (&jobFile{}).decode([]byte(`{"version":2,"phase":"halted","facts":{"ID":"01A","Begin":{"index":1}},"begin_statement":"eA=="}`), "01A"); err == nil {
		t.Error("a halted job without its certificate was taken")
	}
}
