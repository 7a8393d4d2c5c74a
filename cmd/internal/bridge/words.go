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

// Text says what the bridge can be listed for.
func (u Use) Text() message.Text {
	switch u {
	case Reading:
		return message.Of("reading what the drive is and how well it is, nothing else")
	case Commands:
		return message.Of("reading what the drive is and how well it is, and commands without data that have a count and an address, such as a sanitize")
	}
	return message.Of("nothing")
}
