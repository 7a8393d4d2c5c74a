// Release writes what goes with the programs of a release and is made from them: their licences, and the list of what is linked into
// them. It runs in the source that the programs were built from.
//
//	release copyright PROGRAM...   the file copyright of a Debian package, machine-readable
//	release spdx PROGRAM           the list as SPDX 2.3, JSON
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, args []string) error {
	if len(args) < 2 || args[0] != "copyright" && len(args) != 2 {
		return fmt.Errorf("usage: release copyright PROGRAM... | spdx PROGRAM")
	}
	switch args[0] {
	case "copyright":
		return copyright(out, args[1:])
	case "spdx":
		return spdx(out, args[1])
	}
	return fmt.Errorf("%q is not copyright or spdx", args[0])
}
