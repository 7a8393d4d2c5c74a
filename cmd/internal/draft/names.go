package draft

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

// flags are those that are not the path of their field with dashes, by the name of the kind; "" is for all kinds.
var flags = map[string]map[string]string{
	"":             {"target": "entry", "annex_sha256": "annex", "media": Numbers, "changes": "change"},
	"registration": {"number": Numbers},
	"approval":     {"from": "begins"},
	"handover":     {"from": "giver", "to": "receiver"},
	"return":       {"from": "giver"},
	"transfer":     {"from": "giver", "to": "receiver"},
	"reclassify":   {"from": "old-classification", "to": "new-classification"},
	"retype":       {"from": "old-type", "to": "new-type", "medium": Numbers},
	"inventory":    {"scope.person": "custodian", "scope.place": "place", "scope.all": "all"},
	"audit":        {"from": "first-entry"},
	"policy":       {"lines": Numbers}, // the argument is the file
}

// aliases are flags of version 1 for fields that have another name in version 2.
var aliases = map[string]map[string]string{
	"handover":    {"seal": "seal_out"},
	"destruction": {"entry": "approval", "weight-before-grams": "weights.before_grams", "weight-after-grams": "weights.after_grams", "contractor": "contractor.name", "licence": "contractor.licence"},
	"loss":        {"reason": "circumstances"},
}

