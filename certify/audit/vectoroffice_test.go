package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify/statement"
)

// vectorOffice is a log that begins with version 2 and has acts of people; vectorActs are acts that it must not take next, each under the rule that
// refuses it.
const (
	vectorOffice = "../testdata/v2/office"
	vectorActs   = "../testdata/v2/office-refused"
)

// makeVectorOffice is an office whose keys anybody can make again: the seed of a person's key is the SHA-256 of a sentence.
func makeVectorOffice(t *testing.T) *office2 {
	o := emptyOffice2(t, makeVectorLog(t), nil)
	for name := range staff {
		seed := sha256.Sum256([]byte("the key of " + name + " in the office of the vectors"))
		o.people[name] = personOf(t, name, rolesOf(name), ed25519.NewKeyFromSeed(seed[:]))
	}
	o.with()                                                                                                                                                                                  // 1
	o.say(o.registration("S-1", "confidential", nil))                                                                                                                                         // 2
	o.say(o.registration("S-2", "none", nil))                                                                                                                                                 // 3
	o.say(o.enact("rules", 1))                                                                                                                                                                // 4
	o.say(o.approval("inside", "S-1"))                                                                                                                                                        // 5
	cert := o.wipe("S-1")                                                                                                                                                                     // 6, 7
	o.say(&statement.Witness{Act: o.act("witness sun"), Target: o.target(cert), Present: "all", Saw: "it"})                                                                                   // 8
	o.say(&statement.Validation{Act: o.act("validate chen"), Target: o.target(cert), Decision: "accept", Reason: "seen"})                                                                     // 9
	o.say(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"})                                                                  // 10
	o.say(&statement.Inventory{Act: o.act("custodian qian"), Scope: statement.Scope{Person: "qian"}, Found: []string{"S-1"}, CountedBy: "qian"})                                              // 11
	o.say(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(3), Reason: "misread", Changes: []statement.Change{{Field: "serial", Old: "WD-S-2", New: "WD-2"}}}) // 12
	o.add(o.next(nil))                                                                                                                                                                        // 13
	return o
}

// The log of the office is made again byte for byte, and audits well. What is beside it is refused by the rule of its name.
func TestVectorOffice(t *testing.T) {
	t.Parallel()
	o := makeVectorOffice(t)
	o.sameFiles(vectorOffice)
	r, err := Log(os.DirFS(vectorOffice), Options{Pin: o.cardPin(), Now: start.AddDate(0, 0, 2)})
	check(t, err)
	if !r.Valid || r.Entries != 14 || len(r.Rosters) != 2 || len(r.Media) != 2 || r.Policy.Name != "rules" || len(r.Warnings) != 1 || r.Warnings[0].Rule != FirstRosterUnpinned {
		t.Errorf("%+v", r)
	}
	for name, say := range refusedVectors {
		o := makeVectorOffice(t)
		signed := say(o)
		file := filepath.Join(vectorActs, name)
		o.sameFile(file, signed)
		rule, _, _ := strings.Cut(name, ".")
		if rules := o.refusals(signed); len(rules) == 0 || rules[0] != rule {
			t.Errorf("%s is refused by %q", file, rules)
		}
	}
	files, err := os.ReadDir(vectorActs)
	if err != nil || len(files) != len(refusedVectors) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// approving is an approval of S-2, as it should not be.
func approving(edit func(o *office2, a *statement.Approval)) func(o *office2) []byte {
	return func(o *office2) []byte {
		a := o.approval("inside", "S-2")
		edit(o, a)
		return o.sign2(a)
	}
}

var refusedVectors = map[string]func(o *office2) []byte{
	"fork.root":         approving(func(o *office2, a *statement.Approval) { a.Log.Root[0]++ }),
	"fork.another-log":  approving(func(o *office2, a *statement.Approval) { a.Log.First[0]++ }),
	"fork.later-size":   approving(func(o *office2, a *statement.Approval) { a.Log.Size++ }),
	"order.before-head": approving(func(o *office2, a *statement.Approval) { a.At = start }),
	"subject.medium":    approving(func(o *office2, a *statement.Approval) { a.Media[0].Serial = "WD-S-1" }),
	"stale.medium": approving(func(o *office2, a *statement.Approval) { // as it was before entry 12
		a.Media[0].Serial, a.Media[0].Registration = "WD-S-2", o.ref2(3)
		head, err := o.state().Log.Head(12)
		check(o, err)
		a.Log.Size, a.Log.Root = 12, statement.Hash(head.Root)
	}),
	"not-in-log.registration": approving(func(o *office2, a *statement.Approval) { a.Media[0].Registration.SHA256[0]++ }),
	"unknown-medium.number":   approving(func(o *office2, a *statement.Approval) { a.Media[0].Number = "S-3" }),
	"subject.entry": func(o *office2) []byte {
		w := &statement.Witness{Act: o.act("witness zhou"), Target: o.target(7), Present: "all", Saw: "it"}
		w.Target.Serial = "WD-2"
		return o.sign2(w)
	},
	"one-role.again": func(o *office2) []byte {
		return o.sign2(&statement.Validation{Act: o.act("validate chen"), Target: o.target(7), Decision: "reject", Reason: "seen"})
	},
	"signature.role": func(o *office2) []byte { return o.sign2(o.approval("inside", "S-2"), "approve", "sun") },
	"twice.text": func(o *office2) []byte {
		entry, err := o.log.Entry(8)
		check(o, err)
		return entry
	},
}
