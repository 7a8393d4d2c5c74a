package bridge

import (
	"rasure/certify/render"
	"rasure/cmd/message"
)

// Title says what a check looks at.
func (c Check) Title() message.Text {
	if c.Part == NVMe {
		return message.Of("NVMe commands")
	}
	return render.BridgeParts.For(string(c.Part))
}

// Text says what was found, in the words of a table.
func (r Result) Text() message.Text {
	switch r {
	case Carried:
		return message.Of("arrives intact")
	case Altered:
		return message.Of("altered")
	case Dropped:
		return message.Of("dropped")
	case Refused:
		return message.Of("refused")
	}
	return message.Of("not tested")
}

// Usable says what the bridge can be listed for.
func (r Report) Usable() message.Text {
	switch {
	case r.Use == Identity:
		return message.Of("reading what the drive is, nothing else")
	case r.Use == Reading:
		return message.Of("reading what the drive is and how well it is, nothing else")
	case r.Use == Commands && r.health():
		return message.Of("reading what the drive is and how well it is, and commands without data that have a count and an address, such as a sanitize")
	case r.Use == Commands:
		return message.Of("reading what the drive is, and commands without data that have a count and an address, such as a sanitize")
	}
	return message.Of("nothing")
}
