// Package settings reads the settings of a station from /etc/rasure/station.toml, which the administrator of the station writes.
//
// The file decides what statements say and where they are written. It is read strictly: what is not understood is refused, with its
// line, and never left out.
package settings

import (
	"io/fs"
	"os"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/heat"
	"rasure/cmd/message"
	"rasure/wipe"
)

// DefaultPath is where the settings of a station are.
const DefaultPath = "/etc/rasure/station.toml"

// PathVariable is the environment variable that names another file.
const PathVariable = "RASURE_SETTINGS"

// Settings are what the file says. A field that it does not say is empty.
type Settings struct {
	Organisation string
	Department   string
	Site         string           // place where disks are erased
	Zone         string           // IANA name of the time zone
	Language     message.Language // of messages
	Out          string           // directory for certificates, absolute
	Policy       string           // file with the rules of the office for logs of version 1, absolute

	Operator   string   // who erases, where a command does not name another
	Operators  []string // to choose from
	Paper      string   // "A4" or "letter"
	Logo       string   // PNG or JPEG file for pages, absolute
	Address    string   // of the organisation, for pages
	PauseAbove heat.Limit
	GiveUp     wipe.GiveUp // zero fields: as package wipe chooses; less: never
	Report     string      // directory for the report of each batch, absolute
	Sync       string      // directory on another medium that gets a copy of log and certificates, absolute
	Hook       string      // directory that gets a file for other programs after each job, absolute
	Then       string      // what happens after the last job: "none", "poweroff" or "spin-down"
	Bays       []Bay
	Bridges    []Bridge // USB bridges that were tried

	Path  string // of the file
	Found bool   // whether there is such a file

	given map[string]Given
	file  fs.FileInfo // when it was read; nil: there was none
}

// Given is a value as the file says it.
type Given struct {
	Text string
	Line int // counted from 1; 0 if it is not known
}

// Given returns what the file says about a key, and whether it does.
func (s *Settings) Given(key string) (Given, bool) {
	g, ok := s.given[key]
	return g, ok
}

// Org returns whose station this is, for statements of version 2; nil if the file does not name an organisation.
func (s *Settings) Org() *statement.Org {
	if s.Organisation == "" {
		return nil
	}
	return &statement.Org{Organisation: s.Organisation, Department: s.Department, Site: s.Site}
}

// Location is the time zone of the station: that of the settings, or else that of the system.
func (s *Settings) Location() *time.Location {
	if s.Zone == "" {
		return time.Local
	}
	l, err := time.LoadLocation(s.Zone)
	if err != nil { // it was checked when the file was read
		return time.UTC
	}
	return l
}

// OffsetMinutes is how far the zone is east of UTC at a time, as statements of version 2 say it.
func (s *Settings) OffsetMinutes(at time.Time) int64 {
	_, seconds := at.In(s.Location()).Zone()
	return int64(seconds / 60)
}

// FromEnvironment reads the file that RASURE_SETTINGS names, which must be there, or else the one at its usual place, which need not.
// /dev/null is a file without settings.
func FromEnvironment(getenv func(string) string) (Settings, error) {
	path := getenv(PathVariable)
	switch path {
	case "":
		return Read(DefaultPath)
	case os.DevNull:
		return Settings{Path: path}, nil
	}
	s, err := Read(path)
	if err == nil && !s.Found {
		err = refuse(path, 0, message.Errorf("%s names this file, and there is none", PathVariable), message.Of("create the file, or unset %s", PathVariable))
	}
	return s, err
}
