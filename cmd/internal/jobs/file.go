package jobs

import (
	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// OfFile is a job as its file has it, with sentences in language l: another process owns it, or it ended early and can be resumed.
func OfFile(l job.Listed, lang message.Language) Job {
	j := Job{ID: l.ID, Disk: l.Disk.Name, Phase: Running, Foreign: true, Started: l.Since, History: []int64{}, Done: l.Done, Total: l.Total,
		Scheme: l.Plan.Scheme.ID, Level: string(l.Plan.Level), Verify: string(l.Plan.Verify), Medium: l.Medium, Operator: l.Operator, Index: -1, Problems: []Note{}}
	p := &j.Progress
	p.Disk, p.Serial = devices.Printable(l.Disk.Name), l.Disk.Serial
	p.Pass, p.Passes, p.JobDone, p.JobTotal = l.Pass, len(l.Plan.Scheme.Passes), l.Done, l.Total
	if l.Owned {
		by := message.Of("another process owns it; what is shown was saved up to half a minute ago")
		if l.PID != 0 {
			by = message.Of("process %d owns it; what is shown was saved up to half a minute ago", l.PID)
		}
		j.Why = by.In(lang)
		return j
	}
	j.Phase, j.Foreign, j.Outcome, j.Resumable = Ended, false, string(wipe.Interrupted), l.Resumable
	p.Outcome = j.Outcome
	return j
}
