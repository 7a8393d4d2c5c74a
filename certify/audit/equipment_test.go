package audit

import (
	"slices"
	"strings"
	"testing"

	"rasure/certify/register"
	"rasure/certify/statement"
)

// device is a statement about PC-1, a computer that keeps data; edit changes it.
func (o *office2) device(edit func(*statement.Equipment)) *statement.Equipment {
	e := &statement.Equipment{Act: o.act("custodian zhao"), Number: "PC-1", Kind: "computer", Status: "in-use", Storage: true}
	if edit != nil {
		edit(e)
	}
	return e
}

// leaves is that PC-1 leaves the office.
func (o *office2) leaves() *statement.Equipment {
	return o.device(func(e *statement.Equipment) { e.Status = "leaves" })
}

// disk is a registration of a medium of PC-1.
func (o *office2) disk(number, class string) *statement.Registration {
	return o.registration(number, class, func(r *statement.Registration) { r.Asset = "pc-1" })
}

// moved corrects to which device a medium belongs that the entry at registers.
func (o *office2) moved(at int64, from, to string) *statement.Correction {
	return &statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(at), Reason: "moved", Changes: []statement.Change{{Field: "asset", Old: from, New: to}}}
}

// takeOut registers the disks S-7 and S-8 of PC-1, of which S-8 was erased, and corrects that S-7 belongs to another device, or none.
func (o *office2) takeOut(to string) {
	at := o.say(o.disk("S-7", "none"))
	o.say(o.disk("S-8", "none"))
	o.wipe("S-8")
	o.say(o.moved(at, "pc-1", to))
}

// counted counts what zhao has: S-8, and what is given.
func (o *office2) counted(found, missing []string) {
	o.say(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{Person: "zhao"}, Found: append([]string{"S-8"}, found...), Missing: missing, CountedBy: "zhao"})
}

// stated is a rule by which only machines destroy media that are stated as equipment.
const stated = "[[rule]]\nid = \"stated\"\npurpose = [\"destroy\"]\nlevel = \"clear\"\napprovers = 1\nmachine_stated = true\n"

// shredded is a destruction of S-1 by a shredder that was stated, as edit changes what it says of it.
func (o *office2) shredded(edit func(*statement.Machine)) *statement.Destruction {
	at := withMedia(o, stated).say(o.approval("destroy", "S-1"))
	o.say(o.device(func(e *statement.Equipment) {
		e.Number, e.Kind, e.Storage, e.Model, e.Serial, e.Tested = "SH-1", "destruction-machine", false, "P-7", "M-1", "2026-01-05"
	}))
	d := &statement.Destruction{Act: o.act("technician wang witness sun witness zhou"), Media: o.media("S-1"), Approval: o.target(at), Method: "shred", Place: "yard",
		Machine: &statement.Machine{Maker: "K", Model: "P-7", Serial: "M-1", Tested: "2026-01-05"}}
	edit(d.Machine)
	return d
}

func TestEquipment(t *testing.T) {
	t.Parallel()
	each(t, map[string]func(o *office2) (string, []byte){
		"leaves with a disk that nobody erased": func(o *office2) (string, []byte) {
			withMedia(o, "").say(o.disk("S-7", "none"))
			return "equipment", o.sign2(o.leaves())
		},
		"leaves with a disk that is not in the register": func(o *office2) (string, []byte) {
			withMedia(o, "").say(o.device(nil))
			return "equipment", o.sign2(o.leaves())
		},
		"leaves with a secret disk that was erased for the inside": func(o *office2) (string, []byte) {
			withMedia(o, "[[rule]]\nid = \"in\"\npurpose = [\"inside\"]\nlevel = \"clear\"\napprovers = 1\n").say(o.disk("S-7", "secret"))
			o.say(o.approval("inside", "S-7"))
			o.wipe("S-7")
			return "equipment", o.sign2(o.leaves())
		},
		"leaves after a correction took a disk out of it": func(o *office2) (string, []byte) {
			o.takeOut("")
			return "equipment", o.sign2(o.leaves())
		},
		"leaves after that disk was counted as missing": func(o *office2) (string, []byte) {
			o.takeOut("PC-2")
			o.counted(nil, []string{"S-7"})
			return "equipment", o.sign2(o.leaves())
		},
		"gets a disk by a correction and was never stated": func(o *office2) (string, []byte) {
			at := withMedia(o, "equipment = true").say(o.registration("S-7", "none", nil))
			return "equipment", o.sign2(o.moved(at, "", "PC-9"))
		},
		"is used before it was inspected": func(o *office2) (string, []byte) {
			return "inspected", withMedia(o, "inspected = true").sign2(o.device(nil))
		},
		"is named by a medium and was never stated": func(o *office2) (string, []byte) {
			return "equipment", withMedia(o, "equipment = true").sign2(o.disk("S-7", "none"))
		},
		"is named by a medium and has left": func(o *office2) (string, []byte) {
			withMedia(o, "equipment = true").say(o.device(func(e *statement.Equipment) { e.Status, e.Storage = "leaves", false }))
			return "equipment", o.sign2(o.disk("S-7", "none"))
		},
		"destroys and is another machine": func(o *office2) (string, []byte) {
			return "stated", o.sign2(o.shredded(func(m *statement.Machine) { m.Serial = "M-2" }))
		},
		"destroys and was tested on another day": func(o *office2) (string, []byte) {
			return "stated", o.sign2(o.shredded(func(m *statement.Machine) { m.Tested = "2026-01-06" }))
		},
	})
	t.Run("accepted", func(t *testing.T) {
		t.Parallel()
		o := withMedia(newOffice2(t), "equipment = true\ninspected = true")
		o.say(o.device(func(e *statement.Equipment) { e.Inspected, e.Inspector = "2026-01-04", "wu" }))
		task := func() bool {
			for _, x := range o.state().Register.Tasks(o.clock) {
				if x.Kind == "storage" && x.Medium == "PC-1" && !x.Reminder && strings.Contains(x.Detail.String(), "no medium of it is in the register") {
					return true
				}
			}
			return false
		}
		o.expect("a task while no medium of it is in the register", task(), true)
		o.say(o.disk("S-7", "none"))
		o.expect("no task any more", task(), false)
		o = newOffice2(t)
		o.say(o.disk("S-7", "none"))
		o.wipe("S-7")
		o.say(o.leaves())
		all := o.report(o.clock).Office.Equipment
		o.expect("equipment", len(all) == 1 && all[0].Status == "leaves" && all[0].Number == "PC-1", true)
		o = newOffice2(t)
		o.takeOut("PC-2")
		o.expect("what the register has of it", slices.Equal(o.state().Register.Medium("S-7").Former, []register.Former{{Device: "pc-1", Index: o.state().Register.Size() - 1}}), true)
		o.counted([]string{"S-7"}, nil) // so it is not in PC-1
		o.say(o.leaves())
		o = newOffice2(t)
		o.takeOut("")
		o.say(o.moved(o.state().Register.Medium("S-7").Registered, "", "PC-1")) // and back
		o.wipe("S-7")
		o.say(o.leaves())
		o = newOffice2(t)
		o.say(o.shredded(func(*statement.Machine) {}))
	})
}
