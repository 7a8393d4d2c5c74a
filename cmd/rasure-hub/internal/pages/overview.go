package pages

import (
	"cmp"
	"slices"
	"time"

	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/digest"
	"rasure/cmd/rasure-hub/internal/hub"
)

// Overview is what a look should answer.
type Overview struct {
	Days     int         `json:"days"` // that the chart shows
	Chart    DayChart    `json:"by_day"`
	Stations []Share     `json:"by_station"` // in these days
	Models   []Share     `json:"by_model"`   // of all time; the first ones
	Ages     []Age       `json:"not_accounted_for"`
	Alarms   []hub.Alarm `json:"alarms"` // the newest first
	Counted
}

// Counted are numbers of the whole fleet.
type Counted struct {
	Known    int   `json:"stations"`
	Read     int   `json:"stations_read"` // of which a digest is there
	Overdue  int   `json:"stations_overdue"`
	Entries  int64 `json:"entries"`
	Findings int   `json:"open_findings"`
	OpenJobs int   `json:"open_jobs"`
	Media    int   `json:"media"`
}

// Unread is how many logs were not judged yet.
func (c Counted) Unread() int { return c.Known - c.Read }

// Age is a row of the table of what is not accounted for: how many there are by how long it is so.
type Age struct {
	Words   message.Text `json:"for"`
	Missing int          `json:"missing_or_lost"`
	Due     int          `json:"not_handed_back"`
	Disks   int          `json:"disks_not_erased"`
	Width   int          `json:"-"` // of the bar, of 100
	upTo    time.Duration
}

// Sum is how many there are.
func (a Age) Sum() int { return a.Missing + a.Due + a.Disks }

const (
	aDay      = 24 * time.Hour
	maxModels = 15
	maxAlarms = 10
)

// known is a station with its digest, which is nil if its log was not read yet.
type known struct {
	hub.Status
	*digest.Digest
}

// elsewhere are the findings that only a hub can judge: another station has the same medium or disk.
func (k known) elsewhere() (all []digest.Finding) {
	for _, f := range k.Status.Findings {
		if slices.Contains([]string{hub.SerialElsewhere, hub.NumberElsewhere, hub.MediumElsewhere}, f.Rule) {
			all = append(all, digest.Finding{Index: f.Index, Rule: f.Rule, Detail: digest.WordsOf(f.Detail)})
		}
	}
	return all
}

// open is how many findings are open.
func (k known) open() int { return k.Digest.Findings.Total + len(k.elsewhere()) }

// listed are the open findings, of each kind the first ones.
func (k known) listed() []digest.Finding {
	return append(k.elsewhere(), k.Digest.Findings.First...)
}

// all returns the stations with their digests.
func (p *Pages) all() (all []known, err error) {
	statuses, err := p.hub.Status()
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		d, err := p.digests.Get(s.ID, s.Size)
		if err != nil {
			return nil, err
		}
		all = append(all, known{s, d})
	}
	return all, nil
}

func (p *Pages) overview(g *Page) (any, error) {
	g.Name, g.Title = "overview", message.Of("Overview")
	all, err := p.all()
	if err != nil {
		return nil, err
	}
	o := Overview{Days: 30, Alarms: p.alarms("", maxAlarms)}
	if n := g.number("days"); n == 90 || n == 365 {
		o.Days = n
	}
	o.Known = len(all)
	var digests []*digest.Digest
	models := map[string]*digest.Counts{}
	for _, s := range all {
		o.Entries += s.Size
		if s.Overdue {
			o.Overdue++
		}
		if s.Digest == nil {
			if s.Size == 0 {
				o.Read++
			}
			continue
		}
		o.Read++
		o.Findings, o.OpenJobs, o.Media = o.Findings+s.open(), o.OpenJobs+s.OpenJobs, o.Media+s.Media
		digests = append(digests, s.Digest)
		if c := dayChart([]*digest.Digest{s.Digest}, g.Now, o.Days).Counts; c.Sum() > 0 {
			o.Stations = append(o.Stations, Share{Name: s.Station, ID: s.ID, Counts: c})
		}
		for _, m := range s.Models {
			if models[m.Model] == nil {
				models[m.Model] = new(digest.Counts)
			}
			models[m.Model].Add(m.Counts)
		}
	}
	o.Chart = dayChart(digests, g.Now, o.Days)
	for name, c := range models {
		o.Models = append(o.Models, Share{Name: name, Counts: *c})
	}
	o.Stations, o.Models = top(o.Stations), top(o.Models)
	o.Ages = ages(digests, g.Now)
	return o, nil
}

// top are the rows that a look should see first: those with the most that is not erased, then the longest.
func top(all []Share) []Share {
	slices.SortFunc(all, func(a, b Share) int {
		return cmp.Or(b.Other+b.Exceptions-a.Other-a.Exceptions, b.Sum()-a.Sum(), cmp.Compare(a.Name, b.Name))
	})
	return shares(all[:min(len(all), maxModels)])
}

// ages sorts what nobody accounts for by how long that is so.
func ages(digests []*digest.Digest, now time.Time) []Age {
	all := []Age{{Words: message.Of("up to a day"), upTo: aDay}, {Words: message.Of("2 to 7 days"), upTo: 7 * aDay}, {Words: message.Of("8 to 30 days"), upTo: 30 * aDay},
		{Words: message.Of("31 to 90 days"), upTo: 90 * aDay}, {Words: message.Of("more than 90 days"), upTo: 1<<63 - 1}}
	of := func(since time.Time) *Age {
		i := slices.IndexFunc(all, func(a Age) bool { return now.Sub(since) <= a.upTo })
		return &all[max(0, i)]
	}
	for _, d := range digests {
		for _, m := range d.Watched.First {
			if since, missing := m.MissingSince(now); !missing {
				continue
			} else if m.Status == "missing" || m.Status == "lost" {
				of(since).Missing++
			} else {
				of(since).Due++
			}
		}
		for _, disk := range d.Unerased.First {
			of(disk.At).Disks++
		}
	}
	top := 1
	for _, a := range all {
		top = max(top, a.Sum())
	}
	for i := range all {
		if n := all[i].Sum(); n > 0 {
			all[i].Width = max(1, n*100/top)
		}
	}
	return all
}

// alarms are the newest alarms, of one station or of all.
func (p *Pages) alarms(station string, limit int) []hub.Alarm {
	all := []hub.Alarm{}
	for _, a := range slices.Backward(p.hub.Alarms()) {
		if len(all) < limit && (station == "" || a.Station == station) {
			all = append(all, a)
		}
	}
	return all
}
