package fault

import "rasure/cmd/message"

// Sent is an error on its way to another process: its kind, and its sentences in the language of the reader.
type Sent struct {
	Code int    `json:"code"` // as [Code] gives it
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// Send returns err for another process; nil if there is no error.
func Send(err error, l message.Language) *Sent {
	if err == nil {
		return nil
	}
	s := &Sent{Code: Code(err), Text: message.In(l, err)}
	if hint, ok := HintOf(err); ok {
		s.Hint = hint.In(l)
	}
	return s
}

// Err returns the error that was sent, with its code and its hint; nil if s is nil.
func (s *Sent) Err() error {
	if s == nil {
		return nil
	}
	var err error = kind{message.New(s.Text), s.Code}
	if s.Code == Interrupted {
		err = interrupted{err}
	}
	if s.Hint != "" {
		err = WithHint(err, "%s", s.Hint)
	}
	return err
}

// interrupted is an [ErrInterrupted] that another process sent.
type interrupted struct{ error }

func (i interrupted) Unwrap() error      { return i.error }
func (interrupted) Is(target error) bool { return target == ErrInterrupted }
