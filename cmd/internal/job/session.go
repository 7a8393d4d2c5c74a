package job

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"time"

	"rasure/certify/issue"
	"rasure/certify/statement"
	"rasure/cmd/internal/station"
	"rasure/wipe"
)

// session is a time in which a job ran without a break, as a certificate of version 2 states it. It is measured by the monotonic clock: how
// long a job took is the sum of its sessions, whatever happened to the time of day.
type session struct {
	Boot    string    `json:"boot_sha256,omitempty"` // of the kernel's boot id; "" if it is not known
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"` // Started, and the time that passed
	Elapsed int64     `json:"elapsed_milliseconds"`
	Reason  string    `json:"reason,omitempty"` // why it ended early; "" if it did not, or runs
	Pass    int       `json:"pass,omitempty"`   // in progress then
	Flushed int64     `json:"flushed_bytes,omitempty"`
}

// maxSessions is how many a certificate lists. With so many, and the scheme that has the most passes, it is not too long.
const maxSessions = 32

// beginSession begins a session now.
func (j *job) beginSession() {
	now := station.Now()
	j.Sessions = append(j.Sessions, session{Boot: bootOf(j.m.st.Root()), Started: now, Ended: now})
	j.since = time.Now()
}

// measure brings the session that runs up to now. It is saved with each state, so that of a process that is killed little is missing.
// It is rounded up: the passes, which are measured within the sessions, may not have taken longer than all of these.
func (j *job) measure() {
	if len(j.Sessions) == 0 || j.since.IsZero() {
		return
	}
	took, s := time.Since(j.since), &j.Sessions[len(j.Sessions)-1]
	s.Elapsed, s.Ended = (took + time.Millisecond - 1).Milliseconds(), s.Started.Add(took).Truncate(time.Second)
}

// endSession records why the last session ended early, unless that is known.
func (f *file) endSession(reason string) {
	if len(f.Sessions) == 0 || reason == "" {
		return
	}
	if s := &f.Sessions[len(f.Sessions)-1]; s.Reason == "" {
		s.Reason = reason
		if f.Wipe != nil {
			s.Pass, s.Flushed = len(f.Wipe.Report.Passes), f.Wipe.WrittenTo
		}
	}
}

// bootOf is the SHA-256 of the id that the kernel drew when it started; "" if it cannot be read.
func bootOf(root fs.FS) string {
	if root == nil {
		return ""
	}
	id, err := fs.ReadFile(root, "proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(string(id))))
	return hex.EncodeToString(sum[:])
}

// restoreSessions makes a session of what a file by an earlier version knows: it measured passes only.
func (r *record) restoreSessions() {
	if len(r.Sessions) > 0 || r.Wipe == nil {
		return
	}
	was := r.Wipe.Report
	s := session{Started: was.Started, Ended: was.Ended}
	for _, p := range was.Passes {
		_, _, elapsed := issue.PassTimes(p)
		s.Elapsed += elapsed
	}
	if n := len(r.Facts.Interruptions); n > 0 {
		last := r.Facts.Interruptions[n-1]
		s.Reason, s.Pass, s.Flushed = last.Reason, last.Pass, last.Low
	}
	r.Sessions = []session{s}
}

// statedSessions are the sessions as a certificate lists them. If there are too many, the first are stated as one.
func (f *file) statedSessions(r wipe.Report) []statement.Session {
	all := slices.Clone(f.Sessions)
	if len(all) == 0 {
		all = []session{{Started: r.Started, Ended: r.Started}}
	}
	for len(all) > maxSessions {
		next := all[1]
		next.Boot, next.Started, next.Elapsed = "", all[0].Started, next.Elapsed+all[0].Elapsed
		all = append([]session{next}, all[2:]...)
	}
	stated := []statement.Session{}
	for _, s := range all {
		to := statement.Session{Started: s.Started, Ended: s.Ended, Elapsed: s.Elapsed, Reason: s.Reason, Pass: int64(s.Pass)}
		to.Boot, _ = issue.ParseHash(s.Boot)
		if s.Pass > 0 {
			to.Flushed = &s.Flushed
		}
		stated = append(stated, to)
	}
	return stated
}
