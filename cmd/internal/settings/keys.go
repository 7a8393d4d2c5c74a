package settings

import (
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // a station's system may have no zones

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// key is one setting. Its function refuses a bad value, with a hint, and keeps a good one.
type key struct {
	name string
	set  func(s *Settings, v string) (hint message.Text, err error)
}

// keys are all settings, in the order in which they are shown.
var keys = []key{
	{"organisation", func(s *Settings, v string) (message.Text, error) { s.Organisation = v; return checkText(v) }},
	{"department", func(s *Settings, v string) (message.Text, error) { s.Department = v; return checkText(v) }},
	{"site", func(s *Settings, v string) (message.Text, error) { s.Site = v; return checkText(v) }},
	{"zone", func(s *Settings, v string) (message.Text, error) { s.Zone = v; return checkZone(v) }},
	{"language", setLanguage},
	{"out", func(s *Settings, v string) (message.Text, error) { s.Out = v; return checkPath(v) }},
	{"policy", func(s *Settings, v string) (message.Text, error) { s.Policy = v; return checkPath(v) }},
}

// Names returns the names of all settings.
func Names() (all []string) {
	for _, k := range keys {
		all = append(all, k.name)
	}
	return all
}

func find(name string) *key {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

func checkText(v string) (message.Text, error) {
	if v == "" {
		return message.Of("leave the line out"), message.New("it is empty")
	}
	return message.Text{}, statement.CheckText(v)
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
