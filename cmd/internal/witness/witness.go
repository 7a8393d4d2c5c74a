// Package witness is the station's side of a witness (c2sp.org/tlog-witness), without a network: it writes requests as files and reads answers
// from files. A stick carries them, or rasure-hub push does.
package witness

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Names in the directory of a submission.
const (
	RequestFile = "add-checkpoint" // the body of the request; what was written last
	AnswerFile  = "cosigned"       // the checkpoint with the cosignature, or the one that the witness has cosigned last
	RefusalFile = "refused"        // why nothing was cosigned
)

// KeysFile, in the state directory, has the public keys of the witnesses whose answers were received, a line each.
const KeysFile = "witnesses"

// wait is how long an append by another process is waited for.
const wait = time.Minute

// Submit writes a submission to a new directory: the files that a witness with since entries of the log has not, and the request. since is -1 for
// the number that a witness has cosigned, as far as the station knows, which it returns.
func Submit(s *logs.Snapshot, files fs.FS, dir string, since int64) (int64, error) {
	if since < 0 {
		var err error
		if since, err = cosignedSize(s, files); err != nil {
			return 0, err
		}
	}
	if since > s.Size() {
		return 0, fault.Refusef("the log has %d entries: there is no entry %d", s.Size(), since-1)
	}
	proof, err := s.ProveConsistency(since)
	if err == nil {
		err = s.ExportSince(dir, since)
	}
	if err != nil {
		return 0, err
	}
	r := fleet.Request{Old: since, Proof: proof, Checkpoint: s.Signed()}
	return since, durable.WriteNew(filepath.Join(dir, RequestFile), r.Bytes(), 0o644)
}

// cosignedSize is how many entries a witness has cosigned, as far as the station knows. A log that has not these entries is not submitted.
func cosignedSize(s *logs.Snapshot, files fs.FS) (int64, error) {
	kept, err := logs.ReadCosigned(files)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	cp, err := s.CheckCosigned(kept)
	return cp.Size, err
}

// Receive keeps the answer of a witness: a cosigned checkpoint. by is the witness's key, which is remembered, or nil for those that are. If the
// witness has cosigned more entries than the log has, or others, the answer is kept and the error says so: the log was cut back or replaced.
func Receive(s *logs.Snapshot, stateDir, logDir string, answer []byte, by *logs.Cosigner) (logs.Checkpoint, *logs.Cosigner, error) {
	known, err := Keys(stateDir)
	if err != nil {
		return logs.Checkpoint{}, nil, err
	}
	all := known
	if by != nil {
		all = []*logs.Cosigner{by}
	}
	if len(all) == 0 {
		return logs.Checkpoint{}, nil, fault.WithHint(fault.Usage(message.New("no key of a witness is known here")), "give the key of the witness: --witness FILE; rasure-hub key prints it")
	}
	for _, w := range all {
		if _, err = w.CosignedAt(answer); err == nil {
			by = w
			break
		}
	}
	if err != nil {
		return logs.Checkpoint{}, nil, fault.NotVerified(err)
	}
	cp, err := logs.KeepCosigned(logDir, s.Identity(), answer, by, wait)
	switch {
	case errors.Is(err, logs.ErrNewer):
		return cp, by, fault.Refuse(err)
	case err != nil:
		return cp, by, fault.NotVerified(err)
	}
	if err := remember(stateDir, known, by); err != nil {
		return cp, by, err
	}
	_, err = s.CheckCosigned(answer)
	return cp, by, err
}

// Keys returns the keys of the witnesses that a station knows.
func Keys(stateDir string) (all []*logs.Cosigner, err error) {
	text, err := durable.ReadFile(filepath.Join(stateDir, KeysFile), 1<<16)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		w, err := logs.ParseCosigner(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, message.Errorf("%s: %w", filepath.Join(stateDir, KeysFile), err)
		}
		all = append(all, w)
	}
	return all, nil
}

// remember adds the key of a witness to those that the station knows.
func remember(stateDir string, known []*logs.Cosigner, by *logs.Cosigner) error {
	text := ""
	for _, w := range known {
		if w.String() == by.String() {
			return nil
		}
		text += w.String() + "\n"
	}
	return durable.WriteFile(filepath.Join(stateDir, KeysFile), []byte(text+by.String()+"\n"), os.FileMode(0o644))
}
