package forms

import (
	"fmt"
	"strconv"
	"strings"

	"rasure/certify"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// annex is the second sheet of a certificate: what was measured, in numbers.
func (o Options) annex(c *Certificate) paper.Sheet {
	cert, s := c.Certificate, c.version2()
	sheet := paper.Sheet{Continues: true, Fit: true, Dense: len(o.Languages) > 1, Foot: o.foot(c), Head: paper.Head{Title: o.Lines(message.Of("Annex: what was measured")),
		Right: []string{o.Say(message.Of("Job")) + " " + data(cert.ID), data(cert.Disk.Serial)}}}
	add := func(b paper.Block) { sheet.Blocks = append(sheet.Blocks, b) }
	add(o.passes(cert))
	if s != nil {
		if g, ok := o.speeds(s, cert.Disk.Size); ok {
			add(g)
		}
		if s.Health != nil {
			add(o.health(s.Health))
		}
	}
	if f := cert.Firmware; f != nil {
		add(o.firmware(cert))
	}
	if len(cert.Exceptions) > maxListed {
		t := paper.Text{Title: o.Say(message.Of("Exceptions"))}
		for _, e := range cert.Exceptions {
			t.Paragraphs = append(t.Paragraphs, o.exception(e))
		}
		add(t)
	}
	if t, ok := o.extents(cert); ok {
		add(t)
	}
	add(paper.Fields{Title: o.Say(message.Of("Origin")), Pairs: append(o.origin(cert, s), o.shown(c, s)...)})
	return sheet
}

func (o Options) passes(c *certify.Certificate) paper.Table {
	t := paper.Table{Title: o.Say(message.Of("Passes")), Columns: o.columns(message.Of("Pass"), 6, message.Of("Pattern and key"), 52, message.Of("Written, bytes"), -20, message.Of("Read back equal, bytes"), -20,
		message.Of("Verification"), 14, message.Of("Errors, bytes"), -14, message.Of("Retries"), -9)}
	for i, p := range c.Passes {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), strings.TrimSpace(data(p.Pattern) + "\n" + data(p.Key)), fmt.Sprint(p.Written), fmt.Sprint(p.Verified), o.Say(render.Verifications.For(p.Verify)),
			fmt.Sprint(p.UnwrittenBytes + p.MismatchedBytes + p.UnreadableBytes), fmt.Sprint(p.Retries)}})
	}
	return t
}

// speeds is the graph of the profiles that a certificate has, with the extents that have errors.
func (o Options) speeds(s *statement.Certificate, size int64) (paper.Graph, bool) {
	g := paper.Graph{Title: o.Say(message.Of("Speed over the disk")), Unit: "MB/s", Legend: o.Say(message.Of("extents with errors"))}
	for i, p := range s.Passes {
		if len(p.WriteProfile) > 0 {
			g.Series = append(g.Series, paper.Series{Name: o.Say(message.Of("writing, pass %d", i+1)), Values: p.WriteProfile})
		}
		if len(p.VerifyProfile) > 0 {
			g.Series = append(g.Series, paper.Series{Name: o.Say(message.Of("reading back, pass %d", i+1)), Values: p.VerifyProfile})
		}
		for _, list := range [][]statement.Extent{p.Unwritten, p.Mismatched, p.Unreadable} {
			for _, e := range list {
				g.Marks = append(g.Marks, paper.Span{From: float64(e.Offset) / float64(size), To: float64(e.Offset+e.Length) / float64(size)})
			}
		}
	}
	return g, len(g.Series) > 0
}

func (o Options) health(h *statement.Healths) paper.Table {
	t := paper.Table{Title: o.Say(message.Of("Health, as the drive reports it")), Columns: o.columns(message.Of("Value"), 50, message.Of("Before"), 40, message.Of("After"), 40)}
	number := func(h *statement.Health, of func(*statement.Health) *int64) string {
		if h == nil || of(h) == nil {
			return ""
		}
		return strconv.FormatInt(*of(h), 10)
	}
	text := func(h *statement.Health, of func(*statement.Health) string) string {
		if h == nil {
			return ""
		}
		return of(h)
	}
	row := func(label message.Text, before, after string) {
		if before != "" || after != "" {
			t.Rows = append(t.Rows, paper.Row{Cells: []string{o.Say(label), before, after}})
		}
	}
	verdict := func(h *statement.Health) string { return o.Say(render.Healths.For(h.Verdict)) }
	reasons := func(h *statement.Health) string { return data(strings.Join(h.Reasons, ", ")) }
	source := func(h *statement.Health) string { return data(h.Source) }
	row(message.Of("Verdict"), text(h.Before, verdict), text(h.After, verdict))
	row(message.Of("Reasons"), text(h.Before, reasons), text(h.After, reasons))
	for _, v := range []struct {
		label message.Text
		of    func(*statement.Health) *int64
	}{
		{message.Of("Power-on hours"), func(h *statement.Health) *int64 { return h.Hours }},
		{message.Of("Reallocated blocks"), func(h *statement.Health) *int64 { return h.Reallocated }},
		{message.Of("Pending blocks"), func(h *statement.Health) *int64 { return h.Pending }},
		{message.Of("Media errors"), func(h *statement.Health) *int64 { return h.MediaErrors }},
		{message.Of("Endurance used, percent"), func(h *statement.Health) *int64 { return h.Used }},
		{message.Of("Temperature, °C"), func(h *statement.Health) *int64 { return h.Celsius }},
	} {
		row(v.label, number(h.Before, v.of), number(h.After, v.of))
	}
	row(message.Of("Read from"), text(h.Before, source), text(h.After, source))
	return t
}

