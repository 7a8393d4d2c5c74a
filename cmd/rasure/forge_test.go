package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// forge FILE appends a file to the log of the station in state, as a station would that has stopped to check.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	signed, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	a := &app{stateDir: ts.MkAbs("state")}
	s, err := a.openStation()
	ts.Check(err)
	defer s.Close()
	_, err = s.log.Append(signed)
	ts.Check(err)
}
