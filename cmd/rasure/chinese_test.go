package main

import (
	"io"
	"testing"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/cli/clitest"
)

func TestHelpInChinese(t *testing.T) {
	a := &app{Console: cli.Console{Out: io.Discard, Err: io.Discard}}
	clitest.InChinese(t, &a.Console, newRootCmd(a), 300)
}
