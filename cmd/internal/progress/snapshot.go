package progress

import (
	"time"

	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/wipe"
)

// Snapshot is a job at one moment, as --progress json prints it; cmd/rasure/FORMAT.md describes each field. Fields are added in later
// versions, never changed.
type Snapshot struct {
	Time       time.Time `json:"time"`
	Disk       string    `json:"disk"`
	Serial     string    `json:"serial"`
	Pass       int       `json:"pass"`
	Passes     int       `json:"passes"`
	Pattern    string    `json:"pattern"`
	Verifying  bool      `json:"verifying"`
	Done       int64     `json:"done_bytes"` // of this step
	Total      int64     `json:"total_bytes"`
	JobDone    int64     `json:"job_done_bytes"`
	JobTotal   int64     `json:"job_total_bytes"`
	Speed      int64     `json:"bytes_per_second"`      // of the last seconds; 0 where not known
	Mean       int64     `json:"mean_bytes_per_second"` // of this step; 0 where not known
	ETA        *int64    `json:"eta_seconds"`           // nil: not known
	Exceptions int       `json:"exceptions"`
	Silent     int64     `json:"silent_seconds"`      // since the disk last answered; 0 below ten
	GivingUp   int64     `json:"giving_up_seconds"`   // how much more time may be lost to errors before the disk is given up; 0 if none was lost
	Crawls     bool      `json:"crawls"`              // for an hour the disk was slower than [CrawlSpeed]
	Paused     bool      `json:"paused"`              // the job waits, because somebody paused it or the drive is too hot
	Celsius    *int      `json:"temperature_celsius"` // nil: not reported
	Limit      *int      `json:"temperature_limit_celsius"`
	Critical   *int      `json:"temperature_critical_celsius"`
	Method     string    `json:"method"`                  // of the firmware erase that is running; "" otherwise
	Progress   *int      `json:"progress_65536ths"`       // of that; nil: the drive reports none
	Percent    *int      `json:"progress_percent"`        // the same, rounded down
	Spent      int64     `json:"method_seconds"`          // since that began
	Takes      int64     `json:"method_estimate_seconds"` // the drive's own estimate for all of it; 0: it reports none
	Still      int64     `json:"progress_still_seconds"`  // since its progress last moved
	Blocking   bool      `json:"method_blocking"`         // the drive answers nothing until it is done
	Outcome    string    `json:"outcome"`                 // "" until the job has ended

	hottest devices.Temperature // when it exceeded a limit of its own; zero if it never did
}

// Snapshot returns the job as it is at that time.
func (t *Tracker) Snapshot(at time.Time) Snapshot {
	e := t.event
	s := Snapshot{Time: at.UTC().Truncate(time.Millisecond), Disk: devices.Printable(t.disk.Name), Serial: t.disk.Serial, Pass: e.Pass, Passes: e.Passes,
		Pattern: e.Pattern, Verifying: e.Verifying, Done: e.Done, Total: e.Total, JobDone: e.JobDone, JobTotal: e.JobTotal,
		Speed: int64(t.speed()), Mean: int64(t.mean(at)), Exceptions: e.Exceptions, Silent: int64(e.Silent / time.Second), GivingUp: int64(e.GivingUp / time.Second), Crawls: t.crawl.is(), Paused: e.Paused, Outcome: string(t.outcome),
		Spent: int64(e.Spent / time.Second), Takes: int64(e.Takes / time.Second), Still: int64(e.Still / time.Second), Blocking: e.Blocking, hottest: t.hottest}
	if left, known := t.remaining(at); known {
		seconds := int64(left / time.Second)
		s.ETA = &seconds
	}
	if t.measured {
		h := t.temperature
		s.Celsius, s.Limit, s.Critical = &h.Celsius, unlessZero(h.Limit), unlessZero(h.Critical)
	}
	if s.Method = string(e.Method); e.Method != "" && e.Progress >= 0 {
		percent := int(int64(e.Progress) * 100 / 65536)
		s.Progress, s.Percent = &e.Progress, &percent
	}
	return s
}

func unlessZero(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// Left is how long the job will still take, and false where that is not known.
func (s Snapshot) Left() (d time.Duration, known bool) {
	if s.ETA == nil {
		return 0, false
	}
	return time.Duration(*s.ETA) * time.Second, true
}

// TooWarm is the limit of its own that the drive exceeds now, in degrees Celsius; 0: none.
func (s Snapshot) TooWarm() int {
	if s.Celsius == nil || s.Outcome != "" {
		return 0
	}
	t := devices.Temperature{Celsius: *s.Celsius}
	if s.Limit != nil {
		t.Limit = *s.Limit
	}
	if s.Critical != nil {
		t.Critical = *s.Critical
	}
	return t.ExceededLimit()
}

// needsAttention reports that somebody should look at the disk.
func (s Snapshot) needsAttention() bool {
	if s.Outcome != "" {
		return s.Outcome != string(wipe.Verified)
	}
	return s.Exceptions > 0 || s.Silent > 0 || s.GivingUp > 0 || s.Crawls || s.TooWarm() > 0
}

// Trouble is what an operator must know of a disk that is dying or crawls; zero if it does not.
func (s Snapshot) Trouble() message.Text {
	switch {
	case s.Outcome != "":
		return message.Text{}
	case s.GivingUp > 0:
		return message.Of("giving up in %s: so much more time may be lost to errors", humanize.Duration(time.Duration(s.GivingUp)*time.Second))
	case s.Crawls:
		return message.Of("slower than %s/s for an hour: look at its health", humanize.Size(CrawlSpeed))
	}
	return message.Text{}
}
