package tpmtest

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the process end with a test that panics or runs out of time, where no cleanup is run.
func endWithParent(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
