package cli

import (
	"bufio"
	"context"
	"errors"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// What [ReadLine] fails with.
var (
	ErrNothingTyped = message.New("nothing was typed")
	ErrLineTooLong  = message.New("the line is too long")
)

// ReadLine reads one line, or stops when the operator presses Ctrl-C. The reader is left waiting then; the program ends. A line that is
// longer than the buffer of r is an error: an endless one, of /dev/zero, must not be read to its end.
func ReadLine(ctx context.Context, r *bufio.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	ch := make(chan answer, 1)
	go func() {
		line, err := r.ReadSlice('\n')
		ch <- answer{string(line), err}
	}()
	select {
	case <-ctx.Done():
		return "", message.Errorf("%w: nothing was erased", fault.ErrInterrupted)
	case got := <-ch:
		switch {
		case errors.Is(got.err, bufio.ErrBufferFull):
			return "", fault.Refuse(ErrLineTooLong)
		case got.err != nil && got.line == "":
			return "", fault.Refusef("%w: nothing was erased", ErrNothingTyped)
		}
		return strings.TrimSpace(got.line), nil
	}
}
