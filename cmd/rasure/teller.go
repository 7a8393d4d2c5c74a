package main

import (
	"io"
	"slices"
	"sync"
	"time"
)

// deaf is for how long a reader may take nothing before he is told no more. What we chose: one that is only slow takes something.
const deaf = 15 * time.Second

// teller writes lines for a reader who may be slow, asleep or gone, and never keeps anybody waiting who has something to tell: with
// a full pipe on stderr the jobs themselves stood still once. Of the lines that are not taken yet it keeps every lasting one, and the
// last of each bar.
type teller struct {
	out     io.Writer
	patient bool // the reader is waited for however long he takes nothing: it is a terminal, stopped by Ctrl-S

	mu    sync.Mutex // guards what follows
	queue []news
	begun int           // lines whose writing has begun
	idle  chan struct{} // closed when all is written; nil: it is
}

type news struct {
	by      *bar
	line    string
	lasting bool
}

// tell has a line written, soon, that ends in a newline. One that is not lasting gives way to the next of its bar.
func (t *teller) tell(by *bar, line string, lasting bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue = slices.DeleteFunc(t.queue, func(n news) bool { return n.by == by && !n.lasting })
	t.queue = append(t.queue, news{by, line, lasting})
	if t.idle == nil {
		t.idle = make(chan struct{})
		go t.write(t.idle)
	}
}

// write ends when there is nothing left to tell. A line is one call, which a pipe takes as a whole up to 4096 bytes (pipe(7),
// PIPE_BUF): none is torn when the process ends.
func (t *teller) write(idle chan struct{}) {
	defer close(idle)
	for line, ok := t.next(); ok; line, ok = t.next() {
		io.WriteString(t.out, line) // an error: the reader has gone, and the jobs go on without him
	}
}

func (t *teller) next() (line string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.idle = nil
		return "", false
	}
	line = t.queue[0].line
	t.queue = t.queue[1:]
	t.begun++
	return line, true
}

// flush waits until all is written; false: the reader is deaf.
func (t *teller) flush() bool {
	for before := -1; ; {
		t.mu.Lock()
		begun, idle := t.begun, t.idle
		t.mu.Unlock()
		if idle == nil {
			return true
		}
		if begun == before && !t.patient {
			return false
		}
		before = begun
		select {
		case <-idle:
			return true
		case <-time.After(deaf):
		}
	}
}
