package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/settings"
	"rasure/devices"
	"rasure/devices/contents"
	"rasure/devices/devicetest"
	"rasure/devices/firmware"
)

// TestMain lets the test binary act as the command: a script runs its main, with another machine if it sets one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == contents.ChildArgument {
		os.Exit(contents.Child())
	}
	if os.Getenv(settings.PathVariable) == "" { // a test does not read the settings of the machine it runs on
		os.Setenv(settings.PathVariable, os.DevNull)
	}
	testscript.Main(m, map[string]func(){"rasure": rasure})
}

// rasure is main, except for the machine: the file RASURE_TEST_HOST describes it, and
// every disk in it is a drive in memory. The released binary has no such switch.
func rasure() {
	a := &app{Console: cli.Console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, host: firmware.Live}
	if file := os.Getenv("RASURE_TEST_HOST"); file != "" {
		a.host = func(keep ...string) *devices.Host { return memoryHost(file, keep) }
	}
	os.Exit(a.runWithSignals(os.Args[1:]))
}

func memoryHost(file string, keep []string) *devices.Host {
	t := inCommand{}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, text)
	h.Protected = keep
	disks, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range disks {
		devicetest.Plug(t, h, d.Name)
	}
	return h
}

// inCommand stands in for the test, which is another process.
type inCommand struct{ testing.TB }

func (inCommand) Helper() {}
func (inCommand) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(99)
}
func (t inCommand) Fatalf(format string, args ...any) { t.Fatal(fmt.Sprintf(format, args...)) }

func TestScripts(t *testing.T) {
	t.Parallel()
	hosts, err := filepath.Abs("../../devices/testdata/hosts")
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("../../certify/audit/verify-bundle.sh")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("RASURE_STATE", env.WorkDir+"/state")
			env.Setenv(settings.PathVariable, os.DevNull)
			env.Setenv("LC_ALL", "C")
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/xdg")
			env.Setenv("HOSTS", hosts)
			env.Setenv("VERIFY_BUNDLE", script)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Getuid() == 0, nil
			case "swtpm":
				return tpmtest.Missing() == "", nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: verbs(t),
	})
}
