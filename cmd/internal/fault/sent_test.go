package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// An error has the same kind, sentence and hint on both sides of a socket.
func TestSent(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		nil,
		message.New("100% wrong"),
		fault.Usagef("two of %s", "sda"),
		fault.WithHint(fault.Refusef("sda is mounted"), "unmount it"),
		fault.NotVerifiedf("bad"),
		fmt.Errorf("%w: nothing was erased", fault.ErrInterrupted),
		errors.Join(errors.New("one"), errors.New("two")),
	} {
		text, _ := json.Marshal(fault.Send(err, message.English))
		var s *fault.Sent
		if e := json.Unmarshal(text, &s); e != nil {
			t.Fatal(e)
		}
		got := s.Err()
		hint, _ := fault.HintOf(err)
		gotHint, _ := fault.HintOf(got)
		if fault.Code(got) != fault.Code(err) || fmt.Sprint(got) != fmt.Sprint(err) || gotHint.String() != hint.String() || errors.Is(got, fault.ErrInterrupted) != errors.Is(err, fault.ErrInterrupted) {
			t.Errorf("%v (%d) arrived as %v (%d), hint %v", err, fault.Code(err), got, fault.Code(got), gotHint)
		}
	}
}
