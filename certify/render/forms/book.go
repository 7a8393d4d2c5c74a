package forms

import (
	"fmt"
	"strconv"
	"time"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

// Request is which form is asked for, and of what.
type Request struct {
	Numbers   []string  // of media; the form is then to be filled in by hand
	Entry     int64     // an act of the log; -1 for none
	From, To  time.Time // the first and the end of the last day; zero: without a limit
	Custodian string    // whose media, or who borrowed; "" for everybody's
	Place     string    // where media were lent, as in a meeting; "" for everywhere
	Titles    func(sum statement.Hash) []statement.AnnexField
}

// Form is a form of an office.
type Form struct {
	Name    string   // as a command line has it
	Aliases []string // in Chinese
	Title   message.Text
	Needs   message.Text // what a request must name; empty if nothing
	wide    bool         // the paper is turned
	make    func(*book, Request) ([]paper.Block, error)
}

// All are the forms that there are.
var All = []Form{
	{"register", []string{"台账", "涉密载体台账"}, message.Of("Register of classified media"), message.Text{}, true, (*book).register},
	{"registration", []string{"登记表", "涉密载体登记表"}, message.Of("Registration of a classified medium"), message.Of("the number of a medium"), false, (*book).registration},
	{"approval", []string{"审批表"}, message.Of("Approval for classified media"), message.Of("numbers of media, or the --entry of an approval"), false, (*book).approval},
	{"destruction", []string{"销毁清单", "涉密载体销毁清单"}, message.Of("List of classified media for destruction"), message.Of("numbers of media, or the --entry of an approval or a destruction"), true, (*book).destruction},
	{"handover", []string{"交接清单", "涉密载体交接清单"}, message.Of("Handover of classified media"), message.Of("numbers of media, or the --entry of a handover"), true, (*book).handover},
	{"borrowing", []string{"借阅登记", "借阅登记表"}, message.Of("Borrowing of classified media"), message.Text{}, true, (*book).borrowing},
	{"carry", []string{"外出携带审批表", "携带审批表"}, message.Of("Classified media carried out of the office"), message.Of("numbers of media, or the --entry of a carry"), false, (*book).carry},
	{"carrying", []string{"外出携带登记", "外出携带登记表"}, message.Of("Register of classified media carried out of the office"), message.Text{}, true, (*book).carrying},
	{"equipment", []string{"设备台账", "涉密设备台账"}, message.Of("Register of devices that keep or destroy media"), message.Text{}, true, (*book).equipment},
	{"inventory", []string{"盘点表", "清点表"}, message.Of("Inventory of classified media"), message.Text{}, true, (*book).inventory},
	{"loss", []string{"遗失报告"}, message.Of("Report of a loss"), message.Of("the --entry of a loss"), false, (*book).loss},
	{"inspection", []string{"检查报告", "保密检查报告"}, message.Of("Report of a secrecy inspection"), message.Text{}, false, (*book).inspection},
	{"erasure", []string{"消除证明", "涉密载体信息消除证明"}, message.Of("Certificate of erasure of a classified medium"), message.Of("the --entry of a certificate"), false, (*book).erasure},
}

// Find returns the form of a name, in English or Chinese; nil if there is none.
func Find(name string) *Form {
	for i := range All {
		for _, n := range append([]string{All[i].Name}, All[i].Aliases...) {
			if n == name {
				return &All[i]
			}
		}
	}
	return nil
}

// book is an audited log from which a form is made.
type book struct {
	Options
	r    *audit.Report
	zone *time.Location
	org  statement.Org
}

// Document makes the form from an audited log.
func (f *Form) Document(r *audit.Report, q Request, o Options) (paper.Document, error) {
	b, err := open(r, o)
	if err != nil {
		return paper.Document{}, err
	}
	blocks, err := f.make(b, q)
	if err != nil {
		return paper.Document{}, err
	}
	return b.document(f.Title, f.wide, blocks), nil
}

func (b *book) document(title message.Text, wide bool, blocks []paper.Block) paper.Document {
	size := b.Size
	if wide {
		size = size.Landscape()
	}
	head := paper.Head{Logo: b.Logo, Owner: []string{words(b.org.Organisation, b.org.Department)}, Title: b.Lines(title),
		Right: []string{b.Say(message.Of("as of")) + " " + moment(b.r.At, b.zone)}}
	if head.Owner[0] == "" {
		head.Owner = nil
	}
	return paper.Document{Title: b.Say(title), Lang: b.lang(), Date: b.r.At, Size: size, Sheets: []paper.Sheet{{Head: head, Blocks: blocks, Foot: b.foot(), Fit: true, Dense: len(b.Languages) > 1}}}
}

// open finds the organisation that the log itself names.
func open(r *audit.Report, o Options) (*book, error) {
	b := &book{Options: o, r: r, zone: o.Zone}
	if b.zone == nil {
		b.zone = time.UTC
	}
	for _, i := range []int64{r.Entries - 1, 0} { // the newest statement of the station is not far from the end
		for ; i >= 0 && b.org.Organisation == ""; i-- {
			e, _, err := r.ReadEntry(i)
			if err != nil {
				return nil, err
			}
			if e.Statement != nil && e.Statement.Station() != nil {
				b.org = e.Statement.Station().Org
			}
			if e.Statement == nil { // before version 2 no statement names it
				break
			}
		}
	}
	return b, nil
}

// foot says of which log the form is.
func (b *book) foot() paper.Foot {
	lines := []string{
		b.Say(message.Of("Made from the log, which is the record. What is written by hand is not in it.")),
		b.Say(message.Of("log %s, %d entries, root", b.r.Station, b.r.Entries)) + " " + b.r.Root,
		b.Say(message.Of("station key SHA-256")) + " " + b.r.KeySHA256,
		b.Say(message.Of("To verify, with a copy of the log and the station card:")) + " rasure audit --log LOG --station STATION.card",
	}
	if n := b.r.Open(); n > 0 {
		lines = append(lines, b.Say(message.Of("open findings of the audit of this log: %d", n)))
	}
	return paper.Foot{QR: fmt.Sprintf("rasure-log %s %d %s", b.r.Station, b.r.Entries, b.r.Root), Lines: lines, Page: b.page}
}

// media are the media that a request names.
func (b *book) media(q Request) (all []*register.Medium, err error) {
	for _, n := range q.Numbers {
		m := b.r.State.Register.Medium(n)
		if m == nil {
			return nil, message.Errorf("medium %s is not in the register", n)
		}
		all = append(all, m)
	}
	return register.InOrder(all), nil
}

// act reads the entry that a request names, which must be of one of some kinds.
func (b *book) act(q Request, kinds ...string) (register.Entry, error) {
	e, _, err := b.r.ReadEntry(q.Entry)
	if err != nil {
		return e, err
	}
	for _, k := range kinds {
		if name(e.Kind) == k {
			if !b.r.State.Register.Counts(e.Index) {
				return e, message.Errorf("entry %d does not count: a rule refused it, or it was withdrawn", e.Index)
			}
			return e, nil
		}
	}
	return e, message.Errorf("entry %d is of the kind %s, not %s", e.Index, name(e.Kind), kinds[0])
}

// mediaOf are the media of an act, as the register has them now.
func (b *book) mediaOf(e register.Entry) (all []*register.Medium) {
	numbers := b.r.State.Register.MediaOf(e.Index)
	if len(numbers) == 0 && e.Statement != nil {
		for _, m := range e.Statement.Named().Media {
			numbers = append(numbers, m.Number)
		}
	}
	for _, n := range numbers {
		if m := b.r.State.Register.Medium(n); m != nil {
			all = append(all, m)
		}
	}
	return register.InOrder(all)
}

// within reports whether a time is in the days of a request.
func (q Request) within(t time.Time) bool {
	return (q.From.IsZero() || !t.Before(q.From)) && (q.To.IsZero() || t.Before(q.To))
}

// signed are rows for the people whose signatures on an act are valid, and rows for others to sign by hand.
func (b *book) signed(title message.Text, e *register.Entry, byHand ...message.Text) paper.Signatures {
	s := paper.Signatures{Title: b.Say(title), Seal: b.Say(message.Of("Seal")),
		Columns: b.columns(message.Of("Role"), 24, message.Of("Name"), 22, message.Of("Signed in the log, with key"), 80, message.Of("Signature and date"), 42)}
	if e != nil {
		for _, p := range signersOf(*e) {
			who := data(p.Name)
			if p.Title != "" {
				who += "\n" + data(p.Title)
			}
			s.Rows = append(s.Rows, paper.Row{Cells: []string{b.Lines(roleIn(*e, p)), who, minute(p.At, b.zone) + "  " + b.Say(message.Of("entry %d", e.Index)) + "\n" + data(p.Key)}})
		}
	}
	for _, t := range byHand {
		s.Rows = append(s.Rows, paper.Row{Cells: []string{b.Lines(t)}})
	}
	return s
}

// kind is the type of a medium in words, and its maker and model.
func (b *book) kind(m *register.Medium) string { return b.Lines(render.MediaTypes.For(m.Type)) }

func (b *book) capacity(m *register.Medium) string {
	if m.Size == 0 {
		return ""
	}
	return humanize.Size(m.Size)
}

// classes counts media by classification and by type, in lines.
func (b *book) totals(all []*register.Medium) []string {
	count := func(words render.Words, order []string, code func(*register.Medium) string) string {
		n := map[string]int{}
		for _, m := range all {
			n[code(m)]++
		}
		line := b.Say(message.Of("Total")) + " " + strconv.Itoa(len(all)) + ":"
		for _, code := range order {
			if n[code] > 0 {
				line += fmt.Sprintf("   %s %d", b.Say(words.For(code)), n[code])
			}
		}
		return line
	}
	return []string{
		count(render.Classes, []string{"top-secret", "secret", "confidential", "none"}, func(m *register.Medium) string { return string(m.Class) }),
		count(render.MediaTypes, []string{"magnetic", "ssd", "hybrid", "usb-flash", "sd", "emmc", "optical", "tape", "image", "other", "unknown"}, func(m *register.Medium) string { return m.Type }),
	}
}
