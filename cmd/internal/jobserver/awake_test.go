package jobserver_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/logind"
	"rasure/wipe"
)

// lock counts the locks that are held.
type lock struct{ held *atomic.Int64 }

func (l lock) Close() error { l.held.Add(-1); return nil }

// TestAwake keeps the machine awake while a job runs, and no longer. Where that cannot be done it says so, and the job runs all the same.
func TestAwake(t *testing.T) {
	t.Parallel()
	for _, refused := range []error{nil, errors.New("there is no bus")} {
		m := newMachine(t)
		letGo := m.plug("sda", "S1", true)
		var held atomic.Int64
		s := m.connect(m.serve(func(o *jobserver.Options) {
			o.Awake = &logind.Keeper{Inhibit: func(context.Context, string) (io.Closer, error) {
				if refused != nil {
					return nil, refused
				}
				held.Add(1)
				return lock{&held}, nil
			}}
		}))
		if await(t, s, "the disk", count(1)).Station.KeepsAwake {
			t.Error("it is kept awake without a job")
		}
		b := start(t, s, jobs.Options{}, "sda")
		st := await(t, s, "the job runs", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].Progress.Passes > 0 })
		if keeps := refused == nil; st.Station.KeepsAwake != keeps || (held.Load() == 1) != keeps || (len(st.Notices) == 0) != keeps {
			t.Errorf("keeps awake: %v, %d locks, %+v", st.Station.KeepsAwake, held.Load(), st.Notices)
		}
		if refused != nil && st.Notices[0].Text != "the machine may go to sleep while disks are being erased: there is no bus" {
			t.Errorf("%+v", st.Notices)
		}
		letGo()
		if r := must(b.Wait(t.Context()))(t)[0]; r.Outcome != wipe.Verified {
			t.Errorf("%+v", r)
		}
		await(t, s, "the lock is released", func(st jobs.State) bool { return !st.Station.KeepsAwake && held.Load() == 0 })
	}
}
