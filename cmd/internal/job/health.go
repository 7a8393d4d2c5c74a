package job

import (
	"context"
	"sync"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
)

// askHealth asks the claimed drives how well they are, side by side, and notes what the operator must know. The begin of a job that is resumed
// has it already.
func (b *Batch) askHealth(ctx context.Context) {
	var wait sync.WaitGroup
	for _, j := range b.jobs {
		if !j.resume {
			wait.Go(func() { j.before = j.askHealth(ctx) })
		}
	}
	wait.Wait()
	for _, j := range b.jobs {
		switch r := j.before; {
		case r == nil:
		case r.Verdict == health.Failing:
			j.notes = append(j.notes, message.Of("%s: the drive is failing: %s: consider destroying the medium", j.Disk.Name, r.Reasons[0].Text))
		case r.Verdict == health.Worn:
			j.notes = append(j.notes, message.Of("%s: the drive is worn: %s", j.Disk.Name, r.Reasons[0].Text))
		}
	}
}

// askHealth asks the claimed drive how well it is; nil for an image, and where nobody wants to wait for the answer any more.
func (j *job) askHealth(ctx context.Context) *health.Report {
	if j.Disk.Medium == devices.Image || ctx.Err() != nil {
		return nil
	}
	r := health.ReadClaimed(ctx, j.target.Handle())
	if ctx.Err() != nil {
		return nil
	}
	return &r
}
