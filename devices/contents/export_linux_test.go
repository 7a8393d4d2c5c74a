package contents

import (
	"context"
	"os"
	"time"
)

// Confine is what a child does before it reads.
func Confine() error { return confine() }

// ProbeBy is Probe with another child of the test binary and another time limit.
func ProbeBy(ctx context.Context, f *os.File, size int64, wall time.Duration, argument string) (Summary, error) {
	return probe(ctx, f, size, 512, wall, argument)
}

// Start starts a child as Probe does, gives its process number and what it prints, and a function that ends it.
func Start(f *os.File, argument string) (pid int, out *os.File, end func() error, err error) {
	c, err := start(f, []string{argument})
	if err != nil {
		return 0, nil, nil, err
	}
	return c.cmd.Process.Pid, c.out, func() error { defer c.close(); return c.end(true) }, c.bare
}
