package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// inbox collects what follow sends.
type inbox struct {
	mu  sync.Mutex
	all []tea.Msg
}

func (b *inbox) send(m tea.Msg) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, m)
}

func (b *inbox) take() []tea.Msg {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.all
	b.all = nil
	return all
}

func TestFollow(t *testing.T) {
	t.Run("numbers are passed on twice a second, news at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server, box := benchtest.New(benchtest.Work()), &inbox{}
			ctx, cancel := context.WithCancel(t.Context())
			s, _ := server.Dial(ctx)
			done := make(chan struct{})
			go func() { defer close(done); follow(ctx, s, server.Dial, box.send) }()
			synctest.Wait()
			if n := len(box.take()); n != 1 {
				t.Fatalf("%d messages at first", n)
			}
			for range 50 { // five seconds
				time.Sleep(100 * time.Millisecond)
				server.Change(func(s *jobs.State) { s.Jobs[0].Done++; s.Jobs[0].Progress.Speed++ })
			}
			synctest.Wait()
			all := box.take()
			if len(all) < 8 || len(all) > 11 {
				t.Errorf("%d messages in five seconds", len(all))
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if last := append(all, box.take()...); last[len(last)-1].(stateMsg).Jobs[0].Done != benchtest.Work().Jobs[0].Done+50 {
				t.Error("the last state was not passed on")
			}
			for name, change := range map[string]func(*jobs.State){
				"a disk arrives":  func(s *jobs.State) { s.Disks = append(s.Disks, benchtest.Disk("", "sdq", 1e9, "M", "S")) },
				"a disk leaves":   func(s *jobs.State) { s.Disks = slices.Delete(s.Disks, 0, 1) },
				"a phase changes": func(s *jobs.State) { s.Jobs[0].Phase = jobs.Paused },
				"a job ends":      func(s *jobs.State) { s.Jobs[0].Outcome = "failed" },
				"an exception":    func(s *jobs.State) { s.Jobs[1].Progress.Exceptions++ },
				"a hazard":        func(s *jobs.State) { s.Disks[2].Hazards = []jobs.Note{{Code: "mounted"}} },
				"the intake mode": func(s *jobs.State) { s.Intake = &jobs.Intake{} },
				"a notice":        func(s *jobs.State) { s.Notices = []jobs.Notice{{Text: "x"}} },
			} {
				server.Change(change)
				synctest.Wait()
				if len(box.take()) != 1 {
					t.Errorf("%s is not passed on at once", name)
				}
			}
			cancel()
			<-done
		})
	})
	t.Run("a lost connection is made again, also when that fails at first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server, box := benchtest.New(benchtest.Office()), &inbox{}
			ctx, cancel := context.WithCancel(t.Context())
			s, _ := server.Dial(ctx)
			tries := 0
			dial := func(ctx context.Context) (jobs.Service, error) {
				if tries++; tries < 3 {
					return nil, errors.New("the job server has version 9")
				}
				return server.Dial(ctx)
			}
			done := make(chan struct{})
			go func() { defer close(done); follow(ctx, s, dial, box.send) }()
			synctest.Wait()
			box.take()
			server.Cut(errors.New("connection reset"))
			time.Sleep(10 * time.Second)
			synctest.Wait()
			var got []string
			for _, m := range box.take() {
				switch m := m.(type) {
				case lostMsg:
					got = append(got, m.err.Error())
				case onlineMsg:
					got = append(got, "online")
				case stateMsg:
					got = append(got, "state")
				}
			}
			if want := "connection reset|the job server has version 9|the job server has version 9|online|state"; strings.Join(got, "|") != want {
				t.Errorf("got %q", got)
			}
			cancel()
			<-done
		})
	})
}

// TestMarked shows that every word of the screens passes through package message: what is outside of the brackets is data.
func TestMarked(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*desk){
		"choose": func(d *desk) { d.key("down", "space", "down", "space") }, "hazard": func(d *desk) { d.key("end", "space") },
		"confirm": func(d *desk) { d.key("a", "enter"); d.typed("NONE") }, "plan": func(d *desk) { d.key("p", "down", "right") }, "help": func(d *desk) { d.key("?") },
		"stop": func(d *desk) { d.key("x"); d.typed("NONE") }, "medium": func(d *desk) { d.key("m") }, "intake": func(d *desk) { d.key("i") },
		"unmount": func(d *desk) { d.key("u") }, "lost": func(d *desk) { d.send(lostMsg{errors.New("12")}) }, "certificate": func(d *desk) { d.key("down", "c") },
		"pause": func(d *desk) { d.key("z") }, "small": func(d *desk) { d.send(tea.WindowSizeMsg{Width: 59, Height: 10}) },
	} {
		for _, state := range []jobs.State{benchtest.Office(), benchtest.Work(), armed()} {
			data := strings.Fields("rasure bench7 MB/s GB TB C jobs Enter Esc Space")
			for i := range state.Disks {
				x := &state.Disks[i]
				x.OnIt, x.Health.Reasons, x.Hazards = "", nil, slices.Clone(x.Hazards)
				data = append(data, x.Name, x.Model, x.Serial, x.Port, x.Bay, x.Word)
				for j := range x.Hazards {
					x.Hazards[j].Text, x.Hazards[j].Hint = "", ""
				}
			}
			d := newDesk(t, state, 400, 60)
			d.m.look.lang = message.Marked
			do(d)
			depth := 0
			outside := strings.Map(func(r rune) rune {
				switch {
				case r == '⟦':
					depth++
				case r == '⟧':
					depth--
					return ' '
				case depth == 0:
					return r
				}
				return -1
			}, ansiStrip(d.m.View().Content))
			known := strings.Join(data, " ")
			for _, word := range strings.Fields(outside) {
				letters := strings.ContainsAny(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz")
				if len(word) > 2 && letters && !strings.Contains(known, strings.Trim(word, "~,:;_")) {
					t.Errorf("%s: %q did not pass through package message", name, word)
				}
			}
		}
	}
}
