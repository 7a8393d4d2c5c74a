package jobserver

import (
	"cmp"
	"slices"
	"time"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/wipe"
)

// lastWords is how long the machine stays on after the last job, unless the options say another time, so that screens and commands can
// show what became of the disks. Chosen.
const lastWords = time.Minute

// afterBatch writes the report of a batch that has ended, and has the machine switched off if that was wanted.
func (s *Server) afterBatch(b *batch) {
	if b.failed != nil || len(b.results) == 0 {
		return
	}
	if err := b.after.Batch(s.st, b.results); err != nil {
		last := &b.results[len(b.results)-1]
		last.Besides = append(last.Besides, err)
	}
	for _, r := range b.results {
		for _, err := range r.Besides {
			s.note(message.Of("%v", err))
		}
	}
	stopped := !slices.ContainsFunc(b.results, func(r job.Result) bool { return r.Outcome != wipe.Interrupted })
	if b.after.Then != after.PowerOff || s.o.PowerOff == nil || stopped { // who stops a job wants to do something with the machine
		return
	}
	rest := cmp.Or(s.o.LastWords, lastWords)
	s.note(message.Of("the machine is switched off in %v, unless a job runs then", rest))
	s.all.Go(func() {
		select {
		case <-s.background.Done():
			return
		case <-time.After(rest):
		}
		if err := after.SwitchOff(s.background, s.o.StateDir, s.o.PowerOff); err != nil {
			s.note(message.Of("%v", err))
		}
	})
}
