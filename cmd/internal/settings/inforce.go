package settings

import "rasure/cmd/message"

// InForce is a setting as it is in force. In JSON, source is "flag", "environment", "file" or "default", and name the flag or the
// variable.
type InForce struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // "" if there is none
	Source string `json:"source"`
	Name   string `json:"name,omitempty"`
	Line   int    `json:"line,omitempty"` // of the file

	Path string `json:"-"` // of the file
}

// From says where the value comes from.
func (s InForce) From() message.Text {
	switch {
	case s.Source == "flag":
		return message.Of("flag %s", s.Name)
	case s.Source == "environment":
		return message.Of("environment %s", s.Name)
	case s.Source == "file" && s.Line > 0:
		return message.Of("%s, line %d", s.Path, s.Line)
	case s.Source == "file":
		return message.Of("%s", s.Path)
	}
	return message.Of("default")
}
