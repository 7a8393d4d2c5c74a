package progress

import (
	"io"
	"slices"
	"sync"
	"time"
)

// stallTimeout is how long flush waits without progress. It is our choice: a reader that is only slow takes something in that time.
const stallTimeout = 15 * time.Second

// lineWriter writes lines for a reader that may be slow, asleep or gone, and never keeps the caller waiting. Of the lines that are not
// written yet it keeps each one marked so, and the last of each job.
type lineWriter struct {
	out     io.Writer
	patient bool // wait for the reader however long it takes nothing: it is a terminal, stopped by Ctrl-S

	mu      sync.Mutex // guards the fields below
	queue   []queuedLine
	started int           // lines whose writing has begun
	idle    chan struct{} // closed when all is written; nil: it is
}

type queuedLine struct {
	job  int
	text string
	keep bool
}

// add queues a line that ends in a newline. A line that need not be kept gives way to the next one of its job.
func (w *lineWriter) add(job int, text string, keep bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = slices.DeleteFunc(w.queue, func(l queuedLine) bool { return l.job == job && !l.keep })
	w.queue = append(w.queue, queuedLine{job, text, keep})
	if w.idle == nil {
		w.idle = make(chan struct{})
		go w.write(w.idle)
	}
}

// write ends when the queue is empty. A line is one call, which a pipe takes as a whole up to 4096 bytes (pipe(7), PIPE_BUF): none is
// torn when the process ends.
func (w *lineWriter) write(idle chan struct{}) {
	defer close(idle)
	for line, ok := w.next(); ok; line, ok = w.next() {
		io.WriteString(w.out, line) // after an error the reader has gone, and the jobs continue without it
	}
}

func (w *lineWriter) next() (line string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.idle = nil
		return "", false
	}
	line = w.queue[0].text
	w.queue = w.queue[1:]
	w.started++
	return line, true
}

// flush waits until all is written, or returns [ErrStalled].
func (w *lineWriter) flush() error {
	for before := -1; ; {
		w.mu.Lock()
		started, idle := w.started, w.idle
		w.mu.Unlock()
		if idle == nil {
			return nil
		}
		if started == before && !w.patient {
			return ErrStalled
		}
		before = started
		select {
		case <-idle:
			return nil
		case <-time.After(stallTimeout):
		}
	}
}
