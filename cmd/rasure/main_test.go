package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/contents"
	"rasure/devices/devicetest"
	"rasure/devices/firmware"
	"rasure/logs/durable"
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
	if os.Getenv(withServer) != "" && slices.Contains(os.Args[1:], "wipe") {
		startTestServer()
	}
	if os.Getenv(inBothLanguages) != "" {
		os.Exit(runInBoth(a, os.Args[1:]))
	}
	os.Exit(a.runWithSignals(os.Args[1:]))
}

// withServer, if it is set, makes every wipe find a job server.
const withServer = "RASURE_TEST_SERVER"

// startTestServer starts the job server of the station, if there is a station and no server.
func startTestServer() {
	state := os.Getenv("RASURE_STATE")
	if _, err := os.Stat(filepath.Join(state, station.StateFile)); err != nil {
		return
	}
	if c, err := jobs.DialOrStart(context.Background(), state, message.English, station.Version); err == nil {
		c.Close()
	}
}

// stopTestServer ends the job server of a state directory, if one runs, and waits for its end.
func stopTestServer(state string) {
	d := durable.Open(state)
	if pid, _ := d.Holder("jobs.lock"); pid > 1 {
		if p, err := os.FindProcess(pid); err == nil {
			p.Signal(syscall.SIGTERM)
		}
		if unlock, err := d.Lock("jobs.lock", time.Minute); err == nil {
			unlock()
		}
	}
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
	testscript.Run(t, scripts(t))
}

// TestScriptsWithServer runs scripts that erase while a job server runs: what wipe prints, and its exit status, are the same. Those that kill
// a wipe are not among them: its jobs go on then.
func TestScriptsWithServer(t *testing.T) {
	t.Parallel()
	p := scripts(t)
	p.Dir = ""
	for _, name := range []string{"confirm", "interrupt", "job-image", "job-loop", "reader-gone", "refuse-disk", "several"} {
		p.Files = append(p.Files, "testdata/script/"+name+".txtar")
	}
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		env.Defer(func() { stopTestServer(env.WorkDir + "/state") })
		err := setup(env)
		env.Setenv(withServer, "1")
		env.Setenv(inBothLanguages, "") // the scripts run so without a server
		return err
	}
	testscript.Run(t, p)
}

func scripts(t *testing.T) testscript.Params {
	hosts, err := filepath.Abs("../../devices/testdata/hosts")
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("../../certify/audit/verify-bundle.sh")
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("RASURE_STATE", env.WorkDir+"/state")
			env.Setenv(settings.PathVariable, os.DevNull)
			env.Setenv("LC_ALL", "C")
			env.Setenv(inBothLanguages, "1")
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
			case "stub":
				_, err := os.Stat("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: verbs(t),
	}
}
