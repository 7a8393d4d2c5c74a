// Package roster reads the list of the stations that a hub knows.
//
//	# one block for each station
//	[[station]]
//	card = "cards/station7.card"    # as rasure station card prints it: key, index and base of the counter, first entry
//	alarm_days = 7                  # alarm if no new entry was received for so long; 0: 7 days
package roster

import (
	"path/filepath"

	"github.com/BurntSushi/toml"

	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Station is a station that the hub knows.
type Station struct {
	Pin       audit.Pin // its card
	Identity  logs.Identity
	AlarmDays int
}

// ID names the station's log in the hub.
func (s *Station) ID() string { return fleet.ID(s.Identity.Origin, s.Pin.Card.First) }

// Read reads a roster. Cards are relative to its directory.
func Read(path string) (all []*Station, err error) {
	text, err := durable.ReadFile(path, 1<<24)
	if err != nil {
		return nil, err
	}
	var file struct {
		Station []struct {
			Card      string `toml:"card"`
			AlarmDays int    `toml:"alarm_days"`
		} `toml:"station"`
	}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, message.Errorf("%s: there is no setting %q", path, unknown[0].String())
	}
	seen := map[string]bool{}
	for _, f := range file.Station {
		s := &Station{AlarmDays: f.AlarmDays}
		if s.AlarmDays == 0 {
			s.AlarmDays = 7
		}
		card := f.Card
		if !filepath.IsAbs(card) {
			card = filepath.Join(filepath.Dir(path), card)
		}
		signed, err := durable.ReadFile(card, 1<<17)
		if err != nil {
			return nil, err
		}
		if s.Pin, err = audit.ParseCard(signed); err != nil {
			return nil, message.Errorf("%s: %w", card, err)
		}
		if s.Identity, err = audit.Identity(s.Pin.Card.Station.Name, s.Pin.Key, s.Pin.Card.Station.Counter); err != nil {
			return nil, message.Errorf("%s: %w", card, err)
		}
		if seen[s.ID()] {
			return nil, message.Errorf("%s: the station %s is listed twice", path, s.Identity.Origin)
		}
		seen[s.ID()] = true
		all = append(all, s)
	}
	return all, nil
}
