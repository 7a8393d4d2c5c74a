package main

import (
	"io"
	"testing"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/cli/clitest"
)

func TestHelpInChinese(t *testing.T) {
	a := &app{cli.Console{Out: io.Discard, Err: io.Discard}}
	clitest.InChinese(t, &a.Console, newRoot(a), 30)
}
