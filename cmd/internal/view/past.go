package view

import (
	"rasure/cmd/internal/cli"
	jobfiles "rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/wipe"
)

// Job is a job on a disk: it runs, or was interrupted and can be resumed.
type Job struct {
	ID       string `json:"id"`
	Running  bool   `json:"running"`
	Done     int64  `json:"job_done_bytes"` // when the state of the job was last saved, where no job server knows better
	Total    int64  `json:"job_total_bytes"`
	Operator string `json:"operator"`
}

// Progress is how far a job is.
type Progress struct{ Done, Total int64 }

// AddPast adds to disks what the job files and the log of a station say of them. now is how far jobs are, by their ids, for those of which
// that is known better than from their files. What cannot be read is left out: the disks are there all the same.
func AddPast(stateDir string, all []Disk, now map[string]Progress) {
	files, _ := jobfiles.List(stateDir)
	serials := []string{}
	for i, d := range all {
		for _, l := range files {
			if !l.IsOf(d.Disk) || !l.Owned && !l.Resumable {
				continue
			}
			j := &Job{l.ID, l.Owned, l.Done, l.Total, l.Operator}
			if p, ok := now[l.ID]; ok {
				j.Done, j.Total = p.Done, p.Total
			}
			all[i].Job = j
		}
		if s := d.OwnSerial(); s != "" {
			serials = append(serials, s)
		}
	}
	if len(serials) == 0 {
		return
	}
	found, _ := station.Erasures(stateDir, serials)
	for i, d := range all {
		if e, ok := found[d.OwnSerial()]; ok && d.OwnSerial() != "" && station.Covers(e.Disk, d.Disk) {
			all[i].Erased = &e
		}
	}
}

// past is what a list says of the past of a disk that can be erased.
func (d Disk) past() message.Text {
	switch {
	case d.Job != nil:
		return message.Of(", interrupted")
	case d.Erased != nil && d.Erased.Outcome == string(wipe.Verified):
		return message.Of(", erased %s", d.Erased.Ended.Local().Format("2006-01-02"))
	case d.Erased != nil:
		return message.Of(", NOT ERASED %s", d.Erased.Ended.Local().Format("2006-01-02"))
	}
	return message.Text{}
}

func (d Disk) printPast(a *cli.Console) {
	switch j := d.Job; {
	case j != nil && j.Running:
		a.Field(Width, message.Of("job"), "being erased by job %s, %s", j.ID, humanize.Percent(j.Done, j.Total))
	case j != nil:
		a.Field(Width, message.Of("job"), "job %s was interrupted: resume with rasure wipe --resume %s", j.ID, d.Name)
	}
	if e := d.Erased; e != nil {
		a.Field(Width, message.Of("erased"), "%s: %s, certificate %s, entry %d of the log", a.Local(e.Ended), cli.Word(e.Outcome), e.Job, e.Index)
	}
}
