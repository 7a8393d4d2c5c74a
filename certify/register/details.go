package register

import (
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// details are what a step of a history says besides its sentence, each part only if there is something to say.
type details struct {
	format string
	args   []any
}

func (d details) add(format, value string) details {
	if value == "" {
		return d
	}
	return details{d.format + "%s", append(d.args, message.Of("; %s", message.Of(format, value)))}
}

func (d details) text() message.Text { return message.Of(d.format, d.args...) }

// handedOver is what was signed of a handover: b is nil in version 1.
func handedOver(a *certify.Declaration, b *statement.Handover) message.Text {
	d := details{}
	if a.Due != nil {
		d = d.add("to be given back by %s", a.Due.Format(time.RFC3339))
	}
	d = d.add("at %s", a.Place)
	if b == nil {
		return d.add("seal %s", a.Seal).add("escorted by %s", join(a.Escorts)).text()
	}
	return d.add("seal %s", b.SealOut).add("seal on arrival %s", b.SealIn).add("escorted by %s", join(b.Escorts)).add("sent by %s", b.Channel).text()
}

// changed is what a correction changes, old -> new.
func changed(all []statement.Change) message.Text {
	d := details{}
	for _, c := range all {
		d.format += "%s"
		d.args = append(d.args, message.Of("; %s", message.Of("%s %q -> %q", word(c.Field), c.Old, c.New)))
	}
	return d.text()
}
