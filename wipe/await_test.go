package wipe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
	"rasure/wipe"
)

// scripted is an eraser whose answers after the command a test replaces: n counts them from 0, and nil is the eraser's own.
type scripted struct {
	eraser
	asked, identified, checked int
	begun                      bool
	state                      func(n int) (*devices.EraseState, error)
	identify, check, begin     func(n int) error
}

func (s *scripted) Begin(ctx context.Context, m devices.Method, secret devices.Secret) error {
	s.begun = true
	err := s.eraser.Begin(ctx, m, secret)
	if s.begin != nil {
		return s.begin(0)
	}
	return err
}

func (s *scripted) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	if s.begun && s.state != nil {
		s.asked++
		if e, err := s.state(s.asked - 1); e != nil || err != nil {
			if e == nil {
				e = &devices.EraseState{}
			}
			return *e, err
		}
	}
	return s.eraser.State(ctx, m)
}

func (s *scripted) Identify(context.Context) (devices.Identity, error) {
	if s.identify == nil {
		return devices.Identity{}, errors.ErrUnsupported
	}
	s.identified++
	return s.disk.Identity, s.identify(s.identified - 1)
}

func (s *scripted) Check() error {
	if s.begun && s.check != nil {
		s.checked++
		if err := s.check(s.checked - 1); err != nil {
			return err
		}
	}
	return s.eraser.Check()
}

var unknownAnswer = &devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Detail: message.Of("no registers"), Raw: []byte{0}}

// TestWait: one answer that cannot be read, or one error, ends nothing; an answer that stays does.
func TestWait(t *testing.T) {
	t.Parallel()
	away := errors.Join(fmt.Errorf("%w: it is resetting", devices.ErrLost), devices.ErrAway)
	removed := errors.Join(devices.ErrLost, devices.ErrRemoved)
	eio := errors.New("input/output error")
	for name, c := range map[string]struct {
		script scripted
		want   string // outcome and codes
	}{
		"an error that stays ends the waiting": {scripted{state: func(int) (*devices.EraseState, error) { return nil, errors.New("sense 2/05/00") }}, "interrupted interrupted"},
		"the same error for a quarter of an hour": {scripted{state: func(n int) (*devices.EraseState, error) {
			if n < 140 {
				return nil, eio
			}
			return nil, nil
		}}, "verified"},
		"another error each time": {scripted{state: func(n int) (*devices.EraseState, error) {
			if n < 300 {
				return nil, fmt.Errorf("error %d", n%2)
			}
			return nil, nil
		}}, "verified"},
		"an answer without registers, four times": {scripted{state: func(n int) (*devices.EraseState, error) {
			if n < 4 {
				return unknownAnswer, nil
			}
			return nil, nil
		}}, "verified"},
		"an answer without registers, for ever": {scripted{state: func(int) (*devices.EraseState, error) { return unknownAnswer, nil }}, "failed markers-kept"},
		"one failed IDENTIFY": {scripted{identify: func(n int) error {
			if n < 2 {
				return eio
			}
			return nil
		}}, "verified"},
		"no IDENTIFY": {scripted{identify: func(int) error { return eio }}, "failed identity-changed"},
		"a controller that resets": {scripted{
			state: func(n int) (*devices.EraseState, error) {
				if n < 20 {
					return nil, eio
				}
				return nil, nil
			},
			check: func(n int) error {
				if n < 20 {
					return away
				}
				return nil
			}}, "verified"},
		"a controller that resets after the end": {scripted{check: func(n int) error {
			if n < 20 {
				return away
			}
			return nil
		}}, "verified"},
		"a controller that stays away": {scripted{state: func(int) (*devices.EraseState, error) { return nil, eio }, check: func(int) error { return away }}, "failed device-lost"},
		"a drive that is gone": {scripted{state: func(int) (*devices.EraseState, error) { return nil, eio }, check: func(n int) error {
			if n > 0 {
				t.Error("asked again about a drive that is gone")
			}
			return devices.ErrLost
		}}, "failed device-lost"},
		"a namespace that the kernel removes":               {scripted{state: func(int) (*devices.EraseState, error) { return nil, eio }, check: func(int) error { return removed }}, "interrupted interrupted"},
		"a namespace that the kernel removes after the end": {scripted{check: func(int) error { return removed }}, "interrupted interrupted"},
		"a lost answer of a drive that erased":              {scripted{begin: func(int) error { return fmt.Errorf("%w: host status", devices.ErrNoAnswer) }}, "verified"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.script
			s.eraser = newEraser(devicetest.Honest, blockErase)
			s.Firmware.Steps = 0
			if strings.HasSuffix(name, "without registers, for ever") {
				s.Firmware.Lie = devicetest.NothingErased
			}
			r, err := wipe.Run(context.Background(), &s, purgePlan(t, s.eraser), purging(wipe.RunOptions{}))
			if got := verdict(r); got != c.want {
				t.Errorf("%s, want %s: %v %+v", got, c.want, err, r.Exceptions)
			}
		})
	}
}

// TestWait_Resumable: a job that stopped waiting is taken up again where it was.
func TestWait_Resumable(t *testing.T) {
	t.Parallel()
	s := &scripted{eraser: newEraser(devicetest.Honest, blockErase)}
	s.Firmware.Steps = 0
	s.state = func(int) (*devices.EraseState, error) { return nil, errors.New("sense 2/05/00") }
	var st wipe.State
	r, _ := wipe.Run(context.Background(), s, purgePlan(t, s.eraser), purging(wipe.RunOptions{SaveStateSync: func(x wipe.State) error {
		b, _ := json.Marshal(x)
		return json.Unmarshal(b, &st)
	}}))
	if r.Outcome != wipe.Interrupted || !strings.Contains(r.Exceptions[0].Detail, "2/05/00") {
		t.Fatalf("%s: %+v", verdict(r), r.Exceptions)
	}
	s.state = nil // power came again
	r, err := wipe.Run(context.Background(), s, st.Report.Plan, purging(wipe.RunOptions{Resume: &st}))
	if verdict(r) != "verified" || r.Firmware.Tries != 1 {
		t.Errorf("%s, %v", verdict(r), err)
	}
}

