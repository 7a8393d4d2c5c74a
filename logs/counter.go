package logs

import "fmt"

// ahead returns how many entries more the counter has counted than the log has.
func (l *Log) ahead() (int64, error) {
	if l.o.Counter == nil {
		return 0, nil
	}
	v, err := l.o.Counter.Read()
	if err != nil {
		return 0, fmt.Errorf("reading the counter: %w", err)
	}
	return int64(v - l.o.Base - uint64(l.cp.Size)), nil
}

// counted refuses a log that the counter contradicts.
func (l *Log) counted() error {
	ahead, err := l.ahead()
	if err != nil || ahead == 0 {
		return err
	}
	return l.refusal(ahead)
}

func (l *Log) refusal(ahead int64) error {
	err := ErrCutBack
	if ahead < 0 {
		err = ErrCounterBehind
	}
	return fmt.Errorf("%w: the counter says %d entries, the log has %d", err, l.cp.Size+ahead, l.cp.Size)
}

// count increments the counter for the entry that makes the log's size.
func (l *Log) count(size int64) error {
	if l.o.Counter == nil {
		return nil
	}
	v, err := l.o.Counter.Increment()
	if err != nil {
		return fmt.Errorf("incrementing the counter: %w", err)
	}
	if want := l.o.Base + uint64(size); v != want {
		return fmt.Errorf("incrementing the counter: it is %d now, not %d: somebody else uses it", v, want)
	}
	return nil
}
