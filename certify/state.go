package certify

import (
	"bytes"
	"encoding/hex"
	"sort"

	"rasure/certify/internal/pack"
)

// Pack writes the chain to w, or reads it from there: a state of a prefix of the log that was verified once. A chain that was read goes
// on as the one that was written would; of its problems and warnings the English text is kept.
func (c *Chain) Pack(w *pack.Coder) {
	problem := func(p *Problem) { pack.Int(w, &p.Index); w.JSON(&p.Detail); pack.String(w, &p.Rule) }
	pack.Slice(w, &c.Problems, problem)
	pack.Slice(w, &c.Warnings, problem)
	pack.Map(w, &c.Outcomes, func(k *string) { pack.String(w, k) }, func(n *int64) { pack.Int(w, n) })
	pack.Int(w, &c.size)
	w.JSON(&c.head)
	w.Sum(&c.first)
	w.Bool(&c.version2)
	pack.Int(w, &c.attestedFrom)
	w.Sum((*[32]byte)(&c.roots))
	pack.Int(w, &c.enrolled)
	pack.String(w, &c.assurance)
	pack.Slice(w, &c.files, w.Sum)
	pack.Map(w, &c.jobs, func(k *string) { pack.String(w, k) }, func(p **jobRecord) {
		pack.Pointer(w, p, func(j *jobRecord) {
			j.begin.Pack(w)
			j.disk.pack(w)
			pack.String(w, &j.name)
			for _, s := range []*string{&j.plan.Scheme, &j.plan.Title, &j.plan.SchemeSHA256, &j.plan.Source, &j.plan.Disputed, &j.plan.Level, &j.plan.Verify, &j.plan.Method} {
				pack.String(w, s)
			}
			pack.Pointer(w, &j.medium, func(m *MediumRef) { w.JSON(m) })
			pack.Pointer(w, &j.last, func(r *EntryRef) { r.Pack(w) })
			pack.String(w, &j.outcome)
			w.Bool(&j.resumable)
			w.Time(&j.at)
			if w.Bool(&j.version2); j.version2 {
				w.Sum(&j.seed)
				w.Sum(&j.work)
			}
		})
	})
	// By index, since references and sums are no ordered keys.
	disks := map[int64]erasedDisk{}
	for r, d := range c.erased {
		disks[r.Index] = erasedDisk{r, d}
	}
	pack.Map(w, &disks, func(k *int64) { pack.Int(w, k) }, func(e *erasedDisk) {
		e.ref.Pack(w)
		e.disk.identity.pack(w)
		for _, s := range []*string{&e.disk.kind, &e.disk.job, &e.disk.number, &e.disk.level} {
			pack.String(w, s)
		}
		w.Time(&e.disk.at)
	})
	seen := map[int64][32]byte{}
	for sum, i := range c.seen {
		seen[i] = sum
	}
	pack.Map(w, &seen, func(k *int64) { pack.Int(w, k) }, w.Sum)
	keys := make([]packedKey, 0, len(c.keys))
	for key, use := range c.keys {
		keys = append(keys, packedKey{key, use})
	}
	sort.Slice(keys, func(i, j int) bool { return bytes.Compare(keys[i].key[:], keys[j].key[:]) < 0 })
	pack.Slice(w, &keys, func(k *packedKey) {
		w.Sum(&k.key)
		pack.Int(w, &k.use.index)
		pack.Int(w, &k.use.begin)
	})
	c.keys = make(map[[32]byte]keyUse, len(keys))
	for _, k := range keys {
		c.keys[k.key] = k.use
	}
	c.erased, c.seen = make(map[EntryRef]erased, len(disks)), make(map[[32]byte]int64, len(seen))
	for _, e := range disks {
		c.erased[e.ref] = e.disk
	}
	for i, sum := range seen {
		c.seen[sum] = i
	}
}

type packedKey struct {
	key [32]byte
	use keyUse
}

type erasedDisk struct {
	ref  EntryRef
	disk erased
}

func (d *identity) pack(w *pack.Coder) {
	for _, s := range []*string{&d.serial, &d.wwn, &d.model, &d.vendor} {
		pack.String(w, s)
	}
	pack.Int(w, &d.size)
}

// Pack writes or reads a reference.
func (r *EntryRef) Pack(w *pack.Coder) {
	pack.Int(w, &r.Index)
	var sum [32]byte
	_, err := hex.Decode(sum[:], []byte(r.SHA256))
	odd := err != nil || hex.EncodeToString(sum[:]) != r.SHA256 // what a statement names need not be a sum
	if w.Bool(&odd); odd {
		pack.String(w, &r.SHA256)
		return
	}
	w.Sum(&sum)
	r.SHA256 = hex.EncodeToString(sum[:])
}
