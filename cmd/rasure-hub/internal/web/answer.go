package web

import (
	"bytes"
	"net/http"
	"time"
)

// answerTime is how long a client may take to read an answer.
const answerTime = time.Minute

// answer is what a handler answers. It is sent when the handler has ended, so that a client that reads slowly keeps no place that others wait for.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the headers.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write adds to the body.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// send sends the answer.
func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	// A recorder of a test has no connection.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
	w.WriteHeader(max(a.status, http.StatusOK))
	a.body.WriteTo(w)
}
