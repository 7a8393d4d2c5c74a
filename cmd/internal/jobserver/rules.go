package jobserver

import (
	"slices"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/bays"
	"rasure/cmd/internal/heat"
	"rasure/cmd/internal/settings"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Rules are what the settings of a station say about its jobs.
type Rules struct {
	Bays   []settings.Bay
	Heat   heat.Limit    // at which jobs pause
	GiveUp wipe.GiveUp   // when a dying disk is given up, for jobs whose client says nothing else
	After  after.Options // what follows such jobs
	Zone   string        // of the station, for those who show times; "" is that of the system

	Bridges []devices.ListedBridge // USB bridges through which drives are asked
}

// RulesOf returns what settings say.
func RulesOf(is settings.Settings) Rules {
	return Rules{is.Bays, is.PauseAbove, is.GiveUp, after.Options{Report: is.Report, Sync: is.Sync, Hook: is.Hook, Then: is.Then}, is.Zone, is.ListedBridges()}
}

// reread takes settings that have changed, for the next jobs. What is wrong leaves those in force that were.
func (s *Server) reread(is settings.Settings, err error) {
	if err != nil {
		s.note(message.Of("the settings have changed and cannot be read, so that those before stay in force: %v", err))
		return
	}
	now := RulesOf(is)
	was := s.rules.Swap(&now)
	s.note(message.Of("the settings have changed: they are in force for the next jobs"))
	if !slices.EqualFunc(was.Bays, now.Bays, sameBay) && s.disarm() {
		s.note(message.Of("the intake mode has ended, because the bays have changed"))
	}
	s.kick()
}

func sameBay(a, b settings.Bay) bool {
	if a.Intake == nil || b.Intake == nil {
		return a.Name == b.Name && a.Port == b.Port && a.Intake == b.Intake
	}
	return a.Name == b.Name && a.Port == b.Port && *a.Intake == *b.Intake
}

// bayOf is the name of the bay that a disk is in; "" if its port has none.
func (s *Server) bayOf(d devices.Disk) string {
	if b := bays.Of(s.rules.Load().Bays, d); b != nil {
		return b.Name
	}
	return ""
}
