package view

import (
	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
)

// PrintHidden prints what is known of areas that the disk does not address.
func PrintHidden(a *cli.Console, width int, all []devices.HiddenArea) {
	for _, h := range all {
		size := message.Of("%s: %d bytes", cli.Word(h.Kind), h.Bytes)
		switch {
		case h.Bytes == 0:
			size = message.Of("%s: none", cli.Word(h.Kind))
		case h.Bytes < 0:
			size = message.Of("%s: could not be examined", cli.Word(h.Kind))
		}
		if h.Detail.IsZero() {
			a.Field(width, message.Of("hidden"), "%s", size)
		} else {
			a.Field(width, message.Of("hidden"), "%s (%s)", size, h.Detail)
		}
	}
}

// PrintCapabilities prints what the drive's firmware can do.
func PrintCapabilities(a *cli.Console, c *devices.Capabilities) {
	label := message.Of("own erase")
	switch c.Reach {
	case devices.FirmwareNone, devices.FirmwareSilent: // that a drive does not answer was reported when it was asked
		return
	case devices.FirmwareUnreachable:
		a.Field(Width, label, "%s; hidden areas could not be examined", c.Unavailable)
		return
	}
	for _, m := range c.Methods {
		text := message.Of("%s, level %s", m.ID, cli.Word(m.Level))
		if m.Estimate > 0 {
			text = message.Of("%s, about %s", text, humanize.Duration(m.Estimate))
		}
		if m.Locked {
			text = message.Of("%s; the drive is locked: --psid frees it", text)
		}
		if !m.Unusable.IsZero() {
			text = message.Of("%s; cannot be used: %s", text, m.Unusable)
		}
		a.Field(Width, label, "%s", text)
	}
	if len(c.Methods) == 0 {
		a.Field(Width, label, "none")
	}
	PrintHidden(a, Width, c.Hidden)
}
