// Package tpmtest starts emulated TPMs for tests.
//
// Each is a swtpm process with a state directory of its own, made by swtpm_setup with certificates for its endorsement keys,
// and ends with the test. A test is skipped where swtpm is not installed.
package tpmtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
)

// An Emulator is one swtpm.
type Emulator struct {
	t    testing.TB
	dir  string // short: the path of a Unix socket has 107 bytes at most
	stop func()
}

// Start starts an emulated TPM, started as firmware would do it, and returns its address for tpm.Open.
func Start(t testing.TB) (address string) { return New(t).Address() }

// New is Start for tests that do more to the TPM than use it.
func New(t testing.TB) *Emulator {
	t.Helper()
	if program := Missing(); program != "" {
		t.Skipf("needs %s: install swtpm and swtpm-tools", program)
	}
	dir, err := os.MkdirTemp("", "tpm")
	if err != nil {
		t.Fatal(err)
	}
	e := &Emulator{t: t, dir: dir}
	t.Cleanup(func() {
		e.Stop()
		os.RemoveAll(dir)
	})
	e.manufacture()
	e.Run()
	return e
}

// Missing names a program that an Emulator needs and that is not installed; "" if none.
func Missing() string {
	for _, program := range []string{"swtpm", "swtpm_setup", "swtpm_localca", "swtpm_ioctl"} {
		if _, err := exec.LookPath(program); err != nil {
			return program
		}
	}
	return ""
}

// Address is for tpm.Open. It stays the same over all that is done to the TPM.
func (e *Emulator) Address() string { return "unix:" + e.socket() }

// State is the directory of all that the TPM remembers. Copy it only while the TPM is stopped.
func (e *Emulator) State() string { return filepath.Join(e.dir, "state") }

// PowerCycle switches the TPM off and on, without the TPM2_Shutdown that an orderly shutdown sends: a power cut.
func (e *Emulator) PowerCycle() {
	e.t.Helper()
	e.Reset()
	if _, err := (tpm2.Startup{StartupType: tpm2.TPMSUClear}).Execute(e); err != nil { // the firmware's to send
		e.t.Fatalf("starting the TPM again: %v", err)
	}
}

// Reset switches the TPM off and on, and does not start it: to every command it answers TPM_RC_INITIALIZE.
func (e *Emulator) Reset() {
	e.t.Helper()
	e.run("swtpm_ioctl", "--unix", e.socket()+".ctrl", "-i")
}

// Stop ends the process. The TPM is then missing, with all that it remembers kept; Run brings it back.
func (e *Emulator) Stop() {
	if e.stop != nil {
		e.stop()
		e.stop = nil
	}
}

// Replace puts another TPM in this one's place, at the same address.
func (e *Emulator) Replace() {
	e.t.Helper()
	e.Stop()
	if err := os.RemoveAll(e.State()); err != nil {
		e.t.Fatal(err)
	}
	e.manufacture()
	e.Run()
}

// Run starts the process after Stop.
func (e *Emulator) Run() {
	e.t.Helper()
	var log bytes.Buffer
	// The control socket is named as tpm2-tools expect it.
	c := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+e.State(),
		"--server", "type=unixio,path="+e.socket()+",mode=0600",
		"--ctrl", "type=unixio,path="+e.socket()+".ctrl,mode=0600",
		"--flags", "not-need-init,startup-clear")
	c.Stdout, c.Stderr = &log, &log
	endWithParent(c)
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The kernel takes the end of this thread for that of the parent.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- c.Start()
		c.Wait()
		close(ended)
	}()
	if err := <-started; err != nil {
		e.t.Fatal(err)
	}
	e.stop = func() {
		c.Process.Kill()
		<-ended
		os.Remove(e.socket())
		os.Remove(e.socket() + ".ctrl")
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		chip, err := tpm.Open(e.Address())
		if err == nil {
			chip.Close()
			return
		}
		select {
		case <-ended:
			e.t.Fatalf("swtpm ended: %s", log.Bytes())
		default:
		}
		if time.Now().After(end) {
			e.t.Fatalf("swtpm does not answer: %v", err)
		}
	}
}

func (e *Emulator) socket() string { return filepath.Join(e.dir, "s") }

// manufacture makes a new TPM, with seeds of its own and certificates by a local authority.
func (e *Emulator) manufacture() {
	e.t.Helper()
	file := func(name, format string, args ...any) string {
		path := filepath.Join(e.dir, name)
		if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600); err != nil {
			e.t.Fatal(err)
		}
		return path
	}
	if err := os.MkdirAll(e.State(), 0o700); err != nil {
		e.t.Fatal(err)
	}
	tool, err := exec.LookPath("swtpm_localca")
	if err != nil {
		e.t.Fatal(err)
	}
	options := file("localca.options", "--platform-manufacturer Test\n--platform-version 1\n--platform-model Test\n")
	authority := file("localca.conf", "statedir = %s\nsigningkey = %[1]s/signkey.pem\nissuercert = %[1]s/issuercert.pem\ncertserial = %[1]s/certserial\n", e.dir)
	config := file("setup.conf", "create_certs_tool = %s\ncreate_certs_tool_config = %s\ncreate_certs_tool_options = %s\nactive_pcr_banks = sha256\n",
		tool, authority, options)
	e.run("swtpm_setup", "--tpm2", "--tpmstate", e.State(), "--config", config, "--create-ek-cert", "--ecc", "--overwrite")
}

// Authority returns the files that hold the certificates, in PEM, of the local authority that signed this TPM's: root first.
func (e *Emulator) Authority() []string {
	return []string{filepath.Join(e.dir, "swtpm-localca-rootca-cert.pem"), filepath.Join(e.dir, "issuercert.pem")}
}

func (e *Emulator) run(program string, args ...string) {
	e.t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		e.t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// Send sends a command past package tpm, for what only tests do to a TPM. It is a transport.TPM.
func (e *Emulator) Send(command []byte) ([]byte, error) {
	c, err := net.Dial("unix", e.socket())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, err := c.Write(command); err != nil {
		return nil, err
	}
	answer := make([]byte, 4096)
	n, err := c.Read(answer) // swtpm writes an answer in one piece
	return answer[:n], err
}

// Close does nothing. With it an Emulator is a transport.TPMCloser.
func (e *Emulator) Close() error { return nil }
