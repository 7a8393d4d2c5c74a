package main

import (
	"os"

	"rasure/cmd/internal/station"

	"github.com/rogpeppe/go-internal/testscript"
)

// forge FILE appends a file to the log of the station in state, as a station would that has stopped to check.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	signed, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	s, err := station.Open(ts.MkAbs("state"), station.Options{})
	ts.Check(err)
	defer s.Close()
	_, err = s.Log().Append(signed)
	ts.Check(err)
}