// TestLostAnswer: a drive whose answer to the command was lost is judged by its state and by the markers.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.LosesAnswer)
	sata.Loses, sata.Steps = 0xb4, 0
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" || r.Firmware.NoAnswer == "" || r.Firmware.Refused != "" {
		t.Errorf("%s, %v: %+v", verdict(r), err, r.Firmware)
	}
	s, sas := newSAS(t, devicetest.LosesAnswer)
	sas.Steps = -1 // it has ended before it is asked: no record says that it ever began
	if r, err := s.purge(context.Background(), devices.SCSISanitizeBlock, wipe.RunOptions{}); r.Firmware == nil || r.Firmware.Outcome != wipe.Unknown {
		t.Errorf("%s, %v: %+v", verdict(r), err, r.Exceptions)
	}
}

// TestFailedBefore: a drive that accepts nothing but a sanitize gets one, which counts for nothing, and then the one that is judged.
func TestFailedBefore(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.FailedBefore)
	r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{})
	if verdict(r) != "verified" || r.Firmware.Markers.Gone == 0 {
		t.Errorf("SATA: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
	if i := slices.Index(sata.Sent(), 0xb4); i < 0 {
		t.Error("no sanitize")
	}
	s, sas := newSAS(t, devicetest.FailedBefore)
	if r, err := s.purge(context.Background(), devices.SCSISanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" || len(sas.Sent()) != 2 {
		t.Errorf("SAS: %s, %v, sent % x: %+v", verdict(r), err, sas.Sent(), r.Exceptions)
	}
	n := devicetest.NewNVMe(devicetest.NVMeTraits{Serial: "NVME0001", Model: "QEMU NVMe Ctrl", SANICAP: 0x03, Polls: 2}, devicetest.NewDrive(chipSize, 512))
	n.FailedBefore(nvme.Sanitize{Action: nvme.SanitizeBlock})
	target := plugNVMe(t, n)
	if r, err := wipe.Run(context.Background(), target, offered(t, target), purging(wipe.RunOptions{})); verdict(r) != "verified" {
		t.Errorf("NVMe: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
	// A drive on which the first one fails too is left so, and its passes are not made.
	s, sata = newSATA(t, devicetest.FailedBefore)
	sata.FailsAgain = true
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "failed erase-failed" || len(r.Passes) != 0 {
		t.Errorf("SATA that fails again: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
}

// TestNoReason: a drive that never gives a reason for its refusal has failed, and one that refuses a few times while it sanitizes has not.
func TestNoReason(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.FailedBefore)
	sata.NoReason = -1
	if all, err := s.Methods(context.Background()); err != nil || !all[0].Unusable.IsZero() {
		t.Errorf("Methods() = %+v, %v", all, err)
	}
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" {
		t.Errorf("failed before: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
	s, sata = newSATA(t, devicetest.Honest)
	sata.NoReason, sata.Steps = 3, 6
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" {
		t.Errorf("refuses three times: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
	s, sata = newSATA(t, devicetest.Fails)
	sata.NoReason = -1
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "failed erase-failed" {
		t.Errorf("fails: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
}

// TestUnreadableAfter: a drive that reports that it answers errors until it is written is not unknown for that, and not verified.
func TestUnreadableAfter(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.Lie]string{devicetest.Honest: "completed-with-exceptions markers-unreadable", devicetest.Fails: "failed erase-failed"} {
		s, sas := newSAS(t, lie)
		sas.Blank = true
		r, err := s.purge(context.Background(), devices.SCSISanitizeBlock, wipe.RunOptions{})
		if verdict(r) != want {
			t.Errorf("%s: %s, %v: %+v", lie, verdict(r), err, r.Exceptions)
		}
	}
	s, sas := newSAS(t, devicetest.Honest)
	sas.Hushed, sas.Blank = true, true // it does the same, and does not report it
	r, err := s.purge(context.Background(), devices.SCSISanitizeBlock, wipe.RunOptions{})
	if verdict(r) != "unknown markers-unreadable" {
		t.Errorf("not reported: %s, %v: %+v", verdict(r), err, r.Exceptions)
	}
}

// TestOldContent: a drive that forgets only what was written last has kept the rest, whatever became of the markers.
func TestOldContent(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.Lie]string{devicetest.Honest: "verified", devicetest.ErasesNewest: "failed markers-kept"} {
		e := newEraserOf(chipSize, lie, blockErase)
		var last wipe.State
		r, err := wipe.Run(context.Background(), e, purgePlan(t, e), purging(wipe.RunOptions{SaveStateSync: func(s wipe.State) error { last = s; return nil }}))
		if verdict(r) != want {
			t.Errorf("%s: %s, %v: %+v", lie, verdict(r), err, r.Exceptions)
			continue
		}
		if last.Report.Firmware == nil {
			t.Fatal("no state")
		}
		if old := r.Firmware.Markers.Old; old == nil || old.Places < 500 || old.Key != "" || old.Blocks != nil {
			t.Errorf("%s: %d places; the key and the hashes are kept", lie, old.Places)
		}
	}
}
