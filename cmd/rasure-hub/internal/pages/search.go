package pages

import (
	"strings"
	"time"

	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs/fleet"
)

// Searched is what a search found.
type Searched struct {
	Any    string            `json:"any,omitempty"`
	Wanted map[string]string `json:"wanted"`
	Asked  bool              `json:"-"` // the form was sent
	Found  Paged[Row]        `json:"found"`
}

// fields are those of the form. kind is reached by links only.
var fields = terms.Kinds

// Outcomes are the words of an outcome, in the order of the form.
func (g *Page) Outcomes() []string {
	return []string{"verified", "completed-with-exceptions", "failed", "interrupted", "unknown"}
}

func (p *Pages) search(g *Page) (any, error) {
	g.Name, g.Title = "search", message.Of("Search")
	s := Searched{Any: strings.TrimSpace(g.r.FormValue("q")), Wanted: map[string]string{}}
	var all []fleet.Term
	for _, kind := range fields {
		if v := strings.TrimSpace(g.r.FormValue(kind)); v != "" {
			s.Wanted[kind] = v
			all = append(all, fleet.Term{Kind: kind, Value: v})
		}
	}
	places := []fleet.Place{}
	var err error
	switch {
	case len(all) > 0:
		s.Asked = true
		places, err = p.hub.Places(all)
	case s.Any != "":
		s.Asked = true
		places, err = p.anything(s.Any)
	}
	if err != nil {
		return nil, err
	}
	here := cut(places, g.number("page"))
	s.Found = Paged[Row]{Total: here.Total, Page: here.Page, Pages: here.Pages}
	s.Found.Rows, err = p.rows(here.Rows)
	return s, err
}

// anything finds a value as whatever it may be.
func (p *Pages) anything(value string) (all []fleet.Place, err error) {
	kinds := []string{terms.Serial, terms.Number, terms.Asset, terms.Person}
	if _, err := time.Parse(time.DateOnly, value); err == nil {
		kinds = append(kinds, terms.Day)
	}
	seen := map[fleet.Place]bool{}
	for _, kind := range kinds {
		found, err := p.hub.Places([]fleet.Term{{Kind: kind, Value: value}})
		if err != nil {
			return nil, err
		}
		for _, place := range found {
			if !seen[place] {
				seen[place] = true
				all = append(all, place)
			}
		}
	}
	return all, nil
}
