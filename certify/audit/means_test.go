package audit

import (
	"testing"

	"rasure/certify/statement"
)

// means is a rule that demands all that one can demand of how media are destroyed.
const means = `
[[rule]]
id = "means"
purpose = ["destroy"]
level = "clear"
approvers = 1
methods = ["incinerate", "melt"]
residue = true
licence = true
machine_days = 30
`

// destroyed is a destruction of S-1 that the rule "means" accepts, 10 days after its machine was tested.
func (o *office2) destroyed(edit func(*statement.Destruction)) []byte {
	at := withMedia(o, means).say(o.approval("destroy", "S-1"))
	d := &statement.Destruction{Act: o.act("technician wang witness sun witness zhou"), Media: o.media("S-1"), Approval: o.target(at), Method: "incinerate", Place: "yard",
		Residue: "ash, buried", Contractor: &statement.Contractor{Name: "kiln", Licence: "L-1", Agreement: "A-1"}, Machine: &statement.Machine{Maker: "K", Model: "1"}}
	d.Machine.Tested = statement.Day(d.At.AddDate(0, 0, -10).Format("2006-01-02"))
	edit(d)
	return o.sign2(d)
}

func TestMeans(t *testing.T) {
	t.Parallel()
	refused := func(edit func(*statement.Destruction)) func(o *office2) (string, []byte) {
		return func(o *office2) (string, []byte) { return "means", o.destroyed(edit) }
	}
	each(t, map[string]func(o *office2) (string, []byte){
		"another method":           refused(func(d *statement.Destruction) { d.Method = "shred" }),
		"no residue":               refused(func(d *statement.Destruction) { d.Residue = "" }),
		"no licence":               refused(func(d *statement.Destruction) { d.Contractor.Licence = "" }),
		"no agreement":             refused(func(d *statement.Destruction) { d.Contractor.Agreement = "" }),
		"no machine":               refused(func(d *statement.Destruction) { d.Machine = nil }),
		"a machine without a test": refused(func(d *statement.Destruction) { d.Machine.Tested = "" }),
		"a test of long ago": refused(func(d *statement.Destruction) {
			d.Machine.Tested = statement.Day(d.At.AddDate(0, 0, -31).Format("2006-01-02"))
		}),
		"a test of tomorrow": refused(func(d *statement.Destruction) {
			d.Machine.Tested = statement.Day(d.At.AddDate(0, 0, 1).Format("2006-01-02"))
		}),
		"borrowed until tomorrow": func(o *office2) (string, []byte) {
			withMedia(o, "[[rule]]\nid = \"today\"\npurpose = [\"borrow\"]\nlevel = \"clear\"\napprovers = 1\nsame_day = true\n")
			return "today", o.sign2(o.borrowed(1))
		},
		"a count without a secrecy officer": func(o *office2) (string, []byte) {
			withMedia(o, "secrecy_counts = true")
			return "secrecy-counts", o.sign2(o.count("custodian zhao"))
		},
		"a copy with a longer limit": func(o *office2) (string, []byte) {
			withMedia(o, "copy_limit = true").say(o.trip("copy", nil))
			return "copy", o.sign2(o.registration("S-2", "secret", func(r *statement.Registration) {
				r.CopyOf, r.Place, r.Limit = "S-1", "cabinet 1", &statement.Limit{Years: 20}
			}))
		},
	})
	t.Run("accepted", func(t *testing.T) {
		t.Parallel()
		o := newOffice2(t)
		o.add(o.destroyed(func(*statement.Destruction) {}))
		o = newOffice2(t)
		o.add(o.destroyed(func(d *statement.Destruction) {
			d.Contractor, d.Machine.Tested = nil, statement.Day(d.At.AddDate(0, 0, -30).Format("2006-01-02"))
		}))
		o = withMedia(newOffice2(t), "secrecy_counts = true\ncopy_limit = true\n[[rule]]\nid = \"today\"\npurpose = [\"borrow\"]\nlevel = \"clear\"\napprovers = 1\nsame_day = true\n")
		o.say(o.trip("copy", nil))
		o.say(o.registration("S-2", "secret", func(r *statement.Registration) { r.CopyOf, r.Place = "S-1", "cabinet 1" }))
		counted := o.count("custodian zhao secrecy lan")
		counted.Found = []string{"S-1", "S-2"}
		at := o.say(counted)
		// The result of a count is reported to whom the office has to report it.
		o.say(&statement.Report{Act: o.act("secrecy lan"), Target: o.target(at), Receivers: []statement.Receiver{{Organisation: "secrecy committee", At: o.clock, Reference: "1"}}})
		o.say(o.borrowed(0))
	})
}

// borrowed is a handover of S-1 to qian that ends so many days later.
func (o *office2) borrowed(days int) *statement.Handover {
	t := o.target(o.say(o.approval("borrow", "S-1")))
	h := &statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian", Approval: &t}
	due := h.At.AddDate(0, 0, days)
	h.Due = &due
	return h
}

// count is a count of what zhao has, in which S-1 is found.
func (o *office2) count(signers string) *statement.Inventory {
	return &statement.Inventory{Act: o.act(signers), Scope: statement.Scope{Person: "zhao"}, Found: []string{"S-1"}, Missing: []string{}, Unexpected: []string{}, CountedBy: "zhao"}
}
