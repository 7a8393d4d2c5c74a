package pages

import (
	"io/fs"
	"path/filepath"
	"time"

	"rasure/certify"
	"rasure/certify/render"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/digest"
	"rasure/cmd/rasure-hub/internal/hub"
)

// StationRow is a station in the list.
type StationRow struct {
	hub.Status
	OpenFindings *int `json:"open_findings"` // nil: its log was not read yet
	OpenJobs     int  `json:"open_jobs"`
}

func (p *Pages) stations(g *Page) (any, error) {
	g.Name, g.Title = "stations", message.Of("Stations")
	all, err := p.all()
	if err != nil {
		return nil, err
	}
	page := cut(all, g.number("page"))
	list := Paged[StationRow]{Total: page.Total, Page: page.Page, Pages: page.Pages, Rows: []StationRow{}}
	for _, s := range page.Rows {
		r := StationRow{Status: s.Status}
		if s.Digest != nil {
			n := s.open()
			r.OpenFindings, r.OpenJobs = &n, s.OpenJobs
		}
		list.Rows = append(list.Rows, r)
	}
	return list, nil
}

// StationPage is all about one station.
type StationPage struct {
	hub.Status
	Assured   message.Text     `json:"-"`
	KeySHA256 string           `json:"key_sha256"`
	Counter   *certify.Counter `json:"counter,omitempty"`
	Home      []message.Text   `json:"-"` // who has shown that the key is in a TPM
	Started   []message.Text   `json:"-"` // which software added the newest entry
	Kept      []string         `json:"-"` // names of the files that are evidence
	Digest    *digest.Digest   `json:"audit"`
	Open      []digest.Finding `json:"open_findings"`
	Total     int              `json:"-"`
	Chart     *DayChart        `json:"by_day,omitempty"`
	Alarms    []hub.Alarm      `json:"alarms"`
	Newest    int64            `json:"-"`
}

func (p *Pages) station(g *Page) (any, error) {
	all, err := p.hub.Status()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.ID != g.r.PathValue("id") {
			continue
		}
		pin, _ := p.hub.Pin(s.ID)
		g.Name, g.Title = "station", message.Of("Station %s", s.Station)
		page := StationPage{Status: s, KeySHA256: pin.Card.Station.KeySHA256, Assured: render.Assurance(s.Claims), Alarms: p.alarms(s.Station, maxAlarms), Newest: s.Size - 1}
		page.Counter = pin.Card.Station.Counter
		for _, path := range s.Evidence {
			page.Kept = append(page.Kept, filepath.Base(path))
		}
		if page.Digest, err = p.digests.Get(s.ID, s.Size); err != nil {
			return nil, err
		}
		if page.Digest != nil {
			from := page.Digest.Origin(page.Digest.Entries - 1)
			page.Home, page.Started = from.Key(p.o.Zone), from.Software()
			c := dayChart([]*digest.Digest{page.Digest}, g.Now, 30)
			page.Chart = &c
			k := known{s, page.Digest}
			page.Open, page.Total = k.listed(), k.open()
		}
		return page, nil
	}
	return nil, fs.ErrNotExist
}

// FindingRow is a finding of a station.
type FindingRow struct {
	Station string `json:"station"`
	ID      string `json:"station_id"`
	digest.Finding
}

// Findings are those that are open, of all stations or of one.
type Findings struct {
	Station  string            `json:"station,omitempty"`
	Open     Paged[FindingRow] `json:"open"`
	Total    int               `json:"total"` // more than can be paged through if a station has very many
	Evidence []hub.Status      `json:"evidence"`
	Overdue  []hub.Status      `json:"not_seen"`
	Shared   []hub.Alarm       `json:"alarms"`
	Unread   int               `json:"stations_not_read"`
}

func (p *Pages) findings(g *Page) (any, error) {
	g.Name, g.Title = "findings", message.Of("Open findings")
	all, err := p.all()
	if err != nil {
		return nil, err
	}
	f := Findings{Evidence: []hub.Status{}, Overdue: []hub.Status{}, Shared: p.alarms("", 100)}
	rows := []FindingRow{}
	for _, s := range all {
		if id := g.r.FormValue("station"); id != "" {
			if s.ID != id {
				continue
			}
			f.Station = s.Station
		}
		if len(s.Evidence) > 0 {
			f.Evidence = append(f.Evidence, s.Status)
		}
		if s.Overdue {
			f.Overdue = append(f.Overdue, s.Status)
		}
		if s.Digest == nil {
			if s.Size > 0 {
				f.Unread++
			}
			continue
		}
		f.Total += s.open()
		for _, one := range s.listed() {
			rows = append(rows, FindingRow{s.Station, s.ID, one})
		}
	}
	f.Open = cut(rows, g.number("page"))
	return f, nil
}

// OutsideRow is a medium of a station's register that is not where it belongs.
type OutsideRow struct {
	Station string `json:"station"`
	ID      string `json:"station_id"`
	digest.Medium
	MissingFor *time.Time `json:"missing_since,omitempty"`
}

// DiskRow is a disk that is not erased.
type DiskRow struct {
	Station string `json:"station"`
	ID      string `json:"station_id"`
	digest.Disk
}

// Outside is what left the office, what nobody accounts for, and what is not erased.
type Outside struct {
	Missing []OutsideRow   `json:"not_accounted_for"`
	Out     []OutsideRow   `json:"outside"`
	Map     *Map           `json:"map,omitempty"`
	Disks   Paged[DiskRow] `json:"disks_not_erased"`
	More    bool           `json:"more"` // a station has more than are listed
	Unread  int            `json:"stations_not_read"`
}

func (p *Pages) outside(g *Page) (any, error) {
	g.Name, g.Title = "outside", message.Of("What left the office")
	all, err := p.all()
	if err != nil {
		return nil, err
	}
	o := Outside{Missing: []OutsideRow{}, Out: []OutsideRow{}}
	disks := []DiskRow{}
	for _, s := range all {
		if s.Digest == nil {
			if s.Size > 0 {
				o.Unread++
			}
			continue
		}
		o.More = o.More || s.Watched.Total > len(s.Watched.First) || s.Unerased.Total > len(s.Unerased.First)
		for _, m := range s.Watched.First {
			r := OutsideRow{Station: s.Station, ID: s.ID, Medium: m}
			if since, missing := m.MissingSince(g.Now); missing {
				r.MissingFor = &since
				o.Missing = append(o.Missing, r)
			}
			if m.Outside() {
				o.Out = append(o.Out, r)
			}
		}
		for _, d := range s.Unerased.First {
			disks = append(disks, DiskRow{s.Station, s.ID, d})
		}
	}
	o.Map = mapOf(o.Out)
	o.Disks = cut(disks, g.number("page"))
	return o, nil
}
