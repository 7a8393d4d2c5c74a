package jobserver

import (
	"slices"
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/wipe"
)

// rendered is a state in a language.
type rendered struct {
	version uint64
	state   jobs.State
}

// state returns what is shown now, its version, and what is closed when it changes.
func (v *service) state() (jobs.State, uint64, <-chan struct{}) {
	s := v.Server
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rendered[v.lang]
	if !ok || r.version != s.version {
		r = rendered{s.version, v.render()}
		s.rendered[v.lang] = r
	}
	return r.state, r.version, s.changed
}

// render makes the state. The caller holds the mutex.
func (v *service) render() jobs.State {
	s := v.Server
	st := jobs.State{Time: time.Now().UTC(), Jobs: []jobs.Job{}, Notices: []jobs.Notice{},
		Station: jobs.Station{Name: s.st.Name(), Version: station.Version, Assurance: s.st.Assurance(), Entries: s.log.size, Zone: s.rules.Load().Zone, KeepsAwake: s.o.Awake.Keeps()}}
	st.Disks, st.Intake = v.inBays(), s.intakeState()
	for _, t := range s.tasks {
		st.Jobs = append(st.Jobs, v.job(t))
	}
	for _, l := range s.foreign {
		if l.Owned {
			st.Jobs = append(st.Jobs, v.foreignJob(l))
		}
	}
	for _, n := range s.notices {
		st.Notices = append(st.Notices, jobs.Notice{Time: n.at, Text: n.text.In(v.lang)})
	}
	return st
}

// disk is a row. The caller holds the mutex.
func (v *service) disk(r *row) jobs.Disk {
	s := v.Server
	d := jobs.Disk{Key: r.key, Disk: r.disk, Bay: s.bayOf(r.disk), Word: job.Word(r.disk), Gone: r.gone, Arrived: r.arrived, Returned: r.returned, Hazards: []jobs.Note{}, OnIt: r.onIt.In(v.lang),
		Health: healthOf(r, v.lang), Erased: s.doneOf(r.disk), Medium: s.entryOf(r.disk.UniqueSerial()), Minutes: jobs.Estimate(r.disk, wipe.Plan{})}
	for _, z := range r.hazards {
		n := jobs.Note{Code: string(z.Kind), Text: z.Detail.In(v.lang)}
		if hint := z.Hint(); !hint.IsZero() {
			n.Hint = hint.In(v.lang)
		}
		d.Hazards = append(d.Hazards, n)
	}
	busy := r.gone
	if t := r.task; t != nil && !t.over() {
		d.Job, busy = t.id(), true
	}
	for _, l := range s.foreign {
		if d.Job == "" && !r.gone && l.IsOf(r.disk) {
			d.Job, d.Resume, busy = l.ID, l.Resumable, busy || l.Owned
		}
	}
	d.Ready = r.examined && len(r.hazards) == 0 && !busy
	return d
}

// job is a job of this server. The caller holds the mutex.
func (v *service) job(t *task) jobs.Job {
	j := jobs.Job{ID: t.id(), Disk: t.row.key, Phase: jobs.Running, Started: t.begun.UTC().Truncate(time.Second), Progress: t.tracker.Snapshot(time.Now()), History: t.history,
		Scheme: t.info.Plan.Scheme.ID, Level: string(t.info.Plan.Level), Verify: string(t.info.Plan.Verify), Operator: t.operator, Index: -1, Problems: []jobs.Note{}}
	if j.History == nil {
		j.History = []int64{}
	}
	j.Done, j.Total = j.Progress.JobDone, j.Progress.JobTotal
	if m := t.info.Medium; m != nil {
		j.Medium = m.Number
	}
	switch {
	case t.stopping:
		j.Phase = jobs.Stopping
	case j.Progress.Paused:
		j.Phase = jobs.Paused
	}
	if !t.over() {
		if j.Why = t.batch.own.Why(t.number).In(v.lang); j.Why == "" {
			j.Why = j.Progress.Trouble().In(v.lang)
		}
	}
	r := t.result
	if r == nil {
		return j
	}
	j.Phase, j.Outcome, j.Resumable, j.Index, j.Path = jobs.Ended, string(r.Outcome), r.Resumable, r.Index, r.Certificate
	for _, e := range r.Exceptions {
		j.Problems = append(j.Problems, jobs.Note{Code: e.Code, Text: e.Detail})
	}
	for _, err := range r.Errs {
		j.Problems = append(j.Problems, *noteOf(err, v.lang))
	}
	for _, err := range r.Besides {
		j.Problems = append(j.Problems, *noteOf(err, v.lang))
	}
	if r.Unsaved != nil {
		j.Problems = append(j.Problems, jobs.Note{Code: "unsaved", Text: message.Of("the state could not be saved for a part of the run: %v", r.Unsaved).In(v.lang)})
	}
	return j
}

// foreignJob is a job of another process. The caller holds the mutex.
func (v *service) foreignJob(l job.Listed) jobs.Job {
	j := jobs.OfFile(l, v.lang)
	if i := slices.IndexFunc(v.rows, func(r *row) bool { return l.IsOf(r.disk) }); i >= 0 {
		j.Disk = v.rows[i].key
	}
	return j
}

// mostOften is how far apart states are that a watcher is shown. Chosen.
const mostOften = 100 * time.Millisecond
