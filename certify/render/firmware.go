package render

import (
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
)

// neverOnRealDrive is the sentence of package devices/firmware, which needs a machine with disks; a test holds the two together.
var neverOnRealDrive = message.Of("The firmware commands of rasure have not run on a physical drive yet, only on simulated drives and in QEMU.")

// firmware prints what the drive's own erase did, and what was known of hidden areas.
func (p *page) firmware(c certify.Certificate) {
	for _, a := range c.Hidden {
		p.line(message.Of("hidden %s", a.Kind), HiddenArea(a))
	}
	f := c.Firmware
	if f == nil {
		return
	}
	p.section(message.Of("The drive's own erase: %s", f.Method))
	p.line(message.Of("outcome"), orNone(strings.ToUpper(f.Outcome)))
	p.line(message.Of("highest level"), f.Level)
	p.line(message.Of("started"), p.date(f.Began))
	if f.Ended != nil {
		p.line(message.Of("ended"), p.date(*f.Ended))
	}
	p.line(message.Of("state before"), DriveState(f.Before))
	p.line(message.Of("state after"), DriveState(f.After))
	if f.Seen {
		p.line(message.Of("seen erasing"), message.Of("yes"))
	} else {
		p.line(message.Of("seen erasing"), message.Of("no"))
	}
	p.line(message.Of("refusal"), f.Answer)
	p.line(message.Of("also erased"), strings.Join(f.Others, ", "))
	m := f.Markers
	p.line(message.Of("marked before"), message.Of("%d bytes, of which %d were read back equal", m.Bytes, m.Confirmed))
	if m.UnreadableBytes > 0 {
		p.line(message.Of("found after"), message.Of("%d bytes gone, %d bytes still there, %d bytes not readable", m.Gone, m.KeptBytes, m.UnreadableBytes))
	} else {
		p.line(message.Of("found after"), message.Of("%d bytes gone, %d bytes still there", m.Gone, m.KeptBytes))
	}
	p.line(message.Of("marker key"), m.Key)
}

// HiddenArea says what was found of an area that the disk does not address.
func HiddenArea(a certify.HiddenArea) message.Text {
	what := message.Of("%d bytes", a.Bytes)
	switch {
	case a.Bytes == 0:
		what = message.Of("none")
	case a.Bytes < 0:
		what = message.Of("could not be examined")
	}
	if a.Covered && a.Bytes != 0 {
		what = message.Of("%s, erased by the method according to its standard", what)
	}
	if a.Detail != "" {
		return message.Of("%s (%s)", what, message.Recognize(a.Detail))
	}
	return what
}

// DriveState is what a drive reported of an erase: phase, words, and the answer in hex.
func DriveState(s certify.EraseState) message.Text {
	text := message.Of("%v", orNone(s.Phase))
	if s.Detail != "" {
		text = message.Of("%s: %s", text, message.Recognize(s.Detail))
	}
	if s.Raw != "" {
		text = message.Of("%s, hex %s", text, s.Raw)
	}
	return text
}
