package pages

import (
	"net/url"
	"strconv"
	"strings"

	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/digest"
)

// Periods are the numbers of days that the overview can show.
func (g *Page) Periods() []int { return []int{30, 90, 365} }

// Chosen is the language that a form keeps; "" if the browser decides.
func (g *Page) Chosen() string { return g.chosen }

// With is the page with arguments, for a template that needs both.
func (g *Page) With(args ...any) []any { return append([]any{g}, args...) }

// Unread reports whether a log has entries that were not judged yet.
func (g *Page) Unread(d *digest.Digest, size int64) bool { return d == nil && size > 0 }

// Long is text of any length, which is shown up to where nobody reads it.
func (g *Page) Long(s string) string {
	const most = 2000
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + " …"
	}
	return s
}

// Names are people, the first of them.
func (g *Page) Names(all []string) string {
	const most = 6
	names := []string{}
	for _, n := range all[:min(len(all), most)] {
		names = append(names, Cut(n))
	}
	if len(all) == 0 {
		return "-"
	}
	if len(all) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// Kind says the kind of a statement.
func (g *Page) Kind(name string) string {
	if t, ok := kinds[name]; ok {
		return t.In(g.Lang)
	}
	return name
}

var kinds = map[string]message.Text{
	"station": message.Of("station card"), "begin": message.Of("begin of an erasure"), "certificate": message.Of("certificate of an erasure"), "preparation": message.Of("preparation for re-use"),
	"list": message.Of("list of media"), "retirement": message.Of("retirement of the station"), "boot": message.Of("boot of the station"), "roster": message.Of("roster of people"), "policy": message.Of("rules of the office"),
	"enrolment": message.Of("enrolment of the station"), "registration": message.Of("registration of a medium"), "approval": message.Of("approval of a use"), "handover": message.Of("handover of media"),
	"carry": message.Of("carrying out of media"), "back": message.Of("media brought back"), "return": message.Of("return to the issuing unit"), "transfer": message.Of("transfer by order"),
	"result": message.Of("result by the technician"), "witness": message.Of("statement of a witness"), "validation": message.Of("technical check"), "destruction": message.Of("destruction of media"),
	"inventory": message.Of("inventory of media"), "loss": message.Of("loss of media"), "report": message.Of("report of a loss to authorities"), "found": message.Of("media found"), "reclassify": message.Of("reclassification of media"),
	"retype": message.Of("corrected type of a medium"), "correction": message.Of("correction of a statement"), "void": message.Of("statement taken back"), "incident": message.Of("incident report"),
	"equipment": message.Of("equipment of the office"), "closure": message.Of("closing of a finding"), "recount": message.Of("recount of the counter"), "succession": message.Of("succession of a log"), "audit": message.Of("audit of the log"),
}

// Alarm says the kind of an alarm.
func (g *Page) Alarm(kind string) string {
	if t, ok := alarmKinds[kind]; ok {
		return t.In(g.Lang)
	}
	return kind
}

var alarmKinds = map[string]message.Text{
	"fork": message.Of("two histories"), "unexplained": message.Of("a checkpoint that nothing explains"), "miscounted": message.Of("the counter does not fit"), "unsigned": message.Of("an entry that is not signed"),
	"finding": message.Of("a finding"), "two-stations": message.Of("at two stations"), "not-seen": message.Of("station not seen in time"), "retired": message.Of("the log ended"),
}

// Key says in a few words what a station states of its key.
func (g *Page) Key(class string) string {
	words := map[string]message.Text{"tpm-verified": message.Of("in a TPM, verified by an authority"), "tpm-unverified": message.Of("in a TPM, by its own word"),
		"tpm-emulated": message.Of("in an emulated TPM"), "software": message.Of("in a file")}
	if t, ok := words[class]; ok {
		return t.In(g.Lang)
	}
	return class
}

// maxAddress is how long a value may be in an address: a proxy or a browser may cut longer ones.
const maxAddress = 500

// Medium is the address of a medium's page. What is too long for an address is named by an entry that states it.
func (g *Page) Medium(kind, value, id string, index int64) string {
	if len(url.QueryEscape(value)) > maxAddress {
		return g.Link("/medium", "of", id+":"+strconv.FormatInt(index, 10))
	}
	return g.Link("/medium", kind, value)
}

// File is the address of what belongs to an entry.
func (g *Page) File(id string, index int64, name string) string {
	return g.Link("/entry/" + id + "/" + strconv.FormatInt(index, 10) + "/" + name)
}

// MoreNumbers is how many of the numbers a list leaves out.
func (r Row) MoreNumbers() int { return len(r.Numbers) - 5 }
