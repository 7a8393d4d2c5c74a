package jobs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// What passes through the socket of a job server. FORMAT.md specifies it.

// Protocol is the version of what passes through the socket. A peer of another version is refused.
const Protocol = 1

// The longest lines, with their newline: our choice. A state of 200 disks has 300 kB.
const (
	MaxCall  = 1 << 20
	MaxReply = 64 << 20
)

// Hello is the first line of each side.
type Hello struct {
	Protocol int              `json:"rasure-jobs"`
	Version  string           `json:"version"`         // of the program
	Language message.Language `json:"lang,omitempty"`  // of the client: in which it wants sentences
	Error    *fault.Sent      `json:"error,omitempty"` // of the server: why it serves no calls
}

// Call is a line of the client after its hello.
type Call struct {
	ID       int64     `json:"id"` // that no other call of the connection has
	Call     string    `json:"call"`
	Cancels  int64     `json:"cancels,omitempty"` // a call; of [CallCancel]
	Batch    int64     `json:"batch,omitempty"`
	Number   int       `json:"number,omitempty"` // of a disk of the batch, from 0
	Disk     string    `json:"disk,omitempty"`   // the key of its row
	Disks    []string  `json:"disks,omitempty"`
	Word     string    `json:"word,omitempty"`
	How      How       `json:"how,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Options  *Options  `json:"options,omitempty"`
	Requests []Request `json:"requests,omitempty"`
}

// The calls. All but CallCancel have replies, of which the last is done.
const (
	CallCancel  = "cancel" // ends a call that waits
	CallWatch   = "watch"
	CallPrepare = "prepare"
	CallConfirm = "confirm"
	CallLeave   = "leave"
	CallStart   = "start"
	CallFollow  = "follow"
	CallStopAll = "stop-all"
	CallLost    = "terminal-lost"
	CallClose   = "close"

	CallStop     = "stop"
	CallPause    = "pause"
	CallContinue = "continue"
	CallSeen     = "seen"
	CallLocate   = "locate"
	CallUnmount  = "unmount"
	CallArm      = "arm"
	CallDisarm   = "disarm"
	CallHold     = "hold"
)

// Reply is a line of the server after its hello.
type Reply struct {
	ID      int64       `json:"id"`             // of the call
	Done    bool        `json:"done,omitempty"` // it is the last one of the call
	Error   *fault.Sent `json:"error,omitempty"`
	State   *State      `json:"state,omitempty"`
	Batch   *Opened     `json:"batch,omitempty"`
	Number  *int        `json:"number,omitempty"`
	How     string      `json:"how,omitempty"`
	Started *Started    `json:"started,omitempty"`
	Event   *Event      `json:"event,omitempty"`
	Results []Result    `json:"results,omitempty"`
}

// Opened is a batch that was prepared.
type Opened struct {
	ID        int64         `json:"id"`
	Disks     []Prepared    `json:"disks"`
	Refused   []*fault.Sent `json:"refused"` // of each disk why it is not erased; null if it can be
	Recovered []Recovered   `json:"recovered"`
	Erasing   []job.Erasing `json:"erasing"`
}

// Started is what was begun.
type Started struct {
	Numbers    []int       `json:"numbers"` // of the disks of the batch
	Superseded []Recovered `json:"superseded"`
}

// Event is news of a job that is followed.
type Event struct {
	Job         int                  `json:"job"` // from 0, of those that were started
	Event       *wipe.Event          `json:"event,omitempty"`
	Temperature *devices.Temperature `json:"temperature,omitempty"` // nil: not known
	Outcome     wipe.Outcome         `json:"outcome,omitempty"`     // it has ended
}

// Recovered is a [job.Recovered].
type Recovered struct {
	ID    string      `json:"id"`
	Index int64       `json:"index"`
	Path  string      `json:"path"`
	Moved *fault.Sent `json:"moved,omitempty"`
}

// SendRecovered returns certificates that were recovered for another process, with sentences in language l.
func SendRecovered(all []job.Recovered, l message.Language) []Recovered {
	list := []Recovered{}
	for _, r := range all {
		list = append(list, Recovered{r.ID, r.Index, r.Path, fault.Send(r.Moved, l)})
	}
	return list
}

func receiveRecovered(list []Recovered) (all []job.Recovered) {
	for _, r := range list {
		all = append(all, job.Recovered{ID: r.ID, Index: r.Index, Path: r.Path, Moved: r.Moved.Err()})
	}
	return all
}

// Result is a [job.Result].
type Result struct {
	Disk        devices.Disk       `json:"disk"`
	Outcome     wipe.Outcome       `json:"outcome"`
	Exceptions  []wipe.Exception   `json:"exceptions"`
	Index       int64              `json:"index"`
	Certificate string             `json:"certificate"`
	Proof       string             `json:"proof"`
	Begun       bool               `json:"begun"`
	Resumable   bool               `json:"resumable"`
	Medium      *certify.MediumRef `json:"medium"`
	Operator    string             `json:"operator"`
	Errors      []*fault.Sent      `json:"errors"`
	Unsaved     *fault.Sent        `json:"unsaved,omitempty"`
	Besides     []*fault.Sent      `json:"besides"` // what failed after the certificate
}

// ResultOf returns a result for another process, with sentences in language l.
func ResultOf(r job.Result, l message.Language) Result {
	s := Result{r.Disk, r.Outcome, r.Exceptions, r.Index, r.Certificate, r.Proof, r.Begun, r.Resumable, r.Medium, r.Operator, []*fault.Sent{}, fault.Send(r.Unsaved, l), []*fault.Sent{}}
	for _, err := range r.Errs {
		s.Errors = append(s.Errors, fault.Send(err, l))
	}
	for _, err := range r.Besides {
		s.Besides = append(s.Besides, fault.Send(err, l))
	}
	return s
}

func (s Result) receive() job.Result {
	r := job.Result{Disk: s.Disk, Outcome: s.Outcome, Exceptions: s.Exceptions, Index: s.Index, Certificate: s.Certificate, Proof: s.Proof, Begun: s.Begun,
		Resumable: s.Resumable, Medium: s.Medium, Operator: s.Operator, Unsaved: s.Unsaved.Err()}
	for _, e := range s.Errors {
		r.Errs = append(r.Errs, e.Err())
	}
	for _, e := range s.Besides {
		r.Besides = append(r.Besides, e.Err())
	}
	return r
}

// ErrLine means that a line is not as the format has it: too long, cut short, or no JSON object.
var ErrLine = message.New("malformed line")

// ReadLine reads one line of at most max bytes into v. At the end, before the first byte of a line, the error is [io.EOF].
func ReadLine(r *bufio.Reader, max int, v any) error {
	line := []byte{}
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > max {
			return message.Errorf("%w: it is longer than %d bytes", ErrLine, max)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return parse(line, v)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return message.Errorf("%w: it was cut short", ErrLine)
		default:
			return err
		}
	}
}

func parse(line []byte, v any) error {
	if line = bytes.TrimSpace(line); len(line) == 0 || line[0] != '{' {
		return ErrLine
	}
	if err := json.Unmarshal(line, v); err != nil {
		return message.Errorf("%w: %v", ErrLine, err)
	}
	return nil
}

// WriteLine writes v as one line, in one write.
func WriteLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