// flag names the flag of a field of version 2.
func (c *Command) flag(path string) string {
	for _, kind := range []string{c.Kind.Name(), ""} {
		if name, ok := flags[kind][path]; ok {
			return name
		}
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(path)
}

// fields are all that can be given: the fields of the kind, and when it happened.
func (c *Command) fields() []statement.Field {
	all := c.Kind.Fields()
	for _, f := range statement.FieldsOf(reflect.TypeOf(c.Kind.New()).Elem()) {
		if f.Path == "happened" {
			all = append(all, f)
		}
	}
	return all
}

func (c *Command) field(path string) (statement.Field, bool) {
	return find(c.fields(), func(f statement.Field) bool { return f.Path == path })
}

// fieldFor returns the field of version 2 that a flag gives.
func (c *Command) fieldFor(flag string) (statement.Field, bool) {
	if path, ok := aliases[c.Kind.Name()][flag]; ok {
		return c.field(path)
	}
	return find(c.fields(), func(f statement.Field) bool { return c.flag(f.Path) == flag })
}

func find(all []statement.Field, ok func(statement.Field) bool) (statement.Field, bool) {
	if i := slices.IndexFunc(all, ok); i >= 0 {
		return all[i], true
	}
	return statement.Field{}, false
}

// label says what a field of version 2 is, in a few words: in help, in a prompt, and beside its value. Most names mean the
// same in each kind.
func label(kind, path string) message.Text {
	if t, ok := labels[kind+" "+path]; ok {
		return t
	}
	for p := path; p != ""; _, p, _ = strings.Cut(p, ".") {
		if t, ok := labels[p]; ok {
			return t
		}
	}
	return cli.Word(strings.NewReplacer(".", " ", "_", " ").Replace(path))
}

var labels = map[string]message.Text{
	"present":               message.Of("when the witness was there"),
	"saw":                   message.Of("what the witness saw"),
	"registration place":    message.Of("where it is kept"),
	"place":                 message.Of("where it happened"),
	"where":                 message.Of("where they were"),
	"purpose":               message.Of("what is approved"),
	"method":                message.Of("how the media were destroyed"),
	"decision":              message.Of("decision about the erasure"),
	"statement":             message.Of("how the erasure went"),
	"channel":               message.Of("how the media are sent"),
	"measure":               message.Of("what was done about it"),
	"basis":                 message.Of("law or order"),
	"finding":               message.Of("finding"),
	"annex_sha256":          message.Of("annex, kept outside of the log"),
	"approval":              message.Of("approval"),
	"asset":                 message.Of("asset number"),
	"by":                    message.Of("who does it"),
	"carrier":               message.Of("who carries the media"),
	"carried":               message.Of("entry by which the media were carried out"),
	"escorts":               message.Of("who escorts the media"),
	"seal":                  message.Of("number of the seal"),
	"carrier_of":            message.Of("asset whose data it carries"),
	"circumstances":         message.Of("circumstances"),
	"conditions":            message.Of("conditions"),
	"contractor.name":       message.Of("company that destroyed the media"),
	"contractor.licence":    message.Of("licence of the company"),
	"contractor.agreement":  message.Of("agreement with the company"),
	"copy_number":           message.Of("number of the copy"),
	"copy_of":               message.Of("number of the medium that it is a copy of"),
	"counted_by":            message.Of("who counted"),
	"custodian":             message.Of("who answers for the medium"),
	"document_code":         message.Of("code of the document; never its title"),
	"due":                   message.Of("to be given back by"),
	"erasure":               message.Of("certificate of an erasure before"),
	"everything":            message.Of("these are all media of the giver"),
	"evidence":              message.Of("evidence"),
	"field_millitesla":      message.Of("field of the degausser in millitesla"),
	"findings_sha256":       message.Of("SHA-256 of the findings that rasure audit --json lists"),
	"found":                 message.Of("number of a medium that was found"),
	"from":                  message.Of("from"),
	"happened":              message.Of("when it happened, if that was earlier"),
	"holders":               message.Of("who may use it"),
	"in_service":            message.Of("day of the first use"),
	"limit.condition":       message.Of("classified until this has happened"),
	"limit.day":             message.Of("classified until the end of this day"),
	"limit.months":          message.Of("classified for so many months"),
	"limit.years":           message.Of("classified for so many years"),
	"lists":                 message.Of("list of media"),
	"loss":                  message.Of("report of the loss"),
	"marked_on":             message.Of("day of marking, from which the limit counts"),
	"method_words":          message.Of("other method, in words"),
	"lines":                 message.Of("file with the policy"),
	"media":                 message.Of("numbers of the media in the register"),
	"medium":                message.Of("number of the medium in the register"),
	"registration number":   message.Of("number of the medium in the register"),
	"missing":               message.Of("number of a medium that was not found"),
	"next_method":           message.Of("method to use next"),
	"noticed":               message.Of("when it was noticed"),
	"pages_or_capacity":     message.Of("pages or capacity, in words"),
	"particle_micrometres":  message.Of("size of the largest particle in micrometres"),
	"policy_sha256":         message.Of("SHA-256 of the policy"),
	"receiver.organisation": message.Of("organisation that receives the media"),
	"receivers":             message.Of("organisation that has the report"),
	"reported":              message.Of("when it was reported"),
	"residual_risk":         message.Of("risk that remains"),
	"scope.all":             message.Of("all media were counted"),
	"scope.person":          message.Of("whose media were counted"),
	"scope.place":           message.Of("place whose media were counted"),
	"seal_in":               message.Of("number of the seal when the media arrived"),
	"seal_out":              message.Of("number of the seal when the media left"),
	"sealed":                message.Of("the seal was unbroken"),
	"secondary.bytes":       message.Of("bytes that the other tool read"),
	"secondary.pattern_ok":  message.Of("the other tool read only the pattern of the certificate"),
	"secondary.tool":        message.Of("other tool for a second check"),
	"secondary.version":     message.Of("version of the other tool"),
	"security_level":        message.Of("security level of the machine"),
	"serial":                message.Of("serial number"),
	"serial_seen":           message.Of("serial number on the medium itself"),
	"size_bytes":            message.Of("size in bytes"),
	"succession new":        message.Of("new log"),
	"succession old":        message.Of("old log"),
	"source":                message.Of("where it comes from"),
	"technician":            message.Of("who may do it"),
	"target":                message.Of("entry of the log that it is about"),
	"equipment number":      message.Of("number of the device, the asset number of its media"),
	"equipment place":       message.Of("where it is"),
	"equipment kind":        message.Of("kind of device"),
	"equipment status":      message.Of("whether it is in use, or leaves the office for good"),
	"inspected_on":          message.Of("day on which its security was inspected"),
	"inspected_by":          message.Of("who inspected its security"),
	"storage":               message.Of("it keeps data on media of its own"),
	"tested_on":             message.Of("day on which it was tested"),
	"to":                    message.Of("to"),
	"unexpected":            message.Of("number of a medium that was found where the register does not have it"),
	"until":                 message.Of("until"),
	"weights.after_grams":   message.Of("weight after, in grams"),
	"weights.before_grams":  message.Of("weight before, in grams"),
	"withdraws":             message.Of("the statement is withdrawn"),
	"changes":               message.Of("change"),
}

// labelWithin says what a field of a field is. Its own name alone may be that of something else.
func labelWithin(outer, inner string) message.Text {
	if t, ok := labelsWithin[outer+"."+inner]; ok {
		return t
	}
	return cli.Word(strings.NewReplacer(".", " ", "_", " ").Replace(inner))
}

var labelsWithin = map[string]message.Text{
	"audited.size":        message.Of("number of entries"),
	"changes.field":       message.Of("field"),
	"changes.new":         message.Of("new value"),
	"changes.old":         message.Of("old value"),
	"evidence.size_bytes": message.Of("size of the file in bytes"),
	"finding.rule":        message.Of("rule"),
	"lists.rows":          message.Of("number of rows"),
	"new.size":            message.Of("number of entries"),
	"old.size":            message.Of("number of entries"),
	"receivers.reference": message.Of("reference number"),
}

// arguments say what the flag takes of a field that has fields itself.
var arguments = map[string]message.Text{
	"changes":   message.Of("wrong value, FIELD=RIGHT VALUE"),
	"evidence":  message.Of("evidence, a file"),
	"finding":   message.Of("finding, RULE,INDEX or RULE,INDEX,MEDIUM"),
	"lists":     message.Of("list of media, an entry of the log"),
	"receivers": message.Of("organisation that has the report, ORGANISATION,TIME,REFERENCE"),
}

// helpOf says what the flag of a field takes.
func (c *Command) helpOf(f statement.Field) message.Text {
	text, ok := arguments[f.Path]
	if !ok {
		text = label(c.Kind.Name(), f.Path)
	}
	switch {
	case f.Words != nil:
		text = message.Of("%s: %s", text, strings.Join(f.Words, ", "))
	case f.Type == reflect.TypeFor[statement.Target]() || f.Type == reflect.TypeFor[statement.Ref]():
		text = message.Of("%s; index of the entry", text)
	case f.Type == reflect.TypeFor[time.Time]():
		text = message.Of("%s; a day (2027-01-31) or a time (2027-01-31T16:00:00+08:00)", text)
	case f.Type == reflect.TypeFor[statement.Day]():
		text = message.Of("%s; a day (2027-01-31)", text)
	case f.Type.Kind() == reflect.Bool:
		text = message.Of("%s; true or false", text)
	case f.Type == reflect.TypeFor[statement.Hash]() && f.Path != "annex_sha256":
		text = message.Of("%s; 64 hex digits, or @FILE", text)
	}
	return text
}
