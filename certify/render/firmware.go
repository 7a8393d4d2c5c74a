package render

import (
	"fmt"
	"strings"

	"rasure/certify"
)

// firmware prints what the drive did by itself, and what was known of hidden areas.
func (p *page) firmware(c certify.Certificate) {
	for _, a := range c.Hidden {
		p.line("hidden "+a.Kind, hidden(a))
	}
	f := c.Firmware
	if f == nil {
		return
	}
	p.section("The drive's own erase: " + f.Method)
	p.line("outcome", strings.ToUpper(orNone(f.Outcome)))
	p.line("may claim", f.Level)
	p.line("started", f.Began.Format("2006-01-02 15:04:05 UTC"))
	if f.Ended != nil {
		p.line("ended", f.Ended.Format("2006-01-02 15:04:05 UTC"))
	}
	p.line("drive said before", state(f.Before))
	p.line("drive said after", state(f.After))
	if f.Seen {
		p.line("seen erasing", "yes")
	} else {
		p.line("seen erasing", "no")
	}
	p.line("refusal", f.Answer)
	p.line("erased with it", strings.Join(f.Others, ", "))
	m := f.Markers
	p.line("marked before", fmt.Sprintf("%d bytes, of which %d were read back equal", m.Bytes, m.Confirmed))
	after := fmt.Sprintf("%d bytes gone, %d bytes still there", m.Gone, m.KeptBytes)
	if m.UnreadableBytes > 0 {
		after += fmt.Sprintf(", %d bytes not readable", m.UnreadableBytes)
	}
	p.line("found after", after)
	p.line("markers' key", m.Key)
}

func hidden(a certify.HiddenArea) string {
	what := fmt.Sprintf("%d bytes", a.Bytes)
	switch {
	case a.Bytes == 0:
		what = "none"
	case a.Bytes < 0:
		what = "could not be examined"
	}
	if a.Covered && a.Bytes != 0 {
		what += ", erased by the method as its standard has it"
	}
	if a.Detail != "" {
		what += " (" + a.Detail + ")"
	}
	return what
}

func state(s certify.EraseState) string {
	text := orNone(s.Phase)
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	if s.Raw != "" {
		text += ", hex " + s.Raw
	}
	return text
}
