package forms

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

// Filter chooses the erasures of a report. What is empty chooses all.
type Filter struct {
	From, To                         time.Time // when the job ended; To is the end of the last day
	Order, Batch, Customer, Computer string
	Annex                            func(sum statement.Hash) []statement.AnnexField // nil: no annex is read
}

// Report is a batch of erasures: the last certificate of each job, failures first. Its JSON is the same in every language.
type Report struct {
	Station  string         `json:"station"`
	Entries  int64          `json:"entries"` // of the log
	Root     string         `json:"root"`
	From     *time.Time     `json:"from,omitempty"`
	To       *time.Time     `json:"to,omitempty"`
	Disks    []ReportRow    `json:"disks"`
	Outcomes map[string]int `json:"outcomes"`
	Bytes    int64          `json:"bytes_erased"` // capacity of the disks that are verified
	Resumed  int            `json:"superseded"`   // earlier certificates of the same jobs, which are left out
	Unequal  []Unreconciled `json:"unreconciled"` // register and certificates, line by line
	OpenJobs int            `json:"open_jobs"`    // of the log, running or abandoned

	b      *book
	filter Filter
}

// ReportRow is one disk of a report.
type ReportRow struct {
	Entry      int64     `json:"entry"`
	SHA256     string    `json:"sha256"` // of the text
	Job        string    `json:"job"`
	Outcome    string    `json:"outcome"`
	Level      string    `json:"level_achieved"`
	Requested  string    `json:"level_requested"`
	Scheme     string    `json:"scheme"`
	Method     string    `json:"method,omitempty"`
	Number     string    `json:"number,omitempty"`
	Class      string    `json:"classification,omitempty"`
	Asset      string    `json:"asset,omitempty"`
	Maker      string    `json:"maker,omitempty"`
	Model      string    `json:"model"`
	Serial     string    `json:"serial"`
	Size       int64     `json:"size_bytes"`
	Type       string    `json:"medium_type"`
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
	Operator   string    `json:"operator"`
	Health     string    `json:"health,omitempty"` // after the erasure, or else before
	Hours      *int64    `json:"power_on_hours,omitempty"`
	Exceptions []string  `json:"exceptions"`
	Order      string    `json:"order,omitempty"`
	Batch      string    `json:"batch,omitempty"`
	Customer   string    `json:"customer,omitempty"`
	Source     string    `json:"source,omitempty"`
	Computer   string    `json:"source_host,omitempty"`
}

// Unreconciled is a line of the register without its certificate, or the other way round.
type Unreconciled struct {
	Number string       `json:"number,omitempty"`
	Serial string       `json:"serial,omitempty"`
	Entry  int64        `json:"entry"`
	Why    message.Text `json:"why"`
}

// NewReport collects the erasures of an audited log.
func NewReport(r *audit.Report, f Filter, o Options) (*Report, error) {
	b, err := open(r, o)
	if err != nil {
		return nil, err
	}
	p := &Report{Station: r.Station, Entries: r.Entries, Root: r.Root, Disks: []ReportRow{}, Outcomes: map[string]int{}, Unequal: []Unreconciled{}, OpenJobs: len(r.OpenJobs), b: b, filter: f}
	if !f.From.IsZero() {
		p.From = &f.From
	}
	if !f.To.IsZero() {
		p.To = &f.To
	}
	last := map[string]int{} // of a job, in all
	var all []ReportRow
	for e, err := range r.Read() {
		if err != nil {
			return nil, err
		}
		if e.Certificate == nil {
			continue
		}
		row := b.row(e.Index, e.Certificate, e.Entry, f)
		if at, ok := last[row.Job]; ok {
			all[at].Job, p.Resumed = "", p.Resumed+1
		}
		last[row.Job] = len(all)
		all = append(all, row)
	}
	for _, row := range all {
		if row.Job == "" || !f.takes(row) {
			continue
		}
		p.Disks = append(p.Disks, row)
		p.Outcomes[row.Outcome]++
		if row.Outcome == certify.OutcomeVerified {
			p.Bytes += row.Size
		}
	}
	slices.SortStableFunc(p.Disks, func(x, y ReportRow) int {
		return cmp.Or(rank(x.Outcome)-rank(y.Outcome), register.Natural(x.Serial, y.Serial), cmp.Compare(x.Entry, y.Entry))
	})
	p.reconcile()
	return p, nil
}

// rank sorts failures first, and what is verified last.
func rank(outcome string) int {
	return slices.Index([]string{"failed", "completed-with-exceptions", "unknown", "interrupted", "verified"}, outcome)
}

func (f Filter) takes(r ReportRow) bool {
	return Request{From: f.From, To: f.To}.within(r.Ended) && (f.Order == "" || f.Order == r.Order) && (f.Batch == "" || f.Batch == r.Batch) &&
		(f.Customer == "" || f.Customer == r.Customer) && (f.Computer == "" || f.Computer == r.Computer)
}

