package jobserver

import (
	"encoding/json"
	"net"
	"slices"
	"sync"
	"time"

	"rasure/cmd/message"
)

// outbox writes lines to a client that may read slowly, or not at all, and never keeps the caller waiting. Of news about the same thing that
// are not written yet it keeps the newest.
type outbox struct {
	conn     net.Conn
	patience time.Duration // for which a client may take nothing

	mu     sync.Mutex // guards what follows
	queue  []letter
	wake   chan struct{} // holds one
	closed bool
}

// letter is a line; about is "" for one that must reach the client.
type letter struct {
	about string
	text  []byte
}

// maxWaiting is how many lines that must arrive may wait: a client that calls and does not read is dropped. Chosen.
const maxWaiting = 10_000

var errNotReading = message.New("the client does not read")

// run writes until the outbox is closed and empty, or the client takes nothing, which is an error.
func (o *outbox) run() error {
	for {
		text, ok := o.next()
		if !ok {
			return nil
		}
		if text == nil {
			<-o.wake
			continue
		}
		o.conn.SetWriteDeadline(time.Now().Add(o.patience))
		if _, err := o.conn.Write(text); err != nil {
			return message.Errorf("%w: %w", errNotReading, err)
		}
	}
}

// next returns the next line; nil if there is none now, and false if none comes any more.
func (o *outbox) next() (text []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return nil, !o.closed
	}
	text = o.queue[0].text
	o.queue = o.queue[1:]
	return text, true
}

// add queues a line.
func (o *outbox) add(about string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if about != "" {
		o.queue = slices.DeleteFunc(o.queue, func(l letter) bool { return l.about == about })
	}
	if len(o.queue) >= maxWaiting {
		return errNotReading
	}
	o.queue = append(o.queue, letter{about, append(text, '\n')})
	o.signal()
	return nil
}

// close ends run when all is written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
