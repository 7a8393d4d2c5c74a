package main

import (
	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// readPolicy reads the office's rules from a file, which the settings name if the flag does not. Without one they are those of the station,
// if its own log is meant, or those that rasure comes with.
func (a *app) readPolicy(path string, ours bool) (*register.Policy, error) {
	if path == "" && (ours || a.settings.Policy != "") {
		return station.Policy(a.stateDir, a.settings.Policy)
	}
	if path == "" {
		return register.Default(), nil
	}
	text, err := cli.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := register.ParsePolicy(text)
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	return p, nil
}
