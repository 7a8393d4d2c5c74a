package jobserver

import (
	"cmp"
	"context"
	"time"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
)

// askAgain is how long what a drive said of its health is shown. Chosen: it changes slowly. A disk that a job erases is not asked: the job does
// that before and after.
const askAgain = 10 * time.Minute

// askHealth asks the drives that nobody uses and whose health is not known any more, side by side.
func (s *Server) askHealth(ctx context.Context) {
	s.mu.Lock()
	now, rows, disks := time.Now(), []*row{}, []devices.Disk{}
	for _, r := range s.rows {
		if !s.busy(r) && health.Askable(r.hazards).IsZero() && (r.health == nil || now.Sub(r.asked) >= cmp.Or(s.o.AskAgain, askAgain)) {
			rows, disks = append(rows, r), append(disks, r.disk)
		}
	}
	s.mu.Unlock()
	if len(rows) == 0 {
		return
	}
	reports := health.All(ctx, s.host, disks, nil)
	if ctx.Err() != nil {
		return // a disk is being claimed: they are asked again
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range rows {
		r.health, r.asked = &reports[i], now
	}
	s.change()
}

// healthOf is what is shown of a row's health.
func healthOf(r *row, l message.Language) jobs.Health {
	h := jobs.Health{Verdict: string(health.Unknown), Reasons: []string{}}
	if r.health == nil {
		return h
	}
	h.Verdict = string(r.health.Verdict)
	for _, why := range view.HealthReasons(*r.health) {
		h.Reasons = append(h.Reasons, why.In(l))
	}
	return h
}
