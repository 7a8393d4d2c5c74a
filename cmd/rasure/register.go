package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
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

// signedEntry says who signed an entry, by the roster in force at its place in the log.
func signedEntry(index int64, entry []byte, c certify.Entry, rosters *people.Rosters) register.Entry {
	e := register.Entry{Index: index, Entry: c}
	if c.Act == nil {
		return e
	}
	text, sigs, err := people.Open(entry)
	roster := rosters.At(index)
	switch {
	case err != nil:
		e.Bad = []string{err.Error()}
		return e
	case roster == nil:
		e.Bad = []string{"there is no roster in the log before it: nobody may sign"}
		return e
	}
	for _, s := range sigs {
		p, err := roster.Verify([]byte(text), s, s.Role, c.Act.At)
		if err != nil {
			e.Bad = append(e.Bad, err.Error())
			continue
		}
		e.By = append(e.By, register.Person{Role: string(s.Role), Name: p.Principal, Key: s.Fingerprint()})
	}
	return e
}

// longLog is from how many entries on it is told that the log is being read: so many take two cores about a second.
const longLog = 10_000

// foldStation folds the station's own log, by its own rules.
func (a *app) foldStation(s *station) (*fold, error) {
	p, err := a.readPolicy("", true)
	if err != nil {
		return nil, err
	}
	if n := s.log.Size(); n >= longLog {
		a.note("verifying the %d entries of the log\n", n)
	}
	f, err := foldLog(os.DirFS(a.statePath(logDir)), s.policy, s.public, nil, register.New(p, now()))
	if err != nil { // another process may have appended while it was read
		f, err = foldLog(os.DirFS(a.statePath(logDir)), s.policy, s.public, nil, register.New(p, now()))
	}
	if err != nil {
		return nil, fault.NotVerifiedf("%s: %w", a.statePath(logDir), err)
	}
	return f, nil
}

// checkAct says what stands against an act as the next entry of the station's log. It returns the first rule, and tells the
// others on the way.
func (a *app) checkAct(f *fold, signed []byte, c certify.Entry) error {
	all := f.register.Check(signedEntry(f.register.Size(), signed, c, &f.rosters))
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
