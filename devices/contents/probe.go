package contents

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"time"

	"rasure/cmd/message"
)

// ChildArgument is the first argument of a child that [Probe] starts; main calls [Child] when it sees it.
const ChildArgument = "internal-contents"

// Limits: our choice. The child has less processor time than the parent gives it, so that usually the child ends by itself.
const (
	limitWall   = 15 * time.Second // the parent kills the child then
	limitDying  = 2 * time.Second  // a child in an uninterruptible read cannot be killed; then it is left behind
	limitAlarm  = 20 * time.Second // the child ends itself
	limitCPU    = 10               // seconds, RLIMIT_CPU
	limitData   = 512 << 20        // bytes, RLIMIT_DATA
	limitHeap   = 256 << 20        // bytes; the garbage collector works harder from there on
	limitStack  = 64 << 20         // bytes
	limitOutput = 1 << 20          // bytes
	limitErrors = 4 << 10          // bytes of stderr that are kept
)

var (
	errTooLong   = message.New("its output is too long")
	errMalformed = message.New("its output is malformed")
	errCutShort  = message.New("it stopped before the end")
)

// receive reads the findings of a child, one a line, until the last.
func receive(r io.Reader, s *Summary) error {
	limited := &io.LimitedReader{R: r, N: limitOutput}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, limitOutput)
	for lines.Scan() {
		var f finding
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			if limited.N == 0 {
				return errTooLong
			}
			return errMalformed
		}
		if f.Done {
			return nil
		}
		s.add(f)
	}
	switch err := lines.Err(); {
	case limited.N == 0:
		return errTooLong
	case err != nil:
		return err
	}
	return errCutShort
}

// send prints the findings, one a line.
func send(w io.Writer, r io.ReaderAt, size int64, block int) error {
	e := json.NewEncoder(w)
	var failed error
	emit := func(f finding) {
		if err := e.Encode(f); err != nil && failed == nil {
			failed = err
		}
	}
	if err := examine(r, size, block, emit); err != nil {
		return err
	}
	emit(finding{Done: true})
	return failed
}

// died notes that a child did not finish. Its stderr is a line of Go's runtime, or hostile.
func (s *Summary) died(cause error, stderr []byte) {
	line, _, _ := bytes.Cut(bytes.TrimSpace(stderr), []byte("\n"))
	if len(line) > 0 {
		cause = message.Errorf("%w: %s", cause, text(line, maxText))
	}
	note := message.Of("the reader of contents failed: %v", cause)
	s.Notes = append([]message.Text{note}, s.Notes[:min(len(s.Notes), maxNotes-1)]...) // first, so that a flood does not hide it
}
