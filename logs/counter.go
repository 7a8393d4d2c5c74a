package logs

import (
	"io/fs"
	"time"

	"rasure/cmd/message"
)

// Counter is a monotonic counter outside the directory that nobody can turn back.
type Counter interface {
	Read() (uint64, error)
	Increment() (uint64, error) // returns the new value
}

// ReadCounted is [ReadSnapshot] that also compares the log with its counter: [ErrCutBack] or [ErrCounterBehind] if they differ. It
// takes no lock. An entry that is being appended, or that a crash has left unfinished, may be counted already.
func ReadCounted(dir fs.FS, p Identity, c Counter) (*Snapshot, error) {
	const tries, pause = 50, 20 * time.Millisecond // others append meanwhile, a second each with a slow TPM
	for try := 1; ; try++ {
		s, err := ReadSnapshot(dir, p)
		if err != nil {
			return nil, err
		}
		lead, err := counterLead(c, p, s.cp.Size)
		if err != nil {
			return nil, err
		}
		if lead == 1 && s.Unfinished() {
			lead = 0
		}
		switch {
		case lead == 0:
			return s, nil
		case lead < 0 || try == tries:
			return nil, contradiction(lead, s.cp.Size)
		}
		time.Sleep(pause)
	}
}

// Unfinished reports whether the entry behind the snapshot is being appended, or was left unfinished by a crash.
func (s *Snapshot) Unfinished() bool {
	data, err := readFile(s.fsys, intentFile, maxIntent)
	if err != nil {
		return false
	}
	in, err := parseIntent(data)
	return err == nil && in.checkpoint.Size == s.cp.Size+1
}

// counterLead is [Identity.Lead] of the counter as it is now.
func counterLead(c Counter, p Identity, size int64) (int64, error) {
	v, err := c.Read()
	if err != nil {
		return 0, message.Errorf("reading the counter: %w", err)
	}
	return p.Lead(v, size), nil
}

// lead is counterLead of this log, 0 if it has no counter.
func (l *Log) lead() (int64, error) {
	if l.o.Counter == nil {
		return 0, nil
	}
	return counterLead(l.o.Counter, l.o.Identity, l.cp.Size)
}

// checkCounter refuses a log that the counter contradicts.
func (l *Log) checkCounter() error {
	lead, err := l.lead()
	if err != nil || lead == 0 {
		return err
	}
	return contradiction(lead, l.cp.Size)
}

func contradiction(lead, size int64) error {
	if lead < 0 {
		return kindf(ErrCounterBehind, "the log is newer than the counter: the counter says %d entries, the log has %d; the TPM is another one, or was reset", size+lead, size)
	}
	return kindf(ErrCutBack, "the log was cut back or replaced: the counter says %d entries, the log has %d", size+lead, size)
}

// incrementCounter counts the entry that makes the log's size.
func (l *Log) incrementCounter(size int64) error {
	if l.o.Counter == nil {
		return nil
	}
	v, err := l.o.Counter.Increment()
	if err != nil {
		return message.Errorf("incrementing the counter: %w", err)
	}
	if want := l.o.counted(size); v != want {
		return message.Errorf("incrementing the counter: it is %d now, not %d: another process uses it", v, want)
	}
	return nil
}