func (b *book) row(index int64, c *certify.Certificate, e certify.Entry, f Filter) ReportRow {
	row := ReportRow{Entry: index, SHA256: fmt.Sprintf("%x", e.TextSHA256()), Job: c.ID, Outcome: c.Outcome, Level: c.Level, Requested: c.Plan.Level, Scheme: c.Plan.Scheme, Method: c.Plan.Method,
		Model: words(c.Disk.Vendor, c.Disk.Model), Serial: c.Disk.Serial, Size: c.Disk.Size, Type: c.Disk.Medium, Started: c.Started, Ended: c.Ended, Operator: c.Operator, Exceptions: []string{}}
	if row.Serial == "" {
		row.Serial = c.Disk.Node.Name
	}
	for _, x := range c.Exceptions {
		row.Exceptions = append(row.Exceptions, x.Code)
	}
	if c.Register != nil && b.Internal {
		row.Number = c.Register.Number
		if m := b.r.State.Register.Medium(row.Number); m != nil {
			row.Class, row.Maker = string(m.Class), m.Maker
		}
	}
	if e.Statement == nil {
		return row
	}
	s, ok := e.Statement.Body.(*statement.Certificate)
	if !ok {
		return row
	}
	row.Job, row.Order, row.Batch, row.Asset, row.Source, row.Computer = s.Job, s.Order, s.Batch, s.Asset, s.Source, s.SourceHost
	row.Maker = cmp.Or(s.Disk.Maker, row.Maker)
	if s.Medium != nil {
		row.Asset = cmp.Or(row.Asset, s.Medium.Asset)
	}
	if h := s.Health; h != nil {
		for _, one := range []*statement.Health{h.Before, h.After} {
			if one != nil && (row.Health == "" || one.Verdict != "unknown") {
				row.Health, row.Hours = one.Verdict, one.Hours
			}
		}
	}
	if f.Annex != nil && !s.Annex.IsZero() {
		for _, x := range f.Annex(s.Annex) {
			if x.Path == "customer" {
				row.Customer = x.Value
			}
		}
	}
	return row
}

// reconcile compares register and certificates, line by line.
func (p *Report) reconcile() {
	reg := p.b.r.State.Register
	add := func(u Unreconciled) { p.Unequal = append(p.Unequal, u) }
	for _, j := range p.b.r.OpenJobs {
		add(Unreconciled{Entry: j.Index, Why: message.Of("the job has no certificate: it is running, or was abandoned")})
	}
	if len(reg.Media()) == 0 || !p.b.Internal {
		return
	}
	for _, d := range p.Disks {
		if d.Number == "" {
			add(Unreconciled{Serial: d.Serial, Entry: d.Entry, Why: message.Of("erased, and not in the register")})
		}
	}
	for _, m := range reg.Listed() {
		switch {
		case m.Destroyed != nil:
		case len(m.Erasures) > 0 && m.Erasures[len(m.Erasures)-1].Outcome != certify.OutcomeVerified:
			e := m.Erasures[len(m.Erasures)-1]
			add(Unreconciled{m.Number, m.Serial, e.Entry.Index, message.Of("its last erasure is not verified: %s", e.Outcome)})
		case len(m.Erasures) == 0 && slices.ContainsFunc(m.Approvals, func(a *register.Approval) bool { return a.Withdrawn == nil && a.Purpose != "destroy" }):
			add(Unreconciled{m.Number, m.Serial, m.Approvals[len(m.Approvals)-1].Entry.Index, message.Of("approved for erasure, without a certificate")})
		}
	}
}

// Table is the report for a spreadsheet: every field of every disk.
func (p *Report) Table() paper.Table {
	o := p.b.Options
	t := paper.Table{Title: o.Say(message.Of("Erasures")), Columns: o.columns(message.Of("Outcome"), 22, message.Of("Outcome, code"), 20, message.Of("Serial number"), 22, message.Of("Model"), 24, message.Of("Capacity, bytes"), 18, message.Of("Media type"), 14, message.Of("Number"), 18,
		message.Of("Classification"), 14, message.Of("Asset number"), 16, message.Of("Level requested"), 12, message.Of("Level achieved"), 12, message.Of("Scheme"), 18, message.Of("Started"), 22, message.Of("Ended"), 22, message.Of("Operator"), 16, message.Of("Health"), 12, message.Of("Power-on hours"), 12,
		message.Of("Exceptions"), 30, message.Of("Order"), 16, message.Of("Batch"), 16, message.Of("Customer"), 20, message.Of("Came from"), 20, message.Of("Computer"), 18, message.Of("Entry"), 8, message.Of("SHA-256 of the certificate"), 66)}
	flat(t.Columns)
	for _, d := range p.Disks {
		hours := ""
		if d.Hours != nil {
			hours = strconv.FormatInt(*d.Hours, 10)
		}
		t.Rows = append(t.Rows, paper.Row{Strong: d.Outcome != certify.OutcomeVerified, Cells: []string{o.Say(Verdict(d.Outcome)), d.Outcome, d.Serial, words(d.Maker, d.Model), strconv.FormatInt(d.Size, 10), o.Say(render.MediaTypes.For(d.Type)), d.Number,
			o.Say(render.Classes.For(d.Class)), d.Asset, o.Say(render.Levels.For(d.Requested)), o.Say(render.Levels.For(d.Level)), d.Scheme, d.Started.In(p.b.zone).Format(time.RFC3339), d.Ended.In(p.b.zone).Format(time.RFC3339), d.Operator, o.Say(render.Healths.For(d.Health)), hours,
			strings.Join(d.Exceptions, " "), d.Order, d.Batch, d.Customer, d.Source, d.Computer, strconv.FormatInt(d.Entry, 10), d.SHA256}})
	}
	return t
}

