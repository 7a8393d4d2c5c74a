package forms

import (
	"rasure/certify/render/paper"
	"rasure/cmd/message"
)

// Labels prints a sticker for each certificate: alone on 62 x 29 mm, or on sheets of A4.
func Labels(all []Certificate, sheets bool, o Options) paper.Document {
	d := paper.Document{Title: o.Say(message.Of("Labels")), Lang: o.lang(), Size: paper.LabelSize}
	kind := paper.OneLabel
	if sheets {
		kind, d.Size = paper.LabelsA4, paper.A4
		d.Size.Margin = 0
	}
	for i := range all {
		c := &all[i]
		cert := c.Certificate
		d.Date = later(d.Date, cert.Ended)
		word := message.Of("NOT ERASED")
		if markOf(cert.Outcome) == paper.Check {
			word = message.Of("ERASED")
		}
		l := paper.Label{Word: o.Say(word), Mark: markOf(cert.Outcome), Date: day(cert.Ended, o.zone(c.version2())), Serial: data(cert.Disk.Serial), QR: QR(c.Station, c.Index, c.sum())}
		if l.Serial == "" {
			l.Serial = data(cert.Disk.Node.Name)
		}
		if r := cert.Register; r != nil && o.Internal {
			l.Number = data(r.Number)
			if c.Medium != nil {
				l.Class = o.marking(c.Medium).In(o.Languages[0])
			}
		}
		kind.All = append(kind.All, l)
	}
	d.Sheets = []paper.Sheet{{Labels: &kind}}
	return d
}
