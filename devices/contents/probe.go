package contents

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// ChildArgument is the first argument of a child that [Probe] starts; main calls [Child] when it sees it.
const ChildArgument = "internal-contents"

// Limits, all ours. The child has less time than the parent gives it, so that usually it is the child that ends.
const (
	limitWall   = 15 * time.Second // the parent kills the child then
	limitDying  = 2 * time.Second  // a child in an uninterruptible read does not even die; then it is left behind
	limitAlarm  = 20 * time.Second // the child ends itself, if nobody else does
	limitCPU    = 10               // seconds, RLIMIT_CPU
	limitData   = 512 << 20        // bytes, RLIMIT_DATA
	limitHeap   = 256 << 20        // bytes, at which the collector works harder
	limitStack  = 64 << 20         // bytes
	limitOutput = 1 << 20          // bytes
	limitErrors = 4 << 10          // bytes of stderr that are kept
)

var (
	errTooLong   = errors.New("it said too much")
	errMalformed = errors.New("what it said makes no sense")
	errCutShort  = errors.New("it stopped before it was done")
)

// listen takes in what a child says, a line at a time, until it is done.
func listen(r io.Reader, s *Summary) error {
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

// speak prints what is found, one step of knowledge a line.
func speak(w io.Writer, r io.ReaderAt, size int64, block int) error {
	e := json.NewEncoder(w)
	var failed error
	tell := func(f finding) {
		if err := e.Encode(f); err != nil && failed == nil {
			failed = err
		}
	}
	if err := look(r, size, block, tell); err != nil {
		return err
	}
	tell(finding{Done: true})
	return failed
}

// died notes that a child did not finish. What it printed on stderr is a line of Go's runtime, or hostile.
func (s *Summary) died(why error, stderr []byte) {
	said, _, _ := bytes.Cut(bytes.TrimSpace(stderr), []byte("\n"))
	if len(said) > 0 {
		why = fmt.Errorf("%w: %s", why, said)
	}
	note := text(fmt.Appendf(nil, "the reader of contents died: %v", why), maxNote)
	s.Notes = append([]string{note}, s.Notes[:min(len(s.Notes), maxNotes-1)]...) // first, lest a flood hides it
}
