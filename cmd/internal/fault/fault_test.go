package fault

import (
	"errors"
	"fmt"
	"testing"

	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

func TestCode(t *testing.T) {
	plain := errors.New("no")
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"none":                      {nil, 0},
		"plain":                     {plain, 1},
		"usage":                     {Usagef("no"), 2},
		"usage, wrapped":            {fmt.Errorf("wipe: %w", Usage(plain)), 2},
		"incomplete":                {Incomplete(plain), 3},
		"rule":                      {Refusef("no"), 4},
		"hazard":                    {&devices.RefusedError{}, 4},
		"another disk":              {&devices.ChangedError{}, 4},
		"partition":                 {&devices.PartitionError{}, 4},
		"ambiguous":                 {&devices.AmbiguousError{}, 4},
		"image":                     {fmt.Errorf("x: %w", devices.ErrImage), 4},
		"no purge":                  {wipe.ErrPurgeUnavailable, 4},
		"zoned":                     {wipe.ErrZoned, 4},
		"not verified":              {WithHint(NotVerifiedf("no"), "look"), 5},
		"not verified, by audit":    {fmt.Errorf("log: %w", &audit.Failure{Err: plain}), 5},
		"interrupted":               {NotVerified(message.Errorf("%w: half read", ErrInterrupted)), 6},
		"outcome verified":          {Outcome(wipe.Verified), 0},
		"outcome with exceptions":   {Outcome(wipe.CompletedWithExceptions), 3},
		"outcome interrupted":       {Outcome(wipe.Interrupted), 6},
		"outcome failed":            {Outcome(wipe.Failed), 1},
		"outcome unknown":           {Outcome(wipe.Unknown), 1},
		"refused and printed":       {Printed(Refusef("no")), 4},
		"failed outcome of a rule":  {errors.Join(Outcome(wipe.Failed), Refusef("no")), 1},
		"hint does not change code": {WithHint(Refusef("no"), "ask %s", "li"), 4},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
}

func TestWorstCode(t *testing.T) {
	for want, codes := range map[int][]int{
		Done:        {Done, Done},
		Exceptions:  {Done, Exceptions},
		Interrupted: {Interrupted, Exceptions},
		Refused:     {Refused, Done, BadUsage, Interrupted},
		Failed:      {Failed, Refused},
		Unverified:  {Done, Unverified, Failed, Refused},
	} {
		if got := WorstCode(codes...); got != want {
			t.Errorf("of %v the worst is %d, want %d", codes, got, want)
		}
		if got := Code(Coded(want)); got != want || !Quiet(Coded(want)) {
			t.Errorf("Coded(%d) ends with exit code %d", want, got)
		}
	}
	if WorstCode() != Done {
		t.Error("without a result there is nothing wrong")
	}
}

func TestQuiet(t *testing.T) {
	if !Quiet(nil) || !Quiet(Outcome(wipe.Failed)) || !Quiet(Printed(errors.New("no"))) || Quiet(Usagef("no")) {
		t.Error("Quiet is wrong")
	}
}

func TestHintOf(t *testing.T) {
	err := fmt.Errorf("x: %w", WithHint(Refusef("%s is mounted", "sda"), "unmount %s", "sda"))
	if h, ok := HintOf(err); !ok || h.String() != "unmount sda" {
		t.Errorf("HintOf: %q, %v", h, ok)
	}
	if _, ok := HintOf(Usagef("no")); ok {
		t.Error("HintOf found a hint where there is none")
	}
	if got := message.In(message.Marked, WithHint(Refusef("%s is mounted", "sda"), "unmount it")); got != "⟦⟨sda⟩ is mounted⟧" {
		t.Errorf("a kind hides the message: %s", got)
	}
}

func TestWorst(t *testing.T) {
	if got := Worst([]wipe.Outcome{wipe.Verified, wipe.Interrupted, wipe.CompletedWithExceptions}); got != wipe.Interrupted {
		t.Errorf("got %s", got)
	}
	if got := Worst(nil); got != wipe.Verified {
		t.Errorf("of none: %s", got)
	}
}
