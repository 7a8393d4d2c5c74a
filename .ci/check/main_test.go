package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

const guard = "noticed by: wipe:TestA\n--- a/wipe/a.go\n+++ b/wipe/a.go\n@@ -1,3 +1,3 @@\n package wipe\n \n-var a = 1\n+var a = 2\n"

// TestRules breaks each rule in a tree of its own and sees that it is reported.
func TestRules(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, c := range map[string]struct {
		tree fstest.MapFS
		want string
	}{
		"good":             {fstest.MapFS{"wipe/a.go": file("package wipe\nimport \"rasure/devices\"\n")}, ""},
		"upward":           {fstest.MapFS{"devices/a.go": file("package devices\nimport \"rasure/wipe\"\n")}, "imports wipe, which is not below it"},
		"sideways":         {fstest.MapFS{"devices/a.go": file("package devices\nimport \"rasure/devices/contents\"\n")}, "imports devices/contents, which is not below it"},
		"third party":      {fstest.MapFS{"wipe/a.go": file("package wipe\nimport \"github.com/x/y\"\n")}, "which its layer does not list"},
		"test package":     {fstest.MapFS{"wipe/a.go": file("package wipe\nimport \"rasure/devices/devicetest\"\n")}, "which is for tests"},
		"in a test":        {fstest.MapFS{"wipe/a_test.go": file("package wipe\nimport \"rasure/devices/devicetest\"\n")}, ""},
		"no layer":         {fstest.MapFS{"wipe/new/a.go": file("package new\n")}, "has no layer"},
		"http":             {fstest.MapFS{"cmd/rasure/a.go": file("package main\nimport \"net/http\"\n")}, "no root process speaks HTTP"},
		"exec":             {fstest.MapFS{"cmd/rasure/a.go": file("package main\nimport \"os/exec\"\n")}, "does not shell out"},
		"certify and logs": {fstest.MapFS{"certify/a.go": file("package certify\nimport \"rasure/logs\"\n")}, "knows nothing of the log"},
		"logs and disks":   {fstest.MapFS{"logs/a.go": file("package logs\nimport \"rasure/devices/scsi\"\n")}, "knows nothing of disks"},
		"long file":        {fstest.MapFS{"wipe/a.go": file("package wipe\n" + strings.Repeat("\n", 400))}, "has 401 lines"},
		"discard":          {fstest.MapFS{"wipe/a.go": file("package wipe\n\nconst discard = 0x1277\n")}, "wipe/a.go uses 0x1277"},
		"fallocate":        {fstest.MapFS{"devices/a.go": file("package devices\n\nvar err = unix.Fallocate(0, 3, 0, 1)\n")}, "devices/a.go uses Fallocate("},
		"discard in tests": {fstest.MapFS{"wipe/a_test.go": file("package wipe\n\n// BLKDISCARD\n"), ".ci/lab/a.go": file("package lab\n\n// BLKDISCARD\n")}, ""},
		"top level":        {fstest.MapFS{"docs/a.md": file("")}, "docs is not part of the agreed top level"},
		"guard":            {fstest.MapFS{"wipe/a.go": file("package wipe\n\nvar a = 1\n"), ".ci/lab/guards.d/a.patch": file(guard)}, ""},
		"stale guard":      {fstest.MapFS{"wipe/a.go": file("package wipe\n\nvar a = 3\n"), ".ci/lab/guards.d/a.patch": file(guard)}, "wipe/a.go: the guard a is not there"},
		"guard of no file": {fstest.MapFS{".ci/lab/guards.d/a.patch": file(guard)}, "wipe/a.go: the guard a is not there"},
		"empty guard":      {fstest.MapFS{".ci/lab/guards.d/a.patch": file("noticed by: wipe:TestA\n")}, "the guard a is not there"},
		"editor's folder":  {fstest.MapFS{".vscode/a.json": file("")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			all := []string{}
			for _, check := range checks {
				found, err := check(c.tree)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, found...)
			}
			if got := strings.Join(all, "\n"); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
