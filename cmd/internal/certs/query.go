package certs

import (
	"context"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Query asks for certificates by a serial number, the number of a medium, or a day.
type Query struct {
	Text  string
	Begin time.Time // of the day; zero if it is none
}

// ParseQuery reads what a person typed. Days are those of the zone of now.
func ParseQuery(text string, now time.Time) Query {
	day := func(t time.Time) Query {
		return Query{text, time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, now.Location())}
	}
	switch strings.ToLower(text) {
	case "today":
		return day(now)
	case "yesterday":
		return day(now.AddDate(0, 0, -1))
	}
	if t, err := time.ParseInLocation("2006-01-02", text, now.Location()); err == nil {
		return day(t)
	}
	return Query{Text: text}
}

// Matches are the certificates that a query asks for, and what comes near if there is none.
type Matches struct {
	Query        Query
	Certificates []Found
	near         []string // serial numbers and numbers of media that contain the text
}

// Search finds the certificates that a query asks for.
func (l Log) Search(ctx context.Context, q Query) (Matches, error) {
	m := Matches{Query: q}
	if !q.Begin.IsZero() {
		days := []string{} // in UTC
		end := q.Begin.AddDate(0, 0, 1)
		for t := q.Begin.UTC(); ; t = t.AddDate(0, 0, 1) {
			if days = append(days, t.Format("2006-01-02")); t.After(end) {
				break
			}
		}
		all, err := l.Find(ctx, days, func(c *certify.Certificate) bool { return !c.Ended.Before(q.Begin) && c.Ended.Before(end) })
		m.Certificates = all
		return m, err
	}
	all, err := l.Find(ctx, Plain(q.Text), func(c *certify.Certificate) bool { return len(namesOf(c, q.Text)) > 0 })
	for _, f := range all {
		names := namesOf(f.Certificate, q.Text)
		if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, q.Text) }) {
			m.Certificates = append(m.Certificates, f)
			continue
		}
		for _, name := range names {
			if !slices.Contains(m.near, name) {
				m.near = append(m.near, name)
			}
		}
	}
	return m, err
}

// namesOf are the names of the disk of a certificate that contain a text.
func namesOf(c *certify.Certificate, text string) (names []string) {
	all := []string{c.Disk.Serial}
	if c.Disk.Serial == "" {
		all = []string{c.Disk.Node.Name}
	}
	if c.Register != nil {
		all = append(all, c.Register.Number)
	}
	for _, name := range all {
		if text != "" && strings.Contains(strings.ToLower(name), strings.ToLower(text)) {
			names = append(names, name)
		}
	}
	return names
}

// None is the error of a search that found nothing.
func (m Matches) None() error {
	err := message.Errorf("the log has no certificate for %q", m.Query.Text)
	switch {
	case !m.Query.Begin.IsZero():
		return message.Errorf("the log has no certificate of an erasure that ended on %s", m.Query.Begin.Format("2006-01-02"))
	case len(m.near) > 0:
		return fault.WithHint(err, "did you mean %s?", strings.Join(m.near[:min(len(m.near), 5)], ", "))
	}
	return fault.WithHint(err, "give a serial number, the number of a medium, or a day such as 2026-01-02")
}
