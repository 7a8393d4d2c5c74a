package register

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// Equipment is a device of the office as the newest statement about it says.
type Equipment struct {
	Index     int64         `json:"index"` // of that entry
	Number    string        `json:"number"`
	Kind      string        `json:"kind"`
	Status    string        `json:"status"` // in-use or leaves
	Maker     string        `json:"maker,omitempty"`
	Model     string        `json:"model,omitempty"`
	Serial    string        `json:"serial,omitempty"`
	Place     string        `json:"place,omitempty"`
	Storage   bool          `json:"storage"` // it keeps data on media of its own
	Inspected statement.Day `json:"inspected_on,omitempty"`
	Inspector string        `json:"inspected_by,omitempty"`
	Tested    statement.Day `json:"tested_on,omitempty"`
	Particle  int64         `json:"particle_micrometres,omitempty"`
	Standard  string        `json:"standard,omitempty"`
}

// Former is a device to which a medium belonged, until a correction said otherwise.
type Former struct {
	Device string `json:"device"`
	Index  int64  `json:"index"` // of the correction
}

// InUse reports whether the office has it.
func (e Equipment) InUse() bool { return e.Status == "in-use" }

// Equipment is all devices that were stated, by number; also those that have left.
func (r *Register) Equipment() []Equipment {
	all := []Equipment{}
	for _, e := range r.equipment {
		all = append(all, e)
	}
	sort.Slice(all, func(i, j int) bool { return Natural(all[i].Number, all[j].Number) < 0 })
	return all
}

// MediaIn are the media that belong to a device, by number.
func (r *Register) MediaIn(number string) []*Medium {
	all, key := []*Medium{}, statement.NumberKey(number)
	for _, m := range r.media {
		if m.Asset != "" && statement.NumberKey(m.Asset) == key {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b *Medium) int { return Natural(a.Number, b.Number) })
	return all
}

// taken are the media that corrections took out of a device, and that nobody has seen since: they may still be in it. former has the correction of each.
func (r *Register) taken(number string) (all []*Medium, former []Former) {
	key := statement.NumberKey(number)
	for _, m := range r.Media() {
		for _, f := range m.Former {
			if statement.NumberKey(f.Device) == key && statement.NumberKey(m.Asset) != key && m.counted < f.Index && !m.mayLeave() {
				all, former = append(all, m), append(former, f)
			}
		}
	}
	return all, former
}

// mayLeave reports whether a medium needs not be kept in the office any more.
func (m *Medium) mayLeave() bool {
	if m.Destroyed != nil || m.Away != nil || m.Lost != nil {
		return true
	}
	if len(m.Erasures) == 0 || m.MissingSince != nil {
		return false
	}
	e := m.Erasures[len(m.Erasures)-1]
	return e.verified() && (e.purpose == "outside" || m.Class == "none")
}

// stateEquipment takes a device up, or lets it leave once nothing of the office is on it.
func (v *verdict) stateEquipment(*certify.Declaration) func() {
	b := v.body().(*statement.Equipment)
	media := v.r.MediaIn(b.Number)
	if b.Status == "leaves" {
		taken, former := v.r.taken(b.Number)
		for i, m := range taken {
			v.deny("equipment", []int64{former[i].Index}, "entry %d, a correction, took medium %s out of %s, and nobody has counted it since", former[i].Index, m.Number, b.Number)
			v.hint("count what %s has: rasure medium inventory", m.Custodian)
		}
	}
	switch {
	case b.Status == "leaves" && b.Storage && len(media) == 0:
		v.deny("equipment", nil, "%s keeps data, and no medium of it is in the register", b.Number)
		v.hint("register its media: rasure medium register NUMBER --asset %s", b.Number)
	case b.Status == "leaves":
		for _, m := range media {
			if !m.mayLeave() {
				v.deny("equipment", []int64{m.stated}, "medium %s of %s was neither erased for the outside nor destroyed", m.Number, b.Number)
			}
		}
	case v.r.Policy.Inspected && b.Inspected == "":
		v.deny("inspected", nil, "%s is used before its security was inspected", b.Number)
	}
	return func() {
		v.r.equipment[statement.NumberKey(b.Number)] = Equipment{v.e.Index, b.Number, b.Kind, b.Status, b.Maker, b.Model, b.Serial, b.Place, b.Storage, b.Inspected, b.Inspector,
			b.Tested, b.Particle, b.Standard}
	}
}

// checkAsset refuses a medium of a device that the office does not have, if its policy demands that it is stated.
func (v *verdict) checkAsset(number, asset string) {
	if !v.r.Policy.Equipment || asset == "" {
		return
	}
	if e, ok := v.r.equipment[statement.NumberKey(asset)]; !ok || !e.InUse() {
		v.deny("equipment", nil, "medium %s belongs to %s, which is no equipment in use", number, asset)
		v.hint("state the equipment first: rasure act equipment --number %s", asset)
	}
}

// checkMachine refuses a destruction by a machine that is not stated as the office's, or of which the statement says something else.
func (v *verdict) checkMachine(rule *Rule, m *Medium) {
	d, ok := v.body().(*statement.Destruction)
	if !ok {
		d = &statement.Destruction{}
	}
	x := d.Machine
	if !rule.MachineStated || d.Contractor != nil || x != nil && slices.ContainsFunc(v.r.Equipment(), func(e Equipment) bool {
		return e.InUse() && e.Kind == "destruction-machine" && e.Serial != "" && e.Serial == x.Serial && e.Model == x.Model && e.Tested == x.Tested
	}) {
		return
	}
	v.deny(rule.ID, nil, "the destruction of medium %s (%s) must name a machine that is stated as equipment, with its serial number, model and test", m.Number, className(m.Class))
}

// tasksOfEquipment wants a medium in the register for each device in use that keeps data.
func (r *Register) tasksOfEquipment(add adder) {
	for _, e := range r.Equipment() {
		if e.InUse() && e.Storage && len(r.MediaIn(e.Number)) == 0 {
			add("storage", e.Number, r.At(e.Index).Add(7*24*time.Hour), !r.Policy.Equipment, []int64{e.Index}, "%s keeps data, and no medium of it is in the register", cmp.Or(e.Model, e.Kind))
		}
	}
}
