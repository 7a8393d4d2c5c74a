package bench

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// form changes some values, which Enter takes.
type form struct {
	head, explain message.Text
	fields        []*field
	at            int
}

// field is one line of a form: a choice of values, or free text if it has none.
type field struct {
	label  message.Text
	value  string
	values []string
	words  func(string) message.Text // of a value
	free   bool                      // any text is a value
	set    func(m *Model, value string)
}

// newPlanForm is how the disks that are confirmed from now on will be erased, and for whom.
func newPlanForm(m *Model) *form {
	again := "resume"
	if m.again {
		again = "again"
	}
	return &form{
		head:    message.Of(" How the next disks are erased"),
		explain: message.Of("Jobs that run keep their plan. Nothing weaker than the plan is done: a disk that cannot be erased by it is refused."),
		fields: []*field{
			{label: message.Of("level"), value: orElse(m.plan.Level, string(wipe.Clear)), values: levels,
				words: levelWords, set: func(m *Model, v string) { m.plan.Level = v }},
			{label: message.Of("scheme"), value: m.plan.Scheme, values: schemes(), words: schemeWords, set: func(m *Model, v string) { m.plan.Scheme = v }},
			{label: message.Of("read back"), value: orElse(m.plan.Verify, string(wipe.Full)), values: verifications,
				words: verifyWords, set: func(m *Model, v string) { m.plan.Verify = v }},
			{label: message.Of("interrupted jobs"), value: again, values: []string{"resume", "again"}, words: againWords, set: func(m *Model, v string) { m.again = v == "again" }},
			{label: message.Of("operator"), value: m.plan.Operator, values: m.o.Operators, words: asItIs, free: true, set: func(m *Model, v string) {
				if v != m.plan.Operator {
					m.plan.Operator, m.plan.Named = v, true
				}
			}},
			free(message.Of("order"), m.origin.Order, func(m *Model, v string) { m.origin.Order = v }),
			free(message.Of("batch"), m.origin.Batch, func(m *Model, v string) { m.origin.Batch = v }),
			free(message.Of("comes from"), m.origin.Source, func(m *Model, v string) { m.origin.Source = v }),
			free(message.Of("customer *"), m.private.Customer, func(m *Model, v string) { m.private.Customer = v }),
			free(message.Of("contact *"), m.private.Contact, func(m *Model, v string) { m.private.Contact = v }),
			free(message.Of("ticket *"), m.private.Ticket, func(m *Model, v string) { m.private.Ticket = v }),
			free(message.Of("note *"), m.private.Note, func(m *Model, v string) { m.private.Note = v }),
			free(message.Of("directory of certificates"), m.plan.Dir, func(m *Model, v string) { m.plan.Dir = v }),
		}}
}

// newDetailForm is what is known of one disk, and how it alone will be erased. The disk is selected with it.
func newDetailForm(m *Model, d *jobs.Disk) *form {
	c := choice{}
	if m.chosen[d.Key] != nil {
		c = *m.chosen[d.Key]
	}
	key, name := d.Key, d.Name
	change := func(f func(*choice, string)) func(*Model, string) {
		return func(m *Model, v string) {
			if m.chosen[key] == nil && m.disks[key] != nil {
				m.chosen[key] = &choice{}
			}
			if c := m.chosen[key]; c != nil {
				f(c, v)
			}
		}
	}
	return &form{
		head:    message.Of(" %s, %s: this disk alone", name, orElse(d.Serial, d.Word)),
		explain: message.Of("Scan or type a value and Enter for the highlighted field. Enter alone accepts all fields and selects the disk; what the plan (p) says holds for the rest."),
		fields: []*field{
			{label: message.Of("level"), value: string(c.own.Level), values: append([]string{""}, levels...), words: own(levelWords),
				set: change(func(c *choice, v string) { c.own.Level = wipe.Level(v) })},
			{label: message.Of("scheme"), value: c.own.Scheme, values: schemes(), words: own(schemeWords), set: change(func(c *choice, v string) { c.own.Scheme = v })},
			{label: message.Of("read back"), value: string(c.own.Verify), values: append([]string{""}, verifications...), words: own(verifyWords),
				set: change(func(c *choice, v string) { c.own.Verify = wipe.VerifyMode(v) })},
			free(message.Of("medium number"), c.medium, change(func(c *choice, v string) { c.medium = v })),
			free(message.Of("asset"), c.asset, change(func(c *choice, v string) { c.asset = v })),
			free(message.Of("computer that it was in"), c.host, change(func(c *choice, v string) { c.host = v })),
			free(message.Of("note *"), orElse(c.note, m.private.Note), change(func(c *choice, v string) { c.note = v })),
		}}
}

