package jobserver_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/wipe"
)

func erasedLater(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	s := open()
	if d := disk(await(t, s, "the disk", count(1)), "sda"); d.Erased != nil {
		t.Errorf("%+v", d.Erased)
	}
	b := start(t, s, jobs.Options{}, "sda")
	r := must(b.Wait(t.Context()))(t)[0]
	d := disk(await(t, s, "the log has it", func(st jobs.State) bool { return disk(st, "sda").Erased != nil }), "sda")
	if d.Erased.Index != r.Index || d.Erased.Outcome != "verified" || d.Erased.Time.IsZero() {
		t.Errorf("%+v, want %+v", d.Erased, r)
	}
}

func noWord(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	s := open()
	b := prepare(t, s, jobs.Options{}, "sda")
	for _, w := range []string{"", "S", "S11", "sda", strings.Repeat("S1", 5000)} {
		if i, err := b.Confirm(t.Context(), w, jobs.Typed); err == nil || i != -1 {
			t.Errorf("Confirm(%.10q) = %d, %v", w, i, err)
		}
	}
	if err := b.Start(t.Context()); fault.Code(err) != fault.Refused {
		t.Errorf("Start() = %v", err)
	}
	if !has(m.drives["sda"], "secret") {
		t.Error("the disk was erased")
	}
}

// seen is what an observer was shown.
type seen struct {
	mu      sync.Mutex
	events  []wipe.Event
	outcome wipe.Outcome
}

func (s *seen) Update(_ int, e wipe.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *seen) End(_ int, o wipe.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcome = o
}

func follow(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	b := start(t, open(), jobs.Options{Scheme: "nnsa"}, "sda").(jobs.Follower)
	o := &seen{}
	if _, err := b.Follow(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	ends := 0 // of steps: three passes, of which one is read back
	for i, e := range o.events {
		if e.Done == e.Total && (i == 0 || o.events[i-1] != e) {
			ends++
		}
	}
	if o.outcome != wipe.Verified || ends < 4 {
		t.Errorf("outcome %q, %d ends of steps in %+v", o.outcome, ends, o.events)
	}
}

func stopAll(t *testing.T, m *machine, open func() jobs.Service) {
	openA, openB := m.plug("sda", "S1", true), m.plug("sdb", "S2", true)
	s := open()
	b := start(t, s, jobs.Options{}, "sda", "sdb").(jobs.Follower)
	await(t, s, "both run", func(st jobs.State) bool { return len(st.Jobs) == 2 && st.Jobs[0].ID != "" && st.Jobs[1].ID != "" })
	if err := b.StopAll(t.Context(), message.New("the fire alarm")); err != nil {
		t.Fatal(err)
	}
	openA()
	openB()
	for _, r := range must(b.Follow(t.Context(), nil))(t) {
		if r.Outcome != wipe.Interrupted || len(r.Exceptions) != 1 || !strings.Contains(r.Exceptions[0].Detail, "the fire alarm") {
			t.Errorf("%+v", r)
		}
	}
}

func resume(t *testing.T, m *machine, open func() jobs.Service) {
	letGo := m.plug("sda", "S1", true)
	s := open()
	b := start(t, s, jobs.Options{}, "sda").(jobs.Follower)
	await(t, s, "it runs", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].ID != "" })
	b.StopAll(t.Context(), message.New("later"))
	letGo()
	first := must(b.Wait(t.Context()))(t)[0]
	if first.Outcome != wipe.Interrupted {
		t.Fatalf("%+v", first)
	}
	c := prepare(t, s, jobs.Options{Resume: true}, "sda")
	if d := c.Disks()[0]; d.Refused != nil {
		t.Fatalf("%+v", d.Refused)
	}
	c.Confirm(t.Context(), "S1", jobs.Typed)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := must(c.Wait(t.Context()))(t)[0]; r.Outcome != wipe.Verified || r.Index <= first.Index {
		t.Errorf("%+v", r)
	}
}

func words(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	d := prepare(t, open(), jobs.Options{Verify: "sample"}, "sda").Disks()[0]
	if d.Word != "S1" || d.Scheme == "" || d.Passes != 2 || d.Level != "clear" || d.Verify != "sample" || d.Disk.Model != "ST4" || d.Disk.Key == "" || d.Disk.Word != "S1" {
		t.Errorf("%+v", d)
	}
}

func arrives(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	s := open()
	if d := disk(await(t, s, "the disk", count(1)), "sda"); d.Arrived {
		t.Error("it was there from the beginning")
	}
	m.plug("sdb", "S2", false)
	st := await(t, s, "the other disk", count(2))
	if !disk(st, "sdb").Arrived || disk(st, "sda").Arrived {
		t.Errorf("%+v", st.Disks)
	}
	prepare(t, s, jobs.Options{}, "sdb").Close()
	await(t, s, "it is not new any more", func(st jobs.State) bool { return !disk(st, "sdb").Arrived })
	m.pull("sdb")
	await(t, s, "it has left", count(1))
}

func cancelled(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	s := open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := s.Prepare(ctx, jobs.Options{Operator: "tester"}, []jobs.Request{{Disk: "sda"}})
	if b != nil || !errors.Is(err, fault.ErrInterrupted) {
		t.Errorf("Prepare() = %v, %v", b, err)
	}
	if d := prepare(t, s, jobs.Options{}, "sda").Disks()[0]; d.Refused != nil {
		t.Errorf("it is still held: %+v", d.Refused)
	}
}