// flat writes the heads of columns on one line.
func flat(columns []paper.Column) {
	for i := range columns {
		columns[i].Head = strings.ReplaceAll(columns[i].Head, "\n", " ")
	}
}

// Spare is what register and certificates do not agree on, for a spreadsheet.
func (p *Report) Spare() paper.Table {
	o := p.b.Options
	t := paper.Table{Ruled: true, Title: o.Say(message.Of("Reconciliation")), Columns: o.columns(message.Of("Number"), 30, message.Of("Serial number"), 40, message.Of("Entry"), -12, message.Of("What does not agree"), 90)}
	for _, u := range p.Unequal {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{data(u.Number), data(u.Serial), strconv.FormatInt(u.Entry, 10), o.Say(u.Why)}})
	}
	t.Totals = []string{o.Say(message.Of("Total")) + " " + strconv.Itoa(len(t.Rows))}
	return t
}

// Document is the report as a page: all disks, or with perComputer a sheet for each computer that disks came from.
func (p *Report) Document(perComputer bool) paper.Document {
	b := p.b
	d := b.document(message.Of("Report of erasures"), true, nil)
	if !perComputer {
		d.Sheets[0].Blocks = append(p.sheet(p.Disks), p.Spare(), b.signed(message.Of("Signatures"), nil, message.Of("Operator"), message.Of("Checked by")))
		return d
	}
	byHost := map[string][]ReportRow{}
	for _, r := range p.Disks {
		byHost[r.Computer] = append(byHost[r.Computer], r)
	}
	first := d.Sheets[0]
	d.Sheets = nil
	for _, host := range slices.SortedFunc(maps.Keys(byHost), register.Natural) {
		s := first
		if s.Head.Title = b.Lines(message.Of("Report of erasures: computer %s", host)); host == "" {
			s.Head.Title = b.Lines(message.Of("Report of erasures: no computer is named"))
		}
		s.Blocks = append(p.sheet(byHost[host]), b.signed(message.Of("Signatures"), nil, message.Of("Operator"), message.Of("Checked by")))
		d.Sheets = append(d.Sheets, s)
	}
	if d.Sheets == nil {
		d.Sheets = []paper.Sheet{first}
	}
	return d
}

func (p *Report) sheet(rows []ReportRow) []paper.Block {
	b := p.b
	t := paper.Table{Columns: b.columns(message.Of("No."), 9, message.Of("Outcome"), 28, message.Of("Serial number"), 30, message.Of("Model"), 30, message.Of("Capacity"), -15, message.Of("Level achieved"), 18, message.Of("Ended"), 22, message.Of("Health"), 16,
		message.Of("Exceptions"), 32, message.Of("Number, asset"), 24, message.Of("Order, customer"), 22, message.Of("Entry, SHA-256"), 24)}
	count, bytes := map[string]int{}, int64(0)
	for i, d := range rows {
		count[d.Outcome]++
		mark := []string{paper.Check: "✓ ", paper.Cross: "✗ ", paper.Wait: "! "}[markOf(d.Outcome)]
		if b.lang() == "en" {
			mark = ""
		}
		if d.Outcome == certify.OutcomeVerified {
			bytes += d.Size
		}
		exceptions := strings.Join(d.Exceptions, "\n")
		t.Rows = append(t.Rows, paper.Row{Strong: d.Outcome != certify.OutcomeVerified, Cells: []string{strconv.Itoa(i + 1), mark + b.Lines(Verdict(d.Outcome)), data(d.Serial), words(d.Maker, d.Model), humanize.Size(d.Size), b.Lines(render.Levels.For(d.Level)),
			minute(d.Ended, b.zone), b.Lines(render.Healths.For(d.Health)), exceptions, words(d.Number, d.Asset), words(d.Order, d.Customer), fmt.Sprintf("%d  %.8s…", d.Entry, d.SHA256)}})
	}
	for _, o := range []string{"failed", "completed-with-exceptions", "unknown", "interrupted", "verified"} {
		if count[o] > 0 {
			t.Totals = append(t.Totals, fmt.Sprintf("%s (%s): %d", b.Say(Verdict(o)), o, count[o]))
		}
	}
	t.Totals = append(t.Totals, b.Say(message.Of("Total"))+" "+strconv.Itoa(len(rows))+"   "+b.Say(message.Of("capacity of the erased disks"))+" "+humanize.Size(bytes))
	chosen := b.period(Request{From: p.filter.From, To: p.filter.To})
	chosen.Pairs = append(chosen.Pairs, b.field(message.Of("Order"), data(p.filter.Order)), b.field(message.Of("Batch"), data(p.filter.Batch)), b.field(message.Of("Customer"), data(p.filter.Customer)))
	return []paper.Block{chosen, t}
}
