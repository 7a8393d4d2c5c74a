package jobserver

import (
	"cmp"
	"context"
	"errors"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Prepare claims and plans disks.
func (v *service) Prepare(ctx context.Context, o jobs.Options, all []jobs.Request) (jobs.Batch, error) {
	s := v.Server
	defer s.reads.hold()()
	b := &batch{s: s, lang: v.lang, o: o, disks: make([]jobs.Prepared, len(all)), refused: make([]error, len(all)), done: make(chan struct{}), follow: map[int]job.Observer{}}
	requests, numbers := b.free(all)
	options := o.ForJob()
	rules := s.rules.Load()
	options.Heat = rules.Heat
	options.GiveUp = wipe.GiveUp{Total: cmp.Or(o.GiveUp, rules.GiveUp.Total), PerHour: cmp.Or(o.GiveUpHour, rules.GiveUp.PerHour)}
	b.after = o.After.Or(rules.After)
	options.SpinDown = b.after.Then == after.SpinDown
	options.After = func(r job.Result) []error { return b.after.Job(s.st, r) }
	own, err := s.m.Prepare(ctx, options, requests)
	if err != nil {
		return nil, err
	}
	b.own = own
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range own.Jobs() {
		n := numbers[i.Number]
		s.held[i.Disk.Path] = b
		r := s.rowOf(i.Disk)
		r.arrived = false
		b.disks[n] = jobs.PreparedOf(i, v.lang)
		b.disks[n].Disk = v.disk(r)
		if e := s.entryOf(i.Disk.UniqueSerial()); e != nil && b.disks[n].Medium != nil {
			b.disks[n].Medium = e
		}
	}
	for _, r := range own.Refused() {
		b.refuse(numbers[r.Number], r.Disk, r.Err)
	}
	for n := range b.disks {
		if b.refused[n] != nil {
			b.describeRefused(n, all[n])
		}
	}
	s.change()
	return b, nil
}

// free refuses disks that this server has in use, and returns the requests for the others, and the number of each of them.
func (b *batch) free(all []jobs.Request) (requests []job.Request, numbers map[int]int) {
	numbers = map[int]int{}
	s := b.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, r := range all {
		to := job.Request{Disk: r.Disk, Medium: r.Medium, PSID: r.PSID, Own: r.Own, Origin: r.Origin, Private: r.Private}
		if row := s.find(r.Disk); row != nil {
			d, path := row.disk, row.disk.Path
			switch {
			case row.gone:
				b.refuse(n, d, fault.WithHint(fault.Refusef("%s is not attached any more", devices.Printable(d.Name)), "rasure list shows the disks attached now"))
				continue
			case row.task != nil && !row.task.over():
				b.refuse(n, d, fault.WithHint(fault.Refusef("%s is being erased by job %s", devices.Printable(d.Name), row.task.id()), "rasure jobs attach %s shows how far it is", devices.Printable(d.Name)))
				continue
			case s.held[path] != nil:
				b.refuse(n, d, fault.WithHint(fault.Refusef("%s is selected on another screen", devices.Printable(d.Name)), "leave it out there, or start it there"))
				continue
			case r.Disk == row.key:
				to.Disk = path
			}
		}
		numbers[len(requests)] = n
		requests = append(requests, to)
	}
	return requests, numbers
}

func (b *batch) refuse(n int, d devices.Disk, err error) {
	b.refused[n] = err
	b.disks[n].Disk.Disk = d
}

// describeRefused describes a disk that is not erased. The caller holds the server's mutex.
func (b *batch) describeRefused(n int, r jobs.Request) {
	p, err := &b.disks[n], b.refused[n]
	d := p.Disk.Disk
	if d.Name == "" {
		d.Name = r.Disk // it was not found
	} else if row := b.s.find(keyOf(d)); row != nil {
		p.Disk = (&service{b.s, b.lang}).disk(row)
	}
	p.Disk.Disk, p.Word = d, job.Word(d)
	p.Others, p.Notes = []string{}, []string{}
	p.Refused = noteOf(err, b.lang)
}

// noteOf is an error as screens show it.
func noteOf(err error, l message.Language) *jobs.Note {
	sent := fault.Send(err, l)
	n := &jobs.Note{Code: "failed", Text: sent.Text, Hint: sent.Hint}
	var refused *devices.RefusedError
	switch {
	case errors.As(err, &refused):
		n.Code = string(refused.Hazards[0].Kind)
	case sent.Code == fault.Refused:
		n.Code = "refused"
	case sent.Code == fault.BadUsage:
		n.Code = "usage"
	}
	return n
}
