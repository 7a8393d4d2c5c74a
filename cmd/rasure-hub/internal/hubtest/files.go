package hubtest

import (
	"os"
	"path/filepath"
	"testing"

	"rasure/certify/audit"
	"rasure/cmd/internal/witness"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs"
)

// FromFiles is a log that is there as files, such as a test vector, whose first entry is its card. dir has the submission of all of it.
func FromFiles(t testing.TB, files string) (r *roster.Station, dir string) {
	t.Helper()
	fsys := os.DirFS(files)
	card, err := logs.ReadEntry(fsys, 0)
	Check(t, err)
	at := Scratch(t)
	Check(t, os.WriteFile(filepath.Join(at, "card"), card, 0o644))
	Check(t, os.WriteFile(filepath.Join(at, "stations.toml"), []byte("[[station]]\ncard = \"card\"\n"), 0o644))
	all, err := roster.Read(filepath.Join(at, "stations.toml"))
	Check(t, err)
	log, err := audit.Snapshot(fsys, all[0].Pin)
	Check(t, err)
	dir = filepath.Join(at, "submission")
	_, err = witness.Submit(log, fsys, dir, 0)
	Check(t, err)
	return all[0], dir
}
