package pages

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"rasure/certify/register"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs/fleet"
)

// maxLife is how many entries a page of a medium has.
const maxLife = 500

// Life is all that the logs say of a medium or a disk.
type Life struct {
	Numbers  []string    `json:"numbers"`
	Serials  []string    `json:"serials"`
	Stations []string    `json:"stations"` // whose logs have it
	States   []MediumNow `json:"registers"`
	Events   []Event     `json:"events"`  // the oldest first
	Total    int         `json:"entries"` // found; more than there are events if there are too many
	Outcome  string      `json:"last_outcome,omitempty"`
	Last     *Event      `json:"-"` // certificate
}

// MediumNow is what the register of a station says of the medium now.
type MediumNow struct {
	Station   string     `json:"station"`
	ID        string     `json:"station_id"`
	Number    string     `json:"number"`
	Class     string     `json:"classification,omitempty"`
	Type      string     `json:"type"`
	Model     string     `json:"model,omitempty"`
	Serial    string     `json:"serial,omitempty"`
	Asset     string     `json:"asset,omitempty"`
	Size      int64      `json:"size_bytes,omitempty"`
	Custodian string     `json:"custodian,omitempty"`
	Place     string     `json:"place,omitempty"`
	Status    string     `json:"status"`
	Due       *time.Time `json:"due,omitempty"`
}

// Event is an entry of the medium's life.
type Event struct {
	Row
	Says message.Text `json:"says"` // what the register notes; empty if it notes nothing
}

func (p *Pages) medium(g *Page) (any, error) {
	g.Name, g.Title = "medium", message.Of("Medium")
	number, serial, err := p.subject(g)
	if err != nil {
		return nil, err
	}
	places, l, err := p.linked(number, serial)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, fs.ErrNotExist
	}
	l.Total = len(places)
	rows, err := p.rows(places[:min(len(places), maxLife)])
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		l.Events = append(l.Events, Event{Row: r})
		if !slices.Contains(l.Stations, r.ID) {
			l.Stations = append(l.Stations, r.ID)
		}
	}
	for i, id := range l.Stations {
		if err := p.registered(g, l, id); err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(l.Events, func(e Event) bool { return e.ID == id }); at >= 0 {
			l.Stations[i] = l.Events[at].Station
		}
	}
	slices.SortStableFunc(l.Events, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Station, b.Station), cmp.Compare(a.Index, b.Index))
	})
	for i := range l.Events {
		if l.Events[i].Outcome != "" {
			l.Last, l.Outcome = &l.Events[i], l.Events[i].Outcome
		}
	}
	return l, nil
}

// subject is the number or the serial number that is asked for. A value that is too long for an address is named by an entry that has it.
func (p *Pages) subject(g *Page) (number, serial string, err error) {
	number, serial = strings.TrimSpace(g.r.FormValue("number")), strings.TrimSpace(g.r.FormValue("serial"))
	if id, index, ok := strings.Cut(g.r.FormValue("of"), ":"); ok && number == "" && serial == "" {
		place, ok := placeOf(id, index)
		if !ok {
			return "", "", fs.ErrNotExist
		}
		rows, err := p.rows([]fleet.Place{place})
		if err != nil || len(rows) == 0 {
			return "", "", cmp.Or(err, fs.ErrNotExist)
		}
		if serial = rows[0].Serial; len(rows[0].Numbers) == 1 {
			number = rows[0].Numbers[0]
		}
	}
	if number == "" && serial == "" {
		return "", "", &badRequest{message.Of("Which medium? Search for its number or serial number.")}
	}
	return number, serial, nil
}

// linked finds the entries of a medium by its number and by its serial number: an entry that has one number and one serial number says that they
// belong together.
func (p *Pages) linked(number, serial string) ([]fleet.Place, *Life, error) {
	l := &Life{Numbers: []string{}, Serials: []string{}, Stations: []string{}, States: []MediumNow{}, Events: []Event{}}
	if number != "" {
		l.Numbers = append(l.Numbers, number)
	}
	if serial != "" {
		l.Serials = append(l.Serials, serial)
	}
	found := map[fleet.Place]bool{}
	places := []fleet.Place{}
	look := func(kind, value string) ([]fleet.Place, error) {
		all, err := p.hub.Places([]fleet.Term{{Kind: kind, Value: value}})
		for _, place := range all {
			if !found[place] {
				found[place] = true
				places = append(places, place)
			}
		}
		return all, err
	}
	for done := 0; done < len(l.Numbers) || done < len(l.Serials); done++ {
		if done < len(l.Numbers) {
			if err := p.link(look, terms.Number, l.Numbers[done], l); err != nil {
				return nil, nil, err
			}
		}
		if done < len(l.Serials) {
			if err := p.link(look, terms.Serial, l.Serials[done], l); err != nil {
				return nil, nil, err
			}
		}
	}
	return places, l, nil
}

// maxLinked bounds the names of one medium: a station that lies could link everything.
const maxLinked = 8

func (p *Pages) link(look func(kind, value string) ([]fleet.Place, error), kind, value string, l *Life) error {
	found, err := look(kind, value)
	if err != nil {
		return err
	}
	rows, err := p.rows(found[:min(len(found), maxLife)])
	for _, r := range rows {
		if len(r.Numbers) != 1 || r.Serial == "" || r.Kind == "inventory" {
			continue
		}
		add := func(all *[]string, v string) {
			if len(*all) < maxLinked && !slices.ContainsFunc(*all, func(have string) bool { return terms.Normal(have) == terms.Normal(v) }) {
				*all = append(*all, v)
			}
		}
		add(&l.Numbers, r.Numbers[0])
		add(&l.Serials, r.Serial)
	}
	return err
}

// registered adds what the register of a station says.
func (p *Pages) registered(g *Page, l *Life, id string) error {
	p.state.Lock() // that of a long log needs much memory
	defer p.state.Unlock()
	state, err := p.hub.State(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	media := map[*register.Medium]bool{}
	for _, n := range l.Numbers {
		media[state.Register.Medium(n)] = true
	}
	for _, n := range l.Serials {
		media[state.Register.BySerial(n)] = true
	}
	delete(media, nil)
	missing, says := []fleet.Place{}, map[fleet.Place]message.Text{}
	for m := range media {
		l.States = append(l.States, MediumNow{Station: state.Checkpoint.Origin, ID: id, Number: m.Number, Class: string(m.Class), Type: m.Type, Model: strings.TrimSpace(m.Maker + " " + m.Model),
			Serial: m.Serial, Asset: m.Asset, Size: m.Size, Custodian: m.Custodian, Place: m.Place, Status: m.Status(g.Now), Due: m.Due})
		for _, step := range m.Trail {
			place := fleet.Place{Log: id, Index: step.Index}
			if says[place] = step.Event; len(missing) < maxLife && !slices.ContainsFunc(l.Events, func(e Event) bool { return e.ID == id && e.Index == step.Index }) {
				missing = append(missing, place)
			}
		}
	}
	rows, err := p.rows(missing)
	for _, r := range rows {
		l.Events = append(l.Events, Event{Row: r})
	}
	for i, e := range l.Events {
		if text, ok := says[fleet.Place{Log: e.ID, Index: e.Index}]; ok {
			l.Events[i].Says = text
		}
	}
	return err
}
