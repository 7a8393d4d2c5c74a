package hub

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"rasure/cmd/internal/witness"
	"rasure/cmd/message"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Ingest takes the submissions in a directory, such as a stick: the directory itself, or those directly below it. The answers are written beside the
// requests. each is called for each.
func (h *Hub) Ingest(ctx context.Context, dir string, each func(dir string, a Answer)) error {
	dirs, err := submissions(dir)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		body, err := durable.ReadFile(filepath.Join(d, witness.RequestFile), fleet.MaxRequest)
		if err != nil {
			return err
		}
		a, err := h.Receive(ctx, body, durable.FS(d))
		if err != nil {
			return message.Errorf("%s: %w", d, err)
		}
		if err := WriteAnswer(d, a); err != nil {
			return err
		}
		each(d, a)
	}
	return nil
}

// submissions are the directories with a request.
func submissions(dir string) (dirs []string, err error) {
	is := func(d string) bool {
		_, err := os.Lstat(filepath.Join(d, witness.RequestFile))
		return err == nil
	}
	if is(dir) {
		return []string{dir}, nil
	}
	list, err := os.ReadDir(dir)
	for _, f := range list {
		if d := filepath.Join(dir, f.Name()); f.IsDir() && is(d) {
			dirs = append(dirs, d)
		}
	}
	if err == nil && len(dirs) == 0 {
		err = message.Errorf("%s: no submission is there: rasure log submit makes one", dir)
	}
	return dirs, err
}

// WriteAnswer writes an answer beside its request. A station that was rolled back gets the checkpoint that the hub has cosigned, which shows it.
func WriteAnswer(dir string, a Answer) error {
	if a.Signed != nil {
		if err := durable.WriteFile(filepath.Join(dir, witness.AnswerFile), a.Signed, 0o644); err != nil {
			return err
		}
	}
	refusal := filepath.Join(dir, witness.RefusalFile)
	if a.Err == nil {
		if err := os.Remove(refusal); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return durable.WriteFile(refusal, []byte(strconv.Itoa(int(a.Status))+" "+a.Err.Error()+"\n"), 0o644)
}
