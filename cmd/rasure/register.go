package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

const policyFile = "policy.toml" // in the state directory

// readPolicy reads the office's rules; where the station has none of its own, those that rasure comes with.
func (a *app) readPolicy(path string, ours bool) (*register.Policy, error) {
	if path == "" && ours {
		path = a.statePath(policyFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			path = ""
		}
	}
	if path == "" {
		return register.Default(), nil
	}
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	p, err := register.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// longLog is from how many entries on it is told that the log is being read: so many take two cores about a second.
const longLog = 10_000

// foldStation folds the station's own log, by its own rules.
func (a *app) foldStation(s *station) (*audit.State, error) {
	p, err := a.readPolicy("", true)
	if err != nil {
		return nil, err
	}
	if n := s.log.Size(); n >= longLog {
		a.note("verifying the %d entries of the log\n", n)
	}
	f, err := audit.Replay(os.DirFS(a.statePath(logDir)), s.policy, s.public, nil, register.New(p, now()))
	if err != nil {
		return nil, message.Errorf("%s: %w", a.statePath(logDir), err)
	}
	return f, nil
}

// checkAct says what stands against an act as the next entry of the station's log. It returns the first rule, and tells the
// others on the way.
func (a *app) checkAct(f *audit.State, signed []byte, c certify.Entry) error {
	all := f.Register.Check(f.Next(signed, c))
	if len(all) == 0 {
		return nil
	}
	for _, p := range all[1:] {
		a.note("also: %v\n", &register.RuleError{Violation: p})
	}
	return fault.Refuse(&register.RuleError{Violation: all[0]})
}

// actsLock is held from the check of an act to its entry: of two who add the same at once, one is refused.
const actsLock = "acts.lock"

// addAct checks an act against everything in the log, and appends it.
func (a *app) addAct(s *station, signed []byte) (int64, error) {
	c, err := certify.CheckEntry(signed, s.public)
	if err != nil {
		return 0, fault.NotVerified(err)
	}
	unlock, err := durable.Open(a.stateDir).Lock(actsLock, time.Minute)
	if err != nil {
		return 0, err
	}
	defer unlock()
	f, err := a.foldStation(s)
	if err != nil {
		return 0, err
	}
	if err := a.checkAct(f, signed, c); err != nil {
		return 0, err
	}
	return s.log.Append(signed)
}
