package progress

import (
	"time"

	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/wipe"
)

// Word is what an erasure came to, in words that say what to do with the disk in the hand.
func Word(o wipe.Outcome) message.Text {
	switch o {
	case wipe.Verified:
		return message.Of("ERASED")
	case wipe.Interrupted, wipe.Unknown:
		return message.Of("NOT ERASED - KEEP APART")
	}
	return message.Of("NOT ERASED - DESTROY")
}

// Verdict is [Word] with the code that files and JSON have for it.
func Verdict(o wipe.Outcome) message.Text {
	return message.Of("%s (%s)", Word(o), o)
}

// Comparison is what comparing a disk with its certificate came to. Nothing was written.
func Comparison(o wipe.Outcome) message.Text {
	switch o {
	case wipe.Verified:
		return message.Of("equal (verified)")
	case wipe.Interrupted:
		return message.Of("not read to the end (interrupted)")
	}
	return message.Of("NOT EQUAL (failed)")
}

// doing says what the job does now, or what it came to.
func (s Snapshot) doing(verdict func(wipe.Outcome) message.Text) message.Text {
	if s.Outcome != "" {
		return verdict(wipe.Outcome(s.Outcome))
	}
	return s.Doing()
}

// Doing says what a job that has not ended does now.
func (s Snapshot) Doing() message.Text {
	switch {
	case s.Passes == 0:
		return message.Of("starting")
	case s.Method != "":
		return s.erasing()
	}
	text := message.Of("writing %s", s.Pattern)
	if s.Verifying {
		text = message.Of("reading back %s", s.Pattern)
	}
	if s.Paused {
		return message.Of("PAUSED, %s", text)
	}
	return text
}

// erasing says how far a drive is that erases itself.
func (s Snapshot) erasing() message.Text {
	spent, takes, still := time.Duration(s.Spent)*time.Second, time.Duration(s.Takes)*time.Second, time.Duration(s.Still)*time.Second
	var text message.Text
	switch {
	case s.Percent != nil:
		text = message.Of("the drive erases itself (%s), %d%%", s.Method, *s.Percent)
	case takes > 0:
		text = message.Of("the drive erases itself (%s), %s of about %s", s.Method, humanize.Duration(spent), humanize.Duration(takes))
	default:
		text = message.Of("the drive erases itself (%s), %s", s.Method, humanize.Duration(spent))
	}
	if still >= stuckAfter && !s.Blocking {
		return message.Of("%s, NO PROGRESS for %s: it may be stuck; the erase continues after Ctrl-C and after a power loss", text, humanize.Duration(still))
	}
	return text
}

func (s Snapshot) eta() string {
	left, known := s.Left()
	if !known {
		return "-"
	}
	return humanize.Duration(left)
}

// line is for a log: everything, in words.
func (s Snapshot) line(verdict func(wipe.Outcome) message.Text) message.Text {
	doing := s.doing(verdict)
	switch {
	case s.Outcome != "":
		return message.Of("%s: %s, exceptions %d", s.Disk, doing, s.Exceptions)
	case s.Method != "":
		return message.Of("%s: %s, ETA %s", s.Disk, doing, s.eta())
	}
	var silent, exceptions message.Text
	if s.Silent > 0 {
		silent = message.Of(", NO ANSWER for %v", s.silent())
	}
	if s.Exceptions > 0 {
		exceptions = message.Of(", exceptions %d", s.Exceptions)
	}
	var trouble message.Text
	if t := s.Trouble(); !t.IsZero() {
		trouble = message.Of(", %s", t)
	}
	if s.Pass > 0 { // before the first one markers or keyed blocks are written
		doing = message.Of("pass %d/%d %s", s.Pass, s.Passes, doing)
	}
	return message.Of("%s: %s, %s %s, %.0f MB/s, mean %.0f MB/s, ETA %s%s%s%s", s.Disk, doing,
		humanize.Percent(s.JobDone, s.JobTotal), humanize.Size(s.JobDone), megabytes(s.Speed), megabytes(s.Mean), s.eta(), silent, exceptions, trouble)
}

func (s Snapshot) silent() time.Duration { return time.Duration(s.Silent) * time.Second }

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// warning is for a disk that is hotter than a limit of its own. The job continues: the drive protects itself.
func (s Snapshot) warning() message.Text {
	return message.Of("%s: TOO WARM: %dC, and the drive's own limit is %dC: it may slow down or stop; cool it", s.Disk, s.hottest.Celsius, s.hottest.ExceededLimit())
}

// lineEvery is how often a job that runs gets a line, when no step ends.
const lineEvery = 10 * time.Second
