package audit

import (
	"testing"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// carry takes S-1 out under an approval, escorted by sun and zhou.
func (o *office2) carry(approval int64, edit func(*statement.Carry)) *statement.Carry {
	c := &statement.Carry{Act: o.act("custodian zhao witness sun witness zhou"), Media: o.media("S-1"), Carrier: "zhao", Approval: o.target(approval), Destination: "ministry",
		Due: o.clock.AddDate(0, 0, 5), Escorts: []string{"sun", "zhou"}}
	if edit != nil {
		edit(c)
	}
	return c
}

func (o *office2) back(carried int64, edit func(*statement.Back)) *statement.Back {
	b := &statement.Back{Act: o.act("custodian zhao secrecy lan"), Media: o.media("S-1"), Carrier: "zhao", Carried: o.target(carried), Sealed: true}
	if edit != nil {
		edit(b)
	}
	return b
}

func TestCarryRefused(t *testing.T) {
	t.Parallel()
	approved := func(o *office2, purpose string) int64 {
		withMedia(o, "")
		return o.say(o.trip(purpose, nil))
	}
	out := func(o *office2) int64 { return o.say(o.carry(approved(o, "carry"), nil)) }
	each(t, map[string]func(o *office2) (string, []byte){
		"an approval to send": func(o *office2) (string, []byte) {
			withMedia(o, "")
			return "approval", o.sign2(o.carry(o.say(o.trip("send", func(a *statement.Approval) { a.Technician = "zhao" })), nil))
		},
		"an approval for somebody else": func(o *office2) (string, []byte) {
			withMedia(o, "")
			return "approval", o.sign2(o.carry(o.say(o.trip("carry", func(a *statement.Approval) { a.Technician = "qian" })), nil))
		},
		"an approval that is used": func(o *office2) (string, []byte) {
			at := approved(o, "carry")
			o.say(o.back(o.say(o.carry(at, nil)), nil))
			return "approval", o.sign2(o.carry(at, nil))
		},
		"one escort": func(o *office2) (string, []byte) {
			return "out", o.sign2(o.carry(approved(o, "carry"), func(c *statement.Carry) { c.Escorts = c.Escorts[:1] }))
		},
		"for longer than the approval": func(o *office2) (string, []byte) {
			return "approval", o.sign2(o.carry(approved(o, "carry"), func(c *statement.Carry) { c.Due = c.Due.AddDate(0, 1, 0) }))
		},
		"by another custodian": func(o *office2) (string, []byte) {
			return "custodian", o.sign2(o.carry(approved(o, "carry"), func(c *statement.Carry) { c.Carrier, c.Signers[0].Person = "qian", "qian" }))
		},
		"a handover on the way": func(o *office2) (string, []byte) {
			out(o)
			return "out", o.sign2(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"})
		},
		"a count on the way": func(o *office2) (string, []byte) {
			out(o)
			return "out", o.sign2(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{Person: "zhao"}, Found: []string{"S-1"}, CountedBy: "zhao"})
		},
		"a destruction on the way": func(o *office2) (string, []byte) {
			out(o)
			at := o.say(o.approval("destroy", "S-1"))
			return "out", o.sign2(&statement.Destruction{Act: o.act("technician wang witness sun witness zhou"), Media: o.media("S-1"), Approval: o.target(at), Method: "shred", Place: "yard"})
		},
		"carried twice": func(o *office2) (string, []byte) {
			out(o)
			return "out", o.sign2(o.carry(o.say(o.trip("carry", nil)), nil))
		},
		"back from another journey": func(o *office2) (string, []byte) {
			first := out(o)
			o.say(o.back(first, nil))
			o.say(o.carry(o.say(o.trip("carry", nil)), nil))
			return "out", o.sign2(o.back(first, nil))
		},
		"brought back by another custodian": func(o *office2) (string, []byte) {
			return "custodian", o.sign2(o.back(out(o), func(b *statement.Back) { b.Carrier, b.Signers[0].Person = "qian", "qian" }))
		},
	})
	three := newOffice2(t)
	withMedia(three, "three_people = true")
	three.say(three.carry(three.say(three.trip("carry", nil)), nil)) // by its custodian, as always
	o := newOffice2(t)
	out(o)
	o.say(o.approval("inside", "S-1"))
	w := register.EraseRequest{Number: "S-1", Disk: certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.clock}
	if _, err := o.state().Register.Allow(w); ruleOf(err) != "out" {
		t.Errorf("it is erased on the way: %v", err)
	}
}
