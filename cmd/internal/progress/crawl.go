package progress

import (
	"time"

	"rasure/wipe"
)

// CrawlSpeed is the speed, in bytes a second, below which a disk crawls. Our choice: a stick of USB 1.1 writes as fast.
const CrawlSpeed = 1_000_000

// crawlFor is how long a disk must be that slow.
const crawlFor = time.Hour

// crawl follows how much a job has moved within the last hour in which it was at work.
type crawl struct {
	marks  []mark        // one a minute, by the time at work
	worked time.Duration // all pauses and interruptions left out
	last   time.Time
	done   int64
}

func (c *crawl) add(e wipe.Event, at time.Time) {
	if gap := at.Sub(c.last); !c.last.IsZero() && gap <= longestGap && !e.Paused && e.Method == "" {
		c.worked += gap
	}
	c.last, c.done = at, e.JobDone
	now := time.Time{}.Add(c.worked)
	if n := len(c.marks); n == 0 || now.Sub(c.marks[n-1].at) >= time.Minute {
		c.marks = append(c.marks, mark{now, e.JobDone})
	}
	for len(c.marks) > 1 && now.Sub(c.marks[1].at) >= crawlFor {
		c.marks = c.marks[1:]
	}
}

// is reports whether the disk crawls.
func (c *crawl) is() bool {
	if len(c.marks) == 0 {
		return false
	}
	took := time.Time{}.Add(c.worked).Sub(c.marks[0].at)
	return took >= crawlFor && perSecond(c.done-c.marks[0].done, took) < CrawlSpeed
}
