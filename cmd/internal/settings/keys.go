package settings

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a station's system may have no zones

	"rasure/certify/statement"
	"rasure/cmd/internal/heat"
	"rasure/cmd/message"
	"rasure/wipe"
)

// keys are all settings, in the order in which they are shown, except the bays.
var keys = []key[Settings]{
	text("organisation", func(s *Settings, v string) (message.Text, error) { s.Organisation = v; return checkText(v) }),
	text("department", func(s *Settings, v string) (message.Text, error) { s.Department = v; return checkText(v) }),
	text("site", func(s *Settings, v string) (message.Text, error) { s.Site = v; return checkText(v) }),
	text("zone", func(s *Settings, v string) (message.Text, error) { s.Zone = v; return checkZone(v) }),
	text("language", setLanguage),
	text("operator", func(s *Settings, v string) (message.Text, error) { s.Operator = v; return checkText(v) }),
	list("operators", setOperators),
	text("out", func(s *Settings, v string) (message.Text, error) { s.Out = v; return checkPath(v) }),
	text("policy", func(s *Settings, v string) (message.Text, error) { s.Policy = v; return checkPath(v) }),
	text("paper", choice(func(s *Settings) *string { return &s.Paper }, "A4", "letter")),
	text("logo", func(s *Settings, v string) (message.Text, error) { s.Logo = v; return checkPath(v) }),
	text("address", func(s *Settings, v string) (message.Text, error) { s.Address = v; return checkText(v) }),
	{"pause_above", setPauseAbove},
	text("give_up", func(s *Settings, v string) (hint message.Text, err error) {
		s.GiveUp.Total, hint, err = giveUp(v)
		return hint, err
	}),
	text("give_up_hour", func(s *Settings, v string) (hint message.Text, err error) {
		s.GiveUp.PerHour, hint, err = giveUp(v)
		return hint, err
	}),
	text("report", func(s *Settings, v string) (message.Text, error) { s.Report = v; return checkPath(v) }),
	text("sync", func(s *Settings, v string) (message.Text, error) { s.Sync = v; return checkPath(v) }),
	text("hook", func(s *Settings, v string) (message.Text, error) { s.Hook = v; return checkPath(v) }),
	text("then", choice(func(s *Settings) *string { return &s.Then }, "none", "poweroff", "spin-down")),
}

// Names returns the names of all settings except the bays.
func Names() (all []string) {
	for _, k := range keys {
		all = append(all, k.name)
	}
	return all
}

// CheckZone refuses what is no name of an IANA time zone.
func CheckZone(name string) error {
	_, err := checkZone(name)
	return err
}

// checkZone takes names of the IANA list alone. The directories of a system have more: right/ counts leap seconds, and localtime is
// whatever this machine has.
func checkZone(v string) (message.Text, error) {
	area, _, divided := strings.Cut(v, "/")
	ok := v == "UTC" || divided && area != "posix" && area != "right"
	if ok {
		_, err := time.LoadLocation(v)
		ok = err == nil
	}
	if !ok {
		return message.Of("write a name such as Asia/Shanghai, Europe/Berlin or UTC"), message.Errorf("there is no time zone %q", v)
	}
	return message.Text{}, nil
}

func setLanguage(s *Settings, v string) (message.Text, error) {
	l, ok := message.Parse(v)
	if !ok {
		return message.Of("write en or zh"), message.Errorf("rasure does not know the language %q", v)
	}
	s.Language = l
	return message.Text{}, nil
}

func setOperators(s *Settings, all []string) (message.Text, error) {
	for i, name := range all {
		if hint, err := checkText(name); err != nil {
			return hint, err
		}
		if slices.Contains(all[:i], name) {
			return message.Text{}, message.Errorf("%q is in it twice", name)
		}
	}
	s.Operators = all
	return message.Text{}, nil
}

func setPauseAbove(s *Settings, v any) (message.Text, error) {
	switch x := v.(type) {
	case int64:
		if x >= heat.Lowest && x <= heat.Highest {
			s.PauseAbove = heat.Limit{Celsius: int(x)}
			return message.Text{}, nil
		}
	case string:
		switch x {
		case "never":
			s.PauseAbove = heat.Limit{Never: true}
			return message.Text{}, nil
		case "limit":
			s.PauseAbove = heat.Limit{}
			return message.Text{}, nil
		}
	}
	return message.Of(`write pause_above = 55, or "limit" for each drive's own limit, or "never"`),
		message.Errorf(`pause_above must be "limit", "never", or a temperature from %d to %d degrees Celsius`, heat.Lowest, heat.Highest)
}

// giveUp is a time after which a dying disk is given up. One of 0 would be taken for the default.
func giveUp(v string) (time.Duration, message.Text, error) {
	if v == "never" {
		return -1, message.Text{}, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, message.Of(`write a time such as "45m" or "6h", or "never"`), message.Errorf("%q is not a time", v)
	}
	return d, message.Text{}, nil
}

// choice sets a text that must be one of some words.
func choice(of func(*Settings) *string, words ...string) func(*Settings, string) (message.Text, error) {
	return func(s *Settings, v string) (message.Text, error) {
		if !slices.Contains(words, v) {
			return message.Of("write one of %s", strings.Join(words, ", ")), message.Errorf("%q is not one of its values", v)
		}
		*of(s) = v
		return message.Text{}, nil
	}
}

func checkText(v string) (message.Text, error) {
	if v == "" {
		return message.Of("leave the line out"), message.New("it is empty")
	}
	return message.Text{}, statement.CheckText(v)
}

// checkPath takes absolute paths: a relative one would depend on where a command is run.
func checkPath(v string) (message.Text, error) {
	if hint, err := checkText(v); err != nil {
		return hint, err
	}
	if !filepath.IsAbs(v) {
		return message.Of("write the path from / on"), message.Errorf("%q is not an absolute path", v)
	}
	return message.Text{}, nil
}

// checkTogether refuses settings that make no sense without others. It returns the name of the setting.
func (s *Settings) checkTogether() (name string, hint message.Text, err error) {
	if s.Organisation == "" && (s.Department != "" || s.Site != "") {
		name = "site"
		if s.Department != "" {
			name = "department"
		}
		return name, message.Of(`write organisation = "..."`), message.Errorf("%s needs organisation: a certificate names them together", name)
	}
	if s.Operator != "" && len(s.Operators) > 0 && !slices.Contains(s.Operators, s.Operator) {
		return "operator", message.Of("the operators are %s", strings.Join(s.Operators, ", ")), message.Errorf("operator: %q is not one of the operators", s.Operator)
	}
	return "", message.Text{}, nil
}

// Default returns the value of a setting that the file does not have, where that does not depend on the station.
func Default(name string) string {
	return map[string]string{"paper": "A4", "pause_above": "limit", "then": "none",
		"give_up": shortest(wipe.DefaultGiveUp.Total), "give_up_hour": shortest(wipe.DefaultGiveUp.PerHour)}[name]
}

// shortest is a time of whole minutes as a person writes it: 45m, 6h.
func shortest(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "0s")
	return strings.TrimSuffix(s, "h0m") + map[bool]string{true: "h"}[strings.HasSuffix(s, "h0m")]
}
