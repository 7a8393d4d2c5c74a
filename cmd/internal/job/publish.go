package job

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/annex"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/wipe"
)

// published is where a certificate is.
type published struct {
	index       int64  // in the log; -1 where it is not in the log
	certificate string // path; "" where it could not be written
	proof       string // path; "" where there is none
}

// seal signs the certificate and saves it in the job's file: from here on there is one certificate, whatever is killed.
func (f *file) seal(st *station.Station, r wipe.Report) error {
	f.Reason = resumable(r)
	f.Outcome = r.Outcome
	f.endSession(f.Reason)
	var err error
	f.Base, err = UnderFreeName(f.baseName(r.Ended), func(base string) error {
		if _, err := os.Lstat(filepath.Join(f.Dir, base+".cert")); err == nil {
			return fs.ErrExist
		}
		cert, evidence, err := f.sign(st, r, base+".extents")
		if err != nil {
			return err
		}
		if evidence != nil {
			if err := f.checkDir(); err != nil {
				return message.Errorf("saving the list of extents: %w", err)
			}
			if err := durable.WriteNew(filepath.Join(f.Dir, base+".extents"), evidence, 0o644); err != nil {
				return message.Errorf("saving the list of extents: %w", err)
			}
		}
		f.Sealed, f.Phase = cert, sealed
		return nil
	})
	if err != nil {
		return err
	}
	return f.save()
}

// baseName names the files of a certificate after the disk and the end of the job; the certificate of a disk without a serial number of its own after
// the job, so that those of two disks that were in one socket are never alike.
func (f *file) baseName(ended time.Time) string {
	return issue.FileWord(issue.DiskOf(f.Disk, f.Facts), f.Facts.ID) + "-" + ended.UTC().Format("20060102T150405Z")
}

// UnderFreeName calls save with base, base-2, base-3 and so on, until it returns an error other than [fs.ErrExist], or none. Within one
// second two jobs may want one name: the serial numbers of their disks may differ only in what a file name cannot hold.
func UnderFreeName(base string, save func(base string) error) (name string, err error) {
	name = base
	for i := 2; i <= 1000; i++ {
		if err = save(name); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return base, err
}

// resumable returns why a job ended early that can be resumed; "" if it ended for good.
func resumable(r wipe.Report) string {
	switch {
	case r.Outcome == wipe.Interrupted:
		return "interrupted"
	case r.Outcome == wipe.Failed && slices.ContainsFunc(r.Exceptions, func(e wipe.Exception) bool { return e.Code == wipe.CodeDeviceLost }):
		return "device-lost"
	}
	return ""
}

// publish brings the sealed certificate into the log, and certificate and proof into their files. Each step may have been done by a
// process that was killed right after it.
func (f *file) publish(st *station.Station) (p published, err error) {
	p.index = -1
	if log, err := st.Snapshot(); err == nil { // what is wrong with it otherwise is said when the certificate is appended
		if err := f.renew(st, log); err != nil {
			return p, err
		}
	}
	base, fileErr := "", f.checkDir()
	if fileErr == nil { // first: if the log takes no more, this is what is left
		base, fileErr = UnderFreeName(f.Base, func(base string) error {
			return durable.WriteNew(filepath.Join(f.Dir, base+".cert"), f.Sealed, 0o644)
		})
	}
	base = filepath.Join(f.Dir, base)
	if fileErr == nil {
		p.certificate = base + ".cert"
	}
	ref, err := f.append(st)
	if err != nil {
		return p, errors.Join(fileErr, err)
	}
	p.index = ref.Index
	if fileErr != nil {
		return p, message.Errorf("saving the certificate, entry %d of the log: %w", ref.Index, fileErr)
	}
	if err := annex.Copy(st.Path("."), f.Sealed, base+annex.Suffix); err != nil {
		return p, message.Errorf("saving the annex of the certificate, entry %d of the log: %w", ref.Index, err)
	}
	proof, err := st.Log().ProveFixed(ref.Index)
	if err != nil {
		return p, message.Errorf("proving entry %d: %w", ref.Index, err)
	}
	if err := durable.WriteFile(base+".tlog-proof", proof, 0o644); err != nil {
		return p, message.Errorf("saving the proof of the certificate, entry %d of the log: %w", ref.Index, err)
	}
	p.proof = base + ".tlog-proof"
	if f.Reason == "" {
		return p, f.remove()
	}
	f.Facts.Resumes = &ref
	f.interrupted(f.Reason)
	f.Sealed, f.Base, f.Reason, f.Phase = nil, "", "", halted
	return p, f.save()
}

// append appends the sealed certificate, unless an earlier process has done so.
func (f *file) append(st *station.Station) (certify.EntryRef, error) {
	log, err := st.Snapshot()
	if err != nil {
		return certify.EntryRef{}, err
	}
	ref, err := find(log, f.Facts.Begin.Index, f.Sealed)
	if err != nil {
		return certify.EntryRef{}, err
	}
	if ref != nil {
		return *ref, nil
	}
	index, err := st.Append(f.Sealed)
	switch {
	case errors.Is(err, logs.ErrUnfinished):
		return certify.EntryRef{}, message.Errorf("the certificate is not in the log yet; the next wipe of the station finishes that: %w", err)
	case err != nil:
		return certify.EntryRef{}, message.Errorf("the certificate is not in the log; the next wipe of the station tries again: %w", err)
	}
	return refTo(index, f.Sealed), nil
}

func refTo(index int64, entry []byte) certify.EntryRef {
	sum := sha256.Sum256(entry)
	return certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
}
