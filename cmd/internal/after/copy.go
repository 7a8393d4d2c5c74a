package after

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Copy brings the copy of log and certificates below dir, in a directory named after the station, up to date: it writes what is missing or
// differs, each file whole or not at all, and the checkpoint of the log last.
//
// It refuses a directory on the file system of the station itself, where nothing would be safe: the medium may be unplugged, and its
// directory empty. And it refuses to overwrite a copy with more entries than the log has: the log was cut back, or the copy is another's.
func Copy(dir string, st *station.Station, r job.Result) error {
	if err := elsewhere(dir, st.Path("")); err != nil {
		return err
	}
	base := filepath.Join(dir, url.PathEscape(st.Name()))
	if err := os.Mkdir(base, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return durable.Explain(err)
	}
	snapshot, err := st.Snapshot()
	if err != nil {
		return err
	}
	if err := snapshot.Update(filepath.Join(base, "log")); err != nil {
		return err
	}
	for _, file := range []string{r.Certificate, r.Proof} {
		if file == "" {
			continue
		}
		if err := copyLike(filepath.Join(base, "certificates"), file); err != nil {
			return err
		}
	}
	return nil
}

// copyLike copies the files beside file that are of its kind, those that are not in the directory yet.
func copyLike(dir, file string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return durable.Explain(err)
	}
	from, to := durable.FS(filepath.Dir(file)), durable.OpenExisting(dir, 0o644)
	have := durable.FS(dir)
	entries, err := fs.ReadDir(from, ".")
	if err != nil {
		return durable.Explain(err)
	}
	for _, e := range entries {
		name := e.Name()
		if path.Ext(name) != path.Ext(file) || strings.HasPrefix(name, ".") || !e.Type().IsRegular() {
			continue
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return durable.Explain(err)
		}
		if old, err := fs.ReadFile(have, name); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := to.WriteFile(name, data); err != nil {
			return durable.Explain(err)
		}
	}
	return nil
}

// elsewhere refuses a directory that is not there, or is on the same file system as the station.
func elsewhere(dir, state string) error {
	to, err := os.Stat(dir)
	if err != nil {
		return fault.WithHint(durable.Explain(err), "plug the medium in and mount it; the next job copies everything")
	}
	here, err := os.Stat(state)
	if err != nil {
		return err
	}
	if !to.IsDir() {
		return message.Errorf("it is not a directory")
	}
	if sameFileSystem(to, here) {
		return fault.WithHint(message.New("it is on the file system of the station itself"), "plug the medium in and mount it; the next job copies everything")
	}
	return nil
}