// free is a field that takes any text.
func free(label message.Text, value string, set func(*Model, string)) *field {
	return &field{label: label, value: value, words: asItIs, free: true, set: set}
}

var (
	levels        = []string{string(wipe.Clear), string(wipe.Purge)}
	verifications = []string{string(wipe.Full), string(wipe.Sample), string(wipe.None)}
)

// schemes are the ids of all schemes, and "" for that of the medium.
func schemes() []string {
	all := []string{""}
	for _, s := range scheme.All() {
		all = append(all, s.ID)
	}
	return all
}

// own says a value of one disk alone, and that it has none.
func own(words func(string) message.Text) func(string) message.Text {
	return func(s string) message.Text {
		if s == "" {
			return message.Of("that of the plan")
		}
		return words(s)
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func asItIs(s string) message.Text { return message.Of("%s", s) }

func levelWords(s string) message.Text {
	if s == string(wipe.Purge) {
		return message.Of("purge: the drive's own erase, then passes")
	}
	return message.Of("clear: overwrite every addressable block")
}

func schemeWords(s string) message.Text {
	if s == "" {
		return message.Of("that of the medium")
	}
	if k := scheme.Lookup(s); k != nil {
		return message.Of("%s, %s", s, message.Count(len(k.Passes), "%d pass", "%d passes"))
	}
	return asItIs(s)
}

func verifyWords(s string) message.Text {
	switch wipe.VerifyMode(s) {
	case wipe.Sample:
		return message.Of("a sample")
	case wipe.None:
		return message.Of("nothing: it cannot be ERASED")
	}
	return message.Of("everything")
}

func againWords(s string) message.Text {
	if s == "again" {
		return message.Of("begin again, by the plan above")
	}
	return message.Of("resume, by the plan that they began with")
}

func (f *form) whole() bool { return true }

func (f *form) command(string) bool { return false }

func (f *form) key(m *Model, name string) tea.Cmd {
	x := f.fields[f.at]
	switch name {
	case "up":
		f.at = max(f.at-1, 0)
	case "down", "tab":
		f.at = min(f.at+1, len(f.fields)-1)
	case "left", "right", "space":
		if len(x.values) == 0 {
			return m.refuse("Type a value and Enter")
		}
		by := 1
		if name == "left" {
			by = len(x.values) - 1
		}
		x.value = x.values[(slices.Index(x.values, x.value)+by)%len(x.values)]
	case "delete", "backspace":
		if !x.free {
			return m.refuse("Choose with the arrow keys")
		}
		x.value = ""
	case "esc":
		m.cover = nil
	case "enter":
		for _, x := range f.fields {
			x.set(m, x.value)
		}
		m.cover = nil
	}
	return nil
}

// entered takes free text for the highlighted field.
func (f *form) entered(m *Model, s string, _ jobs.How) tea.Cmd {
	x := f.fields[f.at]
	if !x.free {
		return m.refuse("%q is no value of this field: choose with the arrow keys", s)
	}
	x.value = s
	return nil
}

func (f *form) lines(m *Model, width, height int) []string {
	lang, wide := m.look.lang, 0
	for _, x := range f.fields {
		wide = max(wide, table.Width(x.label.In(lang)))
	}
	lines := []string{headStyle.Render(table.Clip(f.head.In(lang), width)), ""}
	for n, x := range f.fields {
		mark, arrows := " ", [2]string{"  ", "  "}
		if n == f.at {
			mark, arrows = ">", [2]string{"< ", " >"}
		}
		l := table.Clip(mark+" "+table.Pad(x.label.In(lang), wide)+"  "+arrows[0]+x.words(x.value).In(lang)+arrows[1], width)
		if n == f.at {
			l = cursorStyle.Render(l)
		}
		lines = append(lines, l)
	}
	explain := wrap(f.explain.In(lang), width-1)
	if slices.ContainsFunc(f.fields, func(x *field) bool { return strings.HasSuffix(x.label.In(message.English), "*") }) {
		explain = append(explain, wrap(m.in("* goes into the annex of the certificate, and not into the log."), width-1)...)
	}
	if len(lines)+1+len(explain) <= height {
		lines = append(lines, "")
	}
	for _, l := range explain[:max(0, min(len(explain), height-len(lines)))] {
		lines = append(lines, " "+l)
	}
	return lines
}

func (f *form) keys(*Model) []message.Text {
	return []message.Text{message.Of("Enter accept"), message.Of("arrows choose"), message.Of("Delete clear"), message.Of("Esc back")}
}
