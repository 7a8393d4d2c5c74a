package bench

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// planForm changes how the disks that are confirmed from now on will be erased.
type planForm struct {
	fields []*field
	at     int
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

func newPlanForm(m *Model) *planForm {
	schemes := []string{""}
	for _, s := range scheme.All() {
		schemes = append(schemes, s.ID)
	}
	again := "resume"
	if m.again {
		again = "again"
	}
	f := &planForm{fields: []*field{
		{label: message.Of("level"), value: orElse(m.plan.Level, string(wipe.Clear)), values: []string{string(wipe.Clear), string(wipe.Purge)},
			words: levelWords, set: func(m *Model, v string) { m.plan.Level = v }},
		{label: message.Of("scheme"), value: m.plan.Scheme, values: schemes, words: schemeWords, set: func(m *Model, v string) { m.plan.Scheme = v }},
		{label: message.Of("read back"), value: orElse(m.plan.Verify, string(wipe.Full)), values: []string{string(wipe.Full), string(wipe.Sample), string(wipe.None)},
			words: verifyWords, set: func(m *Model, v string) { m.plan.Verify = v }},
		{label: message.Of("interrupted jobs"), value: again, values: []string{"resume", "again"}, words: againWords, set: func(m *Model, v string) { m.again = v == "again" }},
		{label: message.Of("operator"), value: m.plan.Operator, values: m.o.Operators, words: asItIs, free: true, set: func(m *Model, v string) {
			if v != m.plan.Operator {
				m.plan.Operator, m.plan.Named = v, true
			}
		}},
		{label: message.Of("order"), value: m.origin.Order, words: asItIs, free: true, set: func(m *Model, v string) { m.origin.Order = v }},
		{label: message.Of("batch"), value: m.origin.Batch, words: asItIs, free: true, set: func(m *Model, v string) { m.origin.Batch = v }},
		{label: message.Of("comes from"), value: m.origin.Source, words: asItIs, free: true, set: func(m *Model, v string) { m.origin.Source = v }},
		{label: message.Of("directory of certificates"), value: m.plan.Dir, words: asItIs, free: true, set: func(m *Model, v string) { m.plan.Dir = v }},
	}}
	return f
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

func (f *planForm) whole() bool { return true }

func (f *planForm) command(string) bool { return false }

func (f *planForm) key(m *Model, name string) tea.Cmd {
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
func (f *planForm) entered(m *Model, s string, _ jobs.How) tea.Cmd {
	x := f.fields[f.at]
	if !x.free {
		return m.refuse("%q is no value of this field: choose with the arrow keys", s)
	}
	x.value = s
	return nil
}

func (f *planForm) lines(m *Model, width, _ int) []string {
	lang, wide := m.look.lang, 0
	for _, x := range f.fields {
		wide = max(wide, table.Width(x.label.In(lang)))
	}
	lines := []string{headStyle.Render(table.Clip(m.in(" How the next disks are erased"), width)), ""}
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
	lines = append(lines, "")
	for _, l := range wrap(m.in("Jobs that run keep their plan. Nothing weaker than the plan is done: a disk that cannot be erased by it is refused."), width-1) {
		lines = append(lines, " "+l)
	}
	return lines
}

func (f *planForm) keys(*Model) []message.Text {
	return []message.Text{message.Of("Enter accept"), message.Of("arrows choose"), message.Of("Esc back")}
}
