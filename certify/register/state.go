package register

import (
	"cmp"
	"encoding/hex"
	"sort"

	"rasure/certify"
	"rasure/certify/internal/pack"
	"rasure/certify/statement"
)

// Pack writes the register to w, or reads it from there, except its policy and its time: a state of a prefix of the log that was verified
// once. A register that was read continues as the one that was written would; of its texts the English sentence is kept.
func (r *Register) Pack(w *pack.Coder) {
	str := func(s *string) { pack.String(w, s) }
	num := func(n *int64) { pack.Int(w, n) }
	pack.Slice(w, &r.Violations, func(v *Violation) { w.JSON(v) })
	policies := []policyCount{}
	for p, n := range r.Policies {
		policies = append(policies, policyCount{p, n})
	}
	sort.Slice(policies, func(i, j int) bool {
		a, b := &policies[i], &policies[j]
		return cmp.Or(cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Name, b.Name)) < 0
	})
	pack.Slice(w, &policies, func(p *policyCount) { str(&p.Name); str(&p.SHA256); num(&p.n) })
	r.Policies = map[certify.Policy]int64{}
	for _, p := range policies {
		r.Policies[p.Policy] = p.n
	}
	pack.Map(w, &r.media, str, func(m **Medium) { pack.Pointer(w, m, func(m *Medium) { m.pack(w) }) })
	r.keys, r.lengths = make(map[string]string, len(r.media)), map[int]bool{}
	for number := range r.media {
		r.keys[statement.NumberKey(number)] = number
		r.lengths[len(statement.NumberKey(number))] = true
	}
	pack.Map(w, &r.serials, str, str)
	pack.Slice(w, &r.records, func(e *record) { e.pack(w) })
	pack.Map(w, &r.ids, str, num)
	pack.Map(w, &r.jobs, str, func(e **Erasure) { packErasure(w, e) })
	pack.Slice(w, &r.erasures, func(e **Erasure) { packErasure(w, e) })
	w.Time(&r.clock)
	r.packLog(w)
	r.sums = make(map[string]int64, len(r.records))
	for i, e := range r.records {
		if _, ok := r.sums[e.ref.SHA256]; !ok && !e.copied {
			r.sums[e.ref.SHA256] = int64(i)
		}
	}
}

// packLog codes what the log says of itself: its rules, and which findings are closed.
func (r *Register) packLog(w *pack.Coder) {
	pack.Slice(w, &r.policies, func(e *enacted) { pack.Int(w, &e.index); pack.String(w, &e.text) })
	r.Policy = r.given
	if n := len(r.policies); n > 0 {
		var err error
		if r.Policy, err = ParsePolicy([]byte(r.policies[n-1].text)); err != nil {
			w.Fail(err)
		}
	}
	pack.Slice(w, &r.lists, func(l *listing) {
		pack.Int(w, &l.index)
		pack.Pointer(w, &l.List, func(b *statement.List) { w.JSON(b) })
	})
	closed := map[string]Closed{}
	for id, c := range r.closed {
		closed[id.String()] = c
	}
	pack.Map(w, &closed, func(s *string) { pack.String(w, s) }, func(c *Closed) {
		pack.Int(w, &c.Index)
		w.Bool(&c.ByRoots)
		pack.String(w, &c.Measure)
	})
	r.closed = map[statement.Hash]Closed{}
	for id, c := range closed {
		var sum statement.Hash
		if _, err := hex.Decode(sum[:], []byte(id)); err != nil {
			w.Fail(err)
		}
		r.closed[sum] = c
	}
	pack.Slice(w, &r.recounts, func(c *Recount) {
		pack.Int(w, &c.Index)
		pack.Pointer(w, &c.Recount, func(b *statement.Recount) { w.JSON(b) })
	})
	pack.Map(w, &r.equipment, func(s *string) { pack.String(w, s) }, func(e *Equipment) { w.JSON(e) })
	pack.Int(w, &r.offset)
	w.Bool(&r.zoned)
	pack.Pointer(w, &r.retired, func(n *int64) { pack.Int(w, n) })
	w.Bool(&r.alone)
}

type policyCount struct {
	certify.Policy
	n int64
}

func (m *Medium) pack(w *pack.Coder) {
	plain := *m
	plain.Approvals, plain.Erasures = nil, nil
	w.JSON(&plain)
	plain.Approvals, plain.Erasures, plain.noticed, plain.reported = m.Approvals, m.Erasures, m.noticed, m.reported
	plain.stated, plain.counted, plain.lent, plain.before, plain.newest = m.stated, m.counted, m.lent, m.before, m.newest
	*m = plain
	pack.Slice(w, &m.Approvals, func(p **Approval) {
		pack.Pointer(w, p, func(a *Approval) { w.JSON(a); packPeople(w, &a.by) })
	})
	pack.Slice(w, &m.Erasures, func(e **Erasure) { packErasure(w, e) })
	w.Time(&m.noticed)
	w.Bool(&m.reported)
	for _, n := range []*int64{&m.stated, &m.counted, &m.lent, &m.newest} {
		pack.Int(w, n)
	}
	pack.Pointer(w, &m.before, func(b *Medium) { b.pack(w) })
}

func packPeople(w *pack.Coder, all *[]Person) {
	pack.Slice(w, all, func(p *Person) {
		pack.String(w, &p.Role)
		pack.String(w, &p.Name)
		pack.String(w, &p.Key)
		w.Bool(&p.Hardware)
		w.Bool(&p.Trained)
	})
}

func packErasure(w *pack.Coder, p **Erasure) {
	pack.Shared(w, p, func(e *Erasure) {
		e.Entry.Pack(w)
		for _, s := range []*string{&e.ID, &e.Number, &e.Rule, &e.Outcome, &e.Level, &e.Operator, &e.Decision, &e.purpose, &e.Serial, &e.Model, &e.Result} {
			pack.String(w, s)
		}
		w.Time(&e.Ended)
		w.Time(&e.Began)
		pack.Int(w, &e.offset)
		w.Bool(&e.signs)
		pack.Slice(w, &e.Approvers, func(s *string) { pack.String(w, s) })
		pack.Slice(w, &e.Saw, func(s *Seen) { w.JSON(s) })
		pack.Slice(w, &e.Witnesses, func(s *string) { pack.String(w, s) })
		w.Bool(&e.Secondary)
		pack.Int(w, &e.begun)
		pack.Pointer(w, &e.approval, func(r *certify.EntryRef) { r.Pack(w) })
		pack.Int(w, &e.witnesses)
		pack.Int(w, &e.secondary)
		pack.String(w, &e.demanded)
		pack.Int(w, &e.witnessDays)
		pack.Int(w, &e.secondaryDays)
		packPeople(w, &e.people)
	})
}

func (e *record) pack(w *pack.Coder) {
	e.ref.Pack(w)
	w.Sum(&e.text)
	pack.Int(w, &e.floor)
	w.Bool(&e.named)
	pack.Pointer(w, &e.about, func(a *about) {
		for _, s := range []*string{&a.job, &a.number, &a.serial, &a.outcome, &a.level} {
			pack.String(w, s)
		}
	})
	pack.String(w, &e.kind)
	w.Time(&e.at)
	pack.Pointer(w, &e.act, func(a *certify.Declaration) { w.JSON(a) })
	packPeople(w, &e.by)
	packErasure(w, &e.erasure)
	w.Bool(&e.refused)
	w.Bool(&e.withdrawn)
	w.Bool(&e.copied)
}
