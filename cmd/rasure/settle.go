package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/wipe"
)

// seal signs the certificate and keeps it in the job's file: from here on there is one certificate, whatever is killed.
func (j *job) seal(st *station, r wipe.Report) error {
	j.outcome, j.exceptions = r.Outcome, r.Exceptions
	return j.jobFile.seal(st, r)
}

func (f *jobFile) seal(st *station, r wipe.Report) error {
	f.Reason = resumable(r)
	f.Outcome = r.Outcome
	var err error
	f.Base, err = underFreeName(fileBase(f.Disk, r.Ended), func(base string) error {
		if _, err := os.Lstat(filepath.Join(f.Dir, base+".cert")); err == nil {
			return fs.ErrExist
		}
		cert, evidence, err := issue.Seal(r, f.Facts, base+".extents", st.signer)
		if err != nil {
			return err
		}
		if evidence != nil {
			if err := durable.WriteNew(filepath.Join(f.Dir, base+".extents"), evidence, 0o644); err != nil {
				return fmt.Errorf("keeping the list of extents: %w", err)
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

// underFreeName calls keep with base, base-2, base-3 and so on, until there is no file of that name yet. Within one second two
// jobs can come upon one name: their disks' serial numbers may differ only in what no file name can bear.
func underFreeName(base string, keep func(base string) error) (name string, err error) {
	name = base
	for i := 2; i <= 1000; i++ {
		if err = keep(name); !errors.Is(err, fs.ErrExist) {
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

// settle brings the sealed certificate into the log, and certificate and proof into their files. Every step may have been
// done by a process that was killed right after it.
func (j *job) settle(st *station) error {
	index, certPath, proofPath, err := j.jobFile.settle(st)
	j.index, j.certPath, j.proofPath = index, certPath, proofPath
	return err
}

func (f *jobFile) settle(st *station) (index int64, certPath, proofPath string, err error) {
	base, fileErr := underFreeName(f.Base, func(base string) error { // first: if the log takes no more, this is what is left
		return durable.WriteNew(filepath.Join(f.Dir, base+".cert"), f.Sealed, 0o644)
	})
	base = filepath.Join(f.Dir, base)
	if fileErr == nil {
		certPath = base + ".cert"
	}
	if index, err = f.log(st); err != nil {
		return -1, certPath, "", errors.Join(fileErr, err)
	}
	proof, err := st.log.Prove(index)
	if err != nil {
		return index, certPath, "", errors.Join(fileErr, fmt.Errorf("proving entry %d: %w", index, err))
	}
	if err := errors.Join(fileErr, durable.WriteFile(base+".tlog-proof", proof, 0o644)); err != nil {
		return index, certPath, "", fmt.Errorf("keeping the certificate, entry %d of the log, and its proof: %w", index, err)
	}
	proofPath = base + ".tlog-proof"
	if f.Reason == "" {
		return index, certPath, proofPath, f.drop()
	}
	sum := sha256.Sum256(f.Sealed)
	f.Facts.Resumes = &certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
	f.interrupted(f.Reason)
	f.Sealed, f.Base, f.Reason, f.Phase = nil, "", "", halted
	return index, certPath, proofPath, f.save()
}

// log appends the sealed certificate, unless a process before has done so.
func (f *jobFile) log(st *station) (int64, error) {
	index, err := f.find(st, f.Sealed)
	if err != nil || index >= 0 {
		return index, err
	}
	index, err = st.log.Append(f.Sealed)
	switch {
	case errors.Is(err, logs.ErrUnfinished):
		return -1, fmt.Errorf("the certificate is on its way into the log, and the next wipe of the station finishes that: %w", err)
	case err != nil:
		return -1, fmt.Errorf("the certificate is not in the log; the next wipe of the station tries again: %w", err)
	}
	return index, nil
}

// find looks for an entry of this job in the log; -1 if it is not there.
func (f *jobFile) find(st *station, entry []byte) (int64, error) {
	for e, err := range st.log.Entries(f.Facts.Begin.Index) {
		if err != nil {
			return -1, err
		}
		if bytes.Equal(e.Data, entry) {
			return e.Index, nil
		}
	}
	return -1, nil
}

// genuine refuses a job file that does not fit what the station signed. It is only text: bytes of it that rotted, or that somebody put
// there, must not decide what is certified, and a certificate that does not verify would spoil the log for good.
func (f *jobFile) genuine(st *station) error {
	begin, err := certify.CheckEntry(f.Begin, st.public)
	if err != nil {
		return fmt.Errorf("its begin: %w", err)
	}
	if begin.Begin == nil || !issue.IsBegin(begin.Begin, f.Facts, f.Disk, f.Plan) {
		return errors.New("its disk, plan or medium is not that of its begin")
	}
	if i := f.Facts.Begin.Index; i != 0 {
		if entry, err := st.log.Entry(i); err != nil || !bytes.Equal(entry, f.Begin) || f.Facts.Begin.SHA256 != hexSum(entry) {
			return errors.Join(fmt.Errorf("its begin is not entry %d of the log", i), err)
		}
	}
	if err := f.newest(st); err != nil || f.Sealed == nil {
		return err
	}
	cert, err := certify.CheckEntry(f.Sealed, st.public)
	if err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	if cert.Certificate == nil || cert.Certificate.ID != f.Facts.ID {
		return errors.New("its certificate is that of another job")
	}
	return nil
}

// newest refuses a job file that is older than the log, such as one of a backup: the job would end a second time.
func (f *jobFile) newest(st *station) error {
	var last *certify.EntryRef
	for e, err := range st.log.Entries(f.Facts.Begin.Index) {
		if err != nil {
			return err
		}
		i, entry := e.Index, e.Data
		if i == f.Facts.Begin.Index || certify.KindOf(entry) != certify.KindCertificate || !bytes.Contains(entry, []byte(f.Facts.ID)) || bytes.Equal(entry, f.Sealed) {
			continue
		}
		c, err := certify.CheckEntry(entry, st.public)
		if err != nil {
			return fmt.Errorf("entry %d of the log: %w", i, err)
		}
		if c.Certificate.ID == f.Facts.ID {
			ref := c.Refer(i)
			last = &ref
		}
	}
	if last != nil && (f.Facts.Resumes == nil || *f.Facts.Resumes != *last) {
		return fmt.Errorf("the log has a certificate of it that it does not know of, entry %d", last.Index)
	}
	return nil
}

// began says whether the job's begin is in the log. A process may have been killed between the log and the job's file.
func (f *jobFile) began(st *station) (bool, error) {
	if f.Facts.Begin.Index > 0 {
		return true, nil
	}
	index, err := f.find(st, f.Begin)
	if err != nil || index < 0 {
		return false, err
	}
	sum := sha256.Sum256(f.Begin)
	f.Facts.Begin = certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
	if f.Phase == starting {
		f.Phase = running
	}
	return true, f.save()
}