func (o Options) firmware(c *certify.Certificate) paper.Fields {
	f := c.Firmware
	m := f.Markers
	raw := func(s certify.EraseState) string { return o.Lines(render.DriveState(s)) }
	return paper.Fields{Title: o.Say(message.Of("The drive's own erase")), Pairs: []paper.Pair{
		o.field(message.Of("Method"), data(f.Method)), o.field(message.Of("Highest level"), o.Say(render.Levels.For(f.Level))),
		o.wide(message.Of("State before"), raw(f.Before)), o.wide(message.Of("State after"), raw(f.After)),
		o.field(message.Of("Refusal"), data(f.Answer)), o.field(message.Of("Also erased"), data(strings.Join(f.Others, ", "))),
		o.wide(message.Of("Marked before"), o.Lines(message.Of("%d bytes, of which %d were read back equal", m.Bytes, m.Confirmed))),
		o.wide(message.Of("Found after"), o.Lines(message.Of("%d bytes gone, %d bytes still there, %d bytes not readable", m.Gone, m.KeptBytes, m.UnreadableBytes))),
	}}
}

// extents lists the places with errors that the certificate has.
func (o Options) extents(c *certify.Certificate) (paper.Table, bool) {
	t := paper.Table{Title: o.Say(message.Of("Extents with errors")), Columns: o.columns(message.Of("Pass"), 10, message.Of("Error"), 40, message.Of("Offset, bytes"), -30, message.Of("Length, bytes"), -30)}
	for i, p := range c.Passes {
		for _, k := range []struct {
			label        message.Text
			list         []certify.Extent
			count, bytes int64
		}{
			{message.Of("not written"), p.Unwritten, p.UnwrittenCount, p.UnwrittenBytes},
			{message.Of("read different"), p.Mismatched, p.MismatchedCount, p.MismatchedBytes},
			{message.Of("not readable"), p.Unreadable, p.UnreadableCount, p.UnreadableBytes},
		} {
			for _, e := range k.list {
				t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), o.Say(k.label), fmt.Sprint(e.Offset), fmt.Sprint(e.Length)}})
			}
			if k.count > 0 {
				t.Totals = append(t.Totals, o.Say(message.Of("Pass %d, %s: %d bytes in %d extents, of which %d are listed", i+1, k.label, k.bytes, k.count, len(k.list))))
			}
		}
	}
	return t, len(t.Rows)+len(t.Totals) > 0
}

// shown is who has shown that the key is in a TPM, and which software added the certificate to the log.
func (o Options) shown(c *Certificate, s *statement.Certificate) []paper.Pair {
	if s == nil || c.Certificate.Station.Counter == nil {
		return nil
	}
	key, software := []message.Text{message.Of("neither the log nor the bundle was read")}, []message.Text{message.Of("neither the log nor the bundle was read")}
	if c.Origin != nil {
		key, software = c.Origin.Key(o.zone(s)), c.Origin.Software()
	}
	all := func(texts []message.Text) string {
		lines := make([]string, 0, len(texts))
		for _, t := range texts {
			lines = append(lines, o.Lines(t))
		}
		return strings.Join(lines, "\n")
	}
	return []paper.Pair{o.wide(message.Of("Key in a TPM"), all(key)), o.wide(message.Of("Software shown"), all(software))}
}

// origin is what the certificate rests on.
func (o Options) origin(c *certify.Certificate, s *statement.Certificate) []paper.Pair {
	pairs := []paper.Pair{o.wide(message.Of("Begin"), o.Say(message.Of("log entry %d", c.Begin.Index))+"  SHA-256 "+data(c.Begin.SHA256)),
		o.wide(message.Of("Scheme"), data(c.Plan.Scheme)+"  SHA-256 "+data(c.Plan.SchemeSHA256)),
		o.wide(message.Of("Program"), words(c.Tool.Name, c.Tool.Version)+"  SHA-256 "+data(c.Tool.BinarySHA256)),
		o.field(message.Of("Computer"), words(c.Station.Host.Name, c.Station.Host.Vendor, c.Station.Host.Product)),
		o.field(message.Of("Found as"), fmt.Sprintf("%s (%d:%d)", data(c.Disk.Node.Name), c.Disk.Node.Major, c.Disk.Node.Minor))}
	if s != nil {
		if s.Confirmation != nil {
			pairs = append(pairs, o.wide(message.Of("Confirmed"), o.Lines(render.Confirmed(*s.Confirmation))))
		}
		zone := o.zone(s)
		for i, r := range s.Sessions {
			pairs = append(pairs, o.wide(message.Of("Session %d", i+1), fmt.Sprintf("%s  %d.%03d s  %s", moment(r.Started, zone), r.Elapsed/1000, r.Elapsed%1000, data(r.Reason))))
		}
	}
	for _, i := range c.Interruptions {
		if s == nil {
			pairs = append(pairs, o.wide(message.Of("Interrupted"), o.Say(message.Of("%s, in pass %d after %d bytes", i.Reason, i.Pass, i.Low))))
		}
	}
	for _, f := range c.Evidence {
		pairs = append(pairs, o.wide(message.Of("Evidence"), data(f.Name)+"  SHA-256 "+data(f.SHA256)))
	}
	return pairs
}
