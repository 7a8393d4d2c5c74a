package job

import (
	"bytes"
	"errors"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
)

// checkSigned refuses a job file that does not match what the station signed. It is only text: bytes of it that rotted, or that somebody
// put there, must not decide what is certified, and a certificate that does not verify would damage the log for good.
func (f *file) checkSigned(st *station.Station, log *logs.Snapshot) error {
	begin, err := certify.CheckEntry(f.Begin, st.PublicKey())
	if err != nil {
		return message.Errorf("its begin: %w", err)
	}
	if f.unknown() { // nothing but its certificate is taken from the file
		if begin.Begin == nil || begin.Begin.ID != f.Facts.ID {
			return message.New("its begin is that of another job")
		}
	} else if !issue.IsBegin(begin, f.Facts, f.Disk, f.Plan) {
		return message.New("its disk, plan or medium is not that of its begin")
	} else if err := f.checkSeed(begin, log); err != nil {
		return err
	}
	if i := f.Facts.Begin.Index; i != 0 {
		if entry, err := log.Entry(i); err != nil || !bytes.Equal(entry, f.Begin) || f.Facts.Begin != refTo(i, entry) {
			return errors.Join(message.Errorf("its begin is not entry %d of the log", i), err)
		}
	}
	if err := f.checkNotStale(st, log); err != nil || f.Sealed == nil {
		return err
	}
	cert, err := certify.CheckEntry(f.Sealed, st.PublicKey())
	if err != nil {
		return message.Errorf("its certificate: %w", err)
	}
	if cert.Certificate == nil || cert.Certificate.ID != f.Facts.ID {
		return message.New("its certificate is that of another job")
	}
	return nil
}

// unknown reports whether the file is of a job of which nothing was saved: its certificate is signed, and that is all.
func (r *record) unknown() bool { return r.Phase == sealed && r.Plan.Scheme.ID == "" }

// checkNotStale refuses a job file that is older than the log, such as one of a backup: the job would end a second time.
func (f *file) checkNotStale(st *station.Station, log *logs.Snapshot) error {
	var last *certify.EntryRef
	for e, err := range log.Entries(min(f.Facts.Begin.Index+1, log.Size())) {
		if err != nil {
			return err
		}
		if !certify.IsCertificate(certify.KindOf(e.Data)) || !bytes.Contains(e.Data, []byte(f.Facts.ID)) || certify.SameStatement(e.Data, f.Sealed) {
			continue
		}
		c, err := certify.CheckEntry(e.Data, st.PublicKey())
		if err != nil {
			return message.Errorf("entry %d of the log: %w", e.Index, err)
		}
		if c.Certificate.ID == f.Facts.ID {
			ref := c.Refer(e.Index)
			last = &ref
		}
	}
	if last != nil && (f.Facts.Resumes == nil || *f.Facts.Resumes != *last) {
		return message.Errorf("the log has a certificate of it that it does not know of, entry %d", last.Index)
	}
	return nil
}

// findBegin reports whether the job's begin is in the log. A process may have been killed between the log and the job's file.
func (f *file) findBegin(log *logs.Snapshot) (bool, error) {
	if f.Facts.Begin.Index > 0 {
		return true, nil
	}
	ref, err := find(log, 0, f.Begin)
	if err != nil || ref == nil {
		return false, err
	}
	f.Facts.Begin = *ref
	if f.Phase == starting {
		f.Phase = running
	}
	return true, f.save()
}

// find looks for a statement among the entries from an index on; nil if it is not there.
func find(log *logs.Snapshot, from int64, statement []byte) (*certify.EntryRef, error) {
	for e, err := range log.Entries(min(from, log.Size())) {
		if err != nil {
			return nil, err
		}
		if certify.SameStatement(e.Data, statement) {
			ref := refTo(e.Index, e.Data)
			return &ref, nil
		}
	}
	return nil, nil
}
