// Package draft makes the texts that people sign: which fields a kind of statement needs, how a typed value becomes a field, who must
// sign, and how the finished text is shown to its signer.
//
// A command drafts the kind of version 1 or that of version 2: the log decides. What both versions have has the same command words.
package draft

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Draft is a statement whose fields are still being filled in. Fields are named by the flags of the command line.
type Draft interface {
	Merge(object []byte) error             // takes fields from a JSON object
	Set(flag string, words []string) error // gives a field its value, in the words of a command line
	SetTyped(flag, line string) error      // from a line that was typed
	Missing() (flags []string)             // what the statement must have and has no value yet
	Prompt(flag string) message.Text       // says what a field is
	SetHere(signers []string)              // who signs at once, ROLE=NAME each: fields can follow from that
	HasSigners() bool                      // whether somebody is named who must sign
	SetSigners(words []string) error       // ROLE=NAME each, or NAME where only one role signs; without words those whom a field names
	AddSigners(role, names string)         // names separated by spaces
	Signs() []statement.SignerRule         // who must sign
	Text() (string, error)                 // the text to be signed, with its id and time
}

// Numbers stands for the arguments of a command in the place of a flag.
const Numbers = "media"

// Command drafts a kind of statement.
type Command struct {
	Noun, Verb string
	Old        *certify.DeclarationKind // its version 1; nil if only version 2 has it
	Kind       *statement.Kind          // its version 2
	Example    string
}

// commands have their noun and verb, and the name of their kind where that is another word.
var commands = []struct{ noun, verb, kind, example string }{
	{"medium", "register", "registration", "rasure medium register S-2024-017 --type ssd --classification secret --custodian zhao --source 'office 3' --limit-years 5 --in-service 2026-01-05 --out register.draft"},
	{"medium", "approve", "approval", "rasure medium approve S-2024-017 --purpose inside --technician wang --until 2027-01-31 --signer li --out approve.draft"},
	{"medium", "handover", "", "rasure medium handover S-2024-017 --giver zhao --receiver qian --place 'room 12' --out handover.draft"},
	{"medium", "witness", "", "rasure medium witness --entry 12 --saw 'S-2024-017 was erased' --signer sun --out witness.draft"},
	{"medium", "validate", "validation", "rasure medium validate --entry 12 --decision accept --reason 'read back with another tool' --signer chen --out validate.draft"},
	{"medium", "destroy", "destruction", "rasure medium destroy S-2024-017 --entry 7 --method shredded --place 'room 12' --signer technician=wang --signer witness=sun --out destroy.draft"},
	{"medium", "inventory", "", "rasure medium inventory --custodian qian --found S-2024-017 --missing C-3 --signer custodian=qian --out inventory.draft"},
	{"medium", "report-loss", "loss", "rasure medium report-loss C-3 --noticed 2026-11-02 --reason 'not in the safe' --signer custodian=qian --out loss.draft"},
	{"medium", "correct", "correction", "rasure medium correct --entry 7 --reason 'wrong serial number' --serial SSD-2 --signer custodian=zhao --signer approve=li --out correct.draft"},
	{"medium", "found", "", "rasure medium found C-3 --loss 21 --where 'behind the safe' --sealed true --signer custodian=qian --signer witness=sun --out found.draft"},
	{"medium", "reclassify", "", "rasure medium reclassify S-2024-017 --new-classification none --basis 'order 2026-12' --signer approve=li --signer secrecy=wu --out reclassify.draft"},
	{"medium", "retype", "", "rasure medium retype S-2024-017 --new-type hybrid --reason 'it has a flash part' --signer custodian=zhao --signer approve=li --out retype.draft"},
	{"medium", "carry", "", "rasure medium carry S-2024-017 --approval 21 --destination 'ministry' --due 2026-12-05 --escorts sun --out carry.draft"},
	{"medium", "back", "", "rasure medium back S-2024-017 --carried 22 --sealed true --signer custodian=zhao --signer secrecy=wu --out back.draft"},
	{"medium", "return", "", "rasure medium return S-2024-017 --giver zhao --receiver-organisation 'ministry' --receipt R-17 --out return.draft"},
	{"medium", "transfer", "", "rasure medium transfer S-2024-017 --giver zhao --receiver qian --reason ill --signer approve=li --signer custodian=qian --signer witness=sun --out transfer.draft"},
	{"medium", "result", "", "rasure medium result --entry 12 --statement done --signer wang --out result.draft"},
	{"medium", "report", "", "rasure medium report --entry 21 --receivers 'secrecy bureau,2026-11-03T10:00:00+08:00,2026-117' --signer wu --out report.draft"},
	{"medium", "incident", "", "rasure medium incident --noticed 2026-11-02 --kind seal-broken --measures 'sealed again' --signer wu --out incident.draft"},
	{"medium", "void", "", "rasure medium void --entry 22 --reason 'wrong medium' --out void.draft"},
	{"act", "policy", "", "rasure act policy policy.toml --signer approve=li --signer secrecy=wu --out policy.draft"},
	{"act", "enrolment", "", "rasure act enrolment --from enrolment.json --signer authority --out enrolment.draft"},
	{"act", "equipment", "", "rasure act equipment --number PR-7 --kind printer --status in-use --model M404 --storage true --signer zhao --out equipment.draft"},
	{"act", "closure", "", "rasure act closure --finding loss-24h,15 --measure 'reported by letter' --by wu --until 2026-12-31 --signer approve=li --signer secrecy=wu --out closure.draft"},
	{"act", "recount", "", "rasure act recount --from recount.json --signer roster=director --signer secrecy=wu --out recount.draft"},
	{"act", "succession", "", "rasure act succession --from succession.json --signer director --out succession.draft"},
	{"act", "audit", "", "rasure act audit --first-entry 0 --policy-sha256 @policy.toml --findings-sha256 @findings.json --open 0 --closed 2 --signer auditor --out audit.draft"},
}

