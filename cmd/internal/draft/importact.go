package draft

import (
	"reflect"
	"slices"
	"time"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Stock is media that one signature takes into the register: what a list can say of each, and all else in common. A single one is its own registration.
type Stock struct {
	Media []Imported
	body  *statement.Registration // of all of them, without lists yet
}

// Stocks puts media together that differ only in what a list can say of each, in the order of the table.
func Stocks(all []Imported) (stocks []Stock) {
	for _, one := range all {
		body := common(one.Registration)
		i := slices.IndexFunc(stocks, func(s Stock) bool { return body != nil && s.body != nil && same(s.body, body) })
		if i < 0 {
			stocks = append(stocks, Stock{body: body})
			i = len(stocks) - 1
		}
		stocks[i].Media = append(stocks[i].Media, one)
	}
	return stocks
}

// common is a registration without what a list says of its medium; nil if it states more of it than a list can.
func common(b *statement.Registration) *statement.Registration {
	c := *b
	c.Number, c.Classification, c.Type, c.Limit, c.Marked, c.Serial, c.Model, c.Maker, c.Size, c.Asset = "", "", "", nil, "", "", "", "", 0, ""
	if c.DocumentCode != "" || c.CopyOf != "" || c.CopyNumber != 0 || c.Capacity != "" || c.CarrierOf != "" {
		return nil
	}
	return &c
}

// same compares what two registrations say, but not which drafts they are.
func same(a, b *statement.Registration) bool {
	x, y := *a, *b
	x.Act, y.Act = statement.Act{Signers: a.Signers}, statement.Act{Signers: b.Signers}
	return reflect.DeepEqual(x, y)
}

// Rows are the media as a list has them; none where the registration of a single one says all.
func (s *Stock) Rows() (rows []statement.Row) {
	if len(s.Media) == 1 {
		return nil
	}
	for _, m := range s.Media {
		rows = append(rows, register.RowOf(m.Registration))
	}
	return rows
}

// Text is the statement to be signed: it names the lists that the log has the rows in.
func (s *Stock) Text(log Log, zone *time.Location, lists []statement.ListRef) (string, error) {
	body := *s.Media[0].Registration
	if len(lists) > 0 {
		body = *s.body
		body.Lists = lists
	}
	body.ID = ""
	return writeAct(&body, &body.Act, log, zone, body.Signers...)
}

// Common are the lines of what the media have in common, for their signer.
func (s *Stock) Common(l message.Language) []string {
	body := s.body
	if body == nil {
		body = s.Media[0].Registration
	}
	w, v := &words{l: l, zone: time.FixedZone("", int(body.Offset)*60)}, reflect.ValueOf(body).Elem()
	for _, f := range statement.FieldsOf(v.Type()) {
		if value, there := f.Of(v); there && !slices.Contains([]string{"id", "log", "says", "at", "offset_minutes"}, f.Path) {
			w.value(label("registration", f.Path).In(l), f, value)
		}
	}
	return w.lines
}

// maxMedia is how many media the text of an act names.
const maxMedia = 150

// NeedsLists reports whether an act is about more media than its text can name, so that it names lists of them.
func NeedsLists(c *Command, state *audit.State, media []string) bool {
	return state != nil && len(media) > maxMedia && c.Kind.Name() == "approval"
}
