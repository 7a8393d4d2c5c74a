package tpmtest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Tool runs one of tpm2-tools on the emulator, as another program of the machine, and returns what it prints. Without the tools the test is skipped.
func (e *Emulator) Tool(args ...string) (string, error) {
	e.t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		e.t.Skipf("needs %s: install tpm2-tools", args[0])
	}
	c := exec.Command(args[0], args[1:]...)
	c.Dir = e.t.TempDir()
	c.Env = append(os.Environ(), "TPM2TOOLS_TCTI=swtpm:path="+strings.TrimPrefix(e.Address(), "unix:"))
	out, err := c.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	return string(out), err
}
