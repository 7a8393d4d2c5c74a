package devices

import "context"

// await runs work, which may wait in the kernel for a drive that does not answer and cannot be called back from there. It returns when work has
// ended or ctx ends; a result that comes too late goes to late, which may be nil.
func await[T any](ctx context.Context, work func() (T, error), late func(T)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if ctx.Done() == nil {
		return work()
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result) // nobody may be left to receive
	go func() {
		value, err := work()
		select {
		case done <- result{value, err}:
		case <-ctx.Done():
			if err == nil && late != nil {
				late(value)
			}
		}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
