package jobs

import (
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/devices"
)

// PreparedOf is a disk of a batch of this process as the operator must know it, with sentences in language l.
func PreparedOf(i job.Info, l message.Language) Prepared {
	p := Prepared{
		Disk: Disk{Key: i.Disk.Name, Disk: i.Disk, Bay: i.Bay, Word: i.Word}, Word: i.Word,
		Scheme: i.Plan.Scheme.ID, Passes: len(i.Plan.Scheme.Passes), Level: string(i.Plan.Level), Verify: string(i.Plan.Verify),
		Others: []string{}, Notes: []string{},
	}
	if m := i.Plan.Method; m != nil {
		p.Method, p.Minutes = string(m.ID), int(m.Estimate.Round(time.Minute)/time.Minute)
	}
	for _, w := range i.Plan.Cautions() {
		p.Notes = append(p.Notes, w.In(l))
	}
	for _, o := range i.Others {
		p.Others = append(p.Others, devices.Printable(o.Name))
	}
	if i.Medium != nil {
		p.Medium = &Entry{Number: i.Medium.Number, Class: string(i.Medium.Class)}
	}
	for _, n := range i.Notes {
		p.Notes = append(p.Notes, n.In(l))
	}
	if i.Resumed != nil {
		p.Resumes = i.Resumed.WrittenTo
	}
	return p
}
