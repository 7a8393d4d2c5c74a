package progress

import (
	"testing"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// A disk crawls after an hour at work below that speed; time in which it was paused does not count.
func TestCrawl(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		speed int64 // bytes a second
		work  time.Duration
		pause time.Duration // before that
		want  bool
	}{
		{"slow for less than an hour", CrawlSpeed / 2, 59 * time.Minute, 0, false},
		{"slow for an hour", CrawlSpeed / 2, 62 * time.Minute, 0, true},
		{"fast enough", CrawlSpeed * 2, 62 * time.Minute, 0, false},
		{"paused for an hour", CrawlSpeed / 2, 10 * time.Minute, time.Hour, false},
		{"silent for an hour", 0, 62 * time.Minute, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, done := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), int64(0)
			tr := NewTracker(devices.Disk{})
			for left := c.pause + c.work; left > 0; left -= time.Second {
				paused := left > c.work
				if !paused {
					done += c.speed
				}
				at = at.Add(time.Second)
				tr.Update(wipe.Event{Pass: 1, Passes: 1, Done: done, Total: 1 << 40, JobDone: done, JobTotal: 1 << 40, Paused: paused}, at)
			}
			s := tr.Snapshot(at)
			if s.Crawls != c.want || s.Trouble().IsZero() == c.want {
				t.Errorf("crawls: %v, %q", s.Crawls, s.Trouble())
			}
		})
	}
	tr := NewTracker(devices.Disk{})
	tr.Update(wipe.Event{GivingUp: 12 * time.Minute}, time.Now())
	if got := tr.Snapshot(time.Now()).Trouble().String(); got != "giving up in 12m00s: so much more time may be lost to errors" {
		t.Errorf("%q", got)
	}
}
