// Rasure finds the disks and USB drives attached to a workstation, erases them with verified overwrites, and writes
// signed certificates of it into an append-only log. See README.md for a session.
package main

import (
	"os"
	"runtime"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/logind"
	"rasure/cmd/internal/suspend"
	"rasure/cmd/message"
	"rasure/devices/contents"
	"rasure/devices/firmware"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == contents.ChildArgument {
		os.Exit(contents.Child())
	}
	// A worker that waits in pwrite keeps its P until the runtime's monitor takes it away, and the others wait with it: on
	// 2 cores a random pass ran at 4.5 GB/s with 2 Ps and at 6.0 GB/s with 8 or more (memory behind a loop device).
	runtime.GOMAXPROCS(8 * runtime.NumCPU())
	a := &app{Console: cli.Console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, host: firmware.Live}
	a.powerOff = logind.PowerOff
	a.machine = suspend.Machine{Root: "/"}
	a.awake = &logind.Keeper{Warn: func(w message.Text) { a.Note("warning: %s\n", w) }}
	os.Exit(a.runWithSignals(os.Args[1:]))
}
