package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rasure/certify/render"
	"rasure/certify/render/forms"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

// Page is what a template shows, and how.
type Page struct {
	Name   string // of the template
	Title  message.Text
	Lang   message.Language
	Hub    string
	Reader string // who has logged in; "" where nobody has to
	Now    time.Time
	Data   any

	r      *http.Request
	zone   *time.Location
	chosen string // language that links keep
}

// languageOf is the language that the address names, or else the one that the browser prefers of those that there are.
func languageOf(r *http.Request) message.Language {
	if l, ok := message.Parse(r.FormValue("lang")); ok && l != message.Marked {
		return l
	}
	best, weight := message.English, -1.0
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if s, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(s, 64)
		}
		if l, ok := message.Parse(tag); ok && l != message.Marked && q > weight {
			best, weight = l, q
		}
	}
	return best
}

// T says a sentence. Its arguments are data. A number that may be absent is a pointer in JSON, which a template passes as it is.
func (g *Page) T(format string, args ...any) string {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = Cut(a)
		case *int64:
			if a != nil {
				args[i] = *a
			}
		}
	}
	return message.Text{Format: format, Args: args}.In(g.Lang)
}

// Count says a number of something: one is the format for 1, and many the format for others. More arguments follow the number.
func (g *Page) Count(n any, one, many string, more ...any) string {
	if fmt.Sprint(n) == "1" {
		many = one
	}
	return g.T(many, append([]any{n}, more...)...)
}

// Say says a sentence that was made already.
func (g *Page) Say(t message.Text) string { return t.In(g.Lang) }

// In says what knows its sentence in each language.
func (g *Page) In(w interface {
	In(message.Language) string
}) string {
	return w.In(g.Lang)
}

// HTMLLang is the language as HTML names it.
func (g *Page) HTMLLang() string {
	if g.Lang == message.Chinese {
		return "zh-CN"
	}
	return "en"
}

// Time shows a time in the zone of the hub, with its offset.
func (g *Page) Time(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(g.zone).Format("2006-01-02 15:04 -07:00")
}

// Age says how long ago a time is, in days.
func (g *Page) Age(t time.Time) string {
	days := max(0, int(g.Now.Sub(t).Hours()/24))
	return message.Count(days, "%d day", "%d days").In(g.Lang)
}

// Size shows a number of bytes.
func (g *Page) Size(n int64) string { return humanize.Size(n) }

// maxCut is how much of a text a table shows. A serial number of 10,000 characters is possible.
const maxCut = 64

// Cut shortens what is too long for a table; pages of one thing show all of it.
func Cut(s string) string {
	if r := []rune(s); len(r) > maxCut {
		return string(r[:maxCut-9]) + " … " + string(r[len(r)-6:])
	}
	return s
}

// Cut is [Cut] with a dash for nothing.
func (g *Page) Cut(s string) string {
	if s == "" {
		return "-"
	}
	return Cut(s)
}

// Spot is a name that fits into a box of the map.
func (g *Page) Spot(s string) string {
	if s == "" {
		return g.T("not named")
	}
	return table.Clip(message.Printable(s, false), 26)
}

// States are what can be known of a medium that is outside.
func (g *Page) States() []string { return []string{"acknowledged", "open", "overdue"} }

// Sent says what is known of a medium that is outside.
func (g *Page) Sent(state string) string {
	switch state {
	case "acknowledged":
		return g.T("acknowledged")
	case "overdue":
		return g.T("overdue")
	}
	return g.T("not acknowledged")
}

// Means says what that is.
func (g *Page) Means(state string) string {
	switch state {
	case "acknowledged":
		return g.T("acknowledged: the number of a receipt is named, or files are kept as evidence")
	case "overdue":
		return g.T("overdue: not handed back in time")
	}
	return g.T("not acknowledged: no receipt is known, or a custodian carries it")
}

// Verdict says what an outcome means for the disk in the hand.
func (g *Page) Verdict(outcome string) string {
	switch outcome {
	case "":
		return "-"
	case "open":
		return g.T("NO CERTIFICATE YET")
	}
	return forms.Verdict(outcome).In(g.Lang)
}

// Mark is the shape that has the meaning of an outcome.
func (g *Page) Mark(outcome string) string {
	switch outcome {
	case "":
		return ""
	case "verified":
		return "✓"
	case "interrupted", "unknown", "open":
		return "!"
	}
	return "✗"
}

// Tone is the class of an outcome in the style.
func (g *Page) Tone(outcome string) string {
	return map[string]string{"✓": "good", "!": "wait", "✗": "bad", "": "none"}[g.Mark(outcome)]
}

// Word says a code of statements.
func (g *Page) Word(kind, code string) string {
	words := map[string]render.Words{"class": render.Classes, "status": render.Statuses, "type": render.MediaTypes, "level": render.Levels}[kind]
	if words == nil {
		return message.Text{Format: strings.ReplaceAll(code, "%", "%%")}.In(g.Lang)
	}
	return words.For(code).In(g.Lang)
}

// Link is the address of a page with parameters, pairs of a name and a value. It keeps the language that was chosen.
func (g *Page) Link(path string, pairs ...any) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := fmt.Sprint(pairs[i+1]); v != "" {
			q.Set(pairs[i].(string), v)
		}
	}
	if g.chosen != "" {
		q.Set("lang", g.chosen)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Entry is the address of an entry's page.
func (g *Page) Entry(id string, index int64) string {
	return g.Link("/entry/" + id + "/" + strconv.FormatInt(index, 10))
}

// here is the address of this page with one parameter changed.
func (g *Page) here(name, value string) string {
	q := g.r.URL.Query()
	if q.Set(name, value); value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return g.r.URL.Path
	}
	return g.r.URL.Path + "?" + q.Encode()
}

// Other is the address of this page in the other language.
func (g *Page) Other() string {
	if g.Lang == message.Chinese {
		return g.here("lang", "en")
	}
	return g.here("lang", "zh")
}

// JSON is the address of this page as JSON.
func (g *Page) JSON() string { return g.here("format", "json") }

// At is the address of a page of a long list.
func (g *Page) At(page int) string { return g.here("page", strconv.Itoa(page)) }

// IsAt reports whether this page is at a path.
func (g *Page) IsAt(path string) bool { return g.r.URL.Path == path }

// number is a parameter that counts from 1; 1 if it is missing or malformed.
func (g *Page) number(name string) int {
	n, err := strconv.Atoi(g.r.FormValue(name))
	if err != nil || n < 1 {
		return 1
	}
	return n
}
