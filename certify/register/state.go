package register

import (
	"cmp"
	"slices"

	"rasure/certify"
	"rasure/certify/internal/pack"
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
	slices.SortFunc(policies, func(a, b policyCount) int {
		return cmp.Or(cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Name, b.Name))
	})
	pack.Slice(w, &policies, func(p *policyCount) { str(&p.Name); str(&p.SHA256); num(&p.n) })
	r.Policies = map[certify.Policy]int64{}
	for _, p := range policies {
		r.Policies[p.Policy] = p.n
	}
	pack.Map(w, &r.media, str, func(m **Medium) { pack.Pointer(w, m, func(m *Medium) { m.pack(w) }) })
	pack.Map(w, &r.serials, str, str)
	pack.Slice(w, &r.records, func(e *record) { e.pack(w) })
	pack.Map(w, &r.ids, str, num)
	pack.Map(w, &r.jobs, str, func(e **Erasure) { packErasure(w, e) })
	pack.Slice(w, &r.erasures, func(e **Erasure) { packErasure(w, e) })
	w.Time(&r.clock)
	r.sums = make(map[string]int64, len(r.records))
	for i, e := range r.records {
		if _, ok := r.sums[e.ref.SHA256]; !ok && !e.copied {
			r.sums[e.ref.SHA256] = int64(i)
		}
	}
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
	*m = plain
	pack.Slice(w, &m.Approvals, func(p **Approval) {
		pack.Pointer(w, p, func(a *Approval) { w.JSON(a); packPeople(w, &a.by) })
	})
	pack.Slice(w, &m.Erasures, func(e **Erasure) { packErasure(w, e) })
	w.Time(&m.noticed)
	w.Bool(&m.reported)
}

func packPeople(w *pack.Coder, all *[]Person) {
	pack.Slice(w, all, func(p *Person) { pack.String(w, &p.Role); pack.String(w, &p.Name); pack.String(w, &p.Key) })
}

func packErasure(w *pack.Coder, p **Erasure) {
	pack.Shared(w, p, func(e *Erasure) {
		e.Entry.Pack(w)
		for _, s := range []*string{&e.ID, &e.Number, &e.Rule, &e.Outcome, &e.Level, &e.Operator, &e.Decision, &e.purpose} {
			pack.String(w, s)
		}
		w.Time(&e.Ended)
		pack.Slice(w, &e.Witnesses, func(s *string) { pack.String(w, s) })
		w.Bool(&e.Secondary)
		pack.Int(w, &e.begun)
		pack.Pointer(w, &e.approval, func(r *certify.EntryRef) { r.Pack(w) })
		pack.Int(w, &e.witnesses)
		pack.Int(w, &e.secondary)
		packPeople(w, &e.people)
	})
}

func (e *record) pack(w *pack.Coder) {
	e.ref.Pack(w)
	pack.String(w, &e.kind)
	w.Time(&e.at)
	pack.Pointer(w, &e.act, func(a *certify.Declaration) { w.JSON(a) })
	packPeople(w, &e.by)
	packErasure(w, &e.erasure)
	w.Bool(&e.refused)
	w.Bool(&e.withdrawn)
	w.Bool(&e.copied)
}