// Commands are all commands that draft: every kind of statement that people sign has one, except the roster.
func Commands() []*Command {
	all := []*Command{}
	for _, c := range commands {
		if c.kind == "" {
			c.kind = c.verb
		}
		all = append(all, &Command{c.noun, c.verb, certify.DeclarationKindOf(certify.Kind("rasure/" + c.kind + "/v1")), statement.KindOf("rasure/" + c.kind + "/v2"), c.example})
	}
	return all
}

// Says is what its signers state.
func (c *Command) Says() message.Text {
	if c.Old != nil {
		return c.Old.Says
	}
	return cli.Sentence(c.Kind.Says[0].English)
}

// Arguments names the arguments of the command: numbers of media, or a file; "" if it takes none.
func (c *Command) Arguments() string {
	switch _, ok := c.fieldFor(Numbers); {
	case !ok:
		return ""
	case c.Kind.Name() == "policy":
		return "FILE"
	}
	return "NUMBER..."
}

// Flag is a flag of a command.
type Flag struct {
	Name string
	Help message.Text
}

// Flags are those of the fields: of version 1 first, then what only version 2 has.
func (c *Command) Flags() (all []Flag) {
	add := func(name string, help message.Text) {
		if name != Numbers && !slices.ContainsFunc(all, func(f Flag) bool { return f.Name == name }) {
			all = append(all, Flag{name, help})
		}
	}
	if c.Old != nil {
		for _, field := range slices.Concat(c.Old.Must, c.Old.May, []string{"remarks"}) {
			add(flagOf(field), fieldHelp(field, slices.Contains(c.Old.Must, field)))
		}
	}
	for _, f := range c.fields() {
		help := c.helpOf(f)
		if f.List {
			help = message.Of("%s; can be repeated", help)
		}
		switch must := c.must(f); {
		case c.Old == nil && must:
			help = message.Of("%s (required)", help)
		case c.Old != nil && must:
			help = message.Of("%s (required in version 2)", help)
		case c.Old != nil:
			help = message.Of("%s (version 2)", help)
		}
		add(c.flag(f.Path), help)
	}
	if c.hasLimit() {
		add(limitFlag, limitHelp)
	}
	return all
}

// Begin begins a statement of version 2 for a log, or of version 1 if log is nil; refer looks up an entry that is given by its index alone. A day is
// one of the zone.
func (c *Command) Begin(log Log, refer func(index int64) (certify.EntryRef, error), zone *time.Location) (Draft, error) {
	switch {
	case log != nil:
		return newAct(c, log, zone), nil
	case c.Old == nil:
		return nil, fault.WithHint(fault.Refusef("only a log of version 2 has such statements"), "rasure station upgrade begins version 2 in the log of this station")
	}
	return &declaration{c.Old, map[string]any{}, refer}, nil
}
