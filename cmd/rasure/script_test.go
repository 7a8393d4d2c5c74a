package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/station"
)

// verbs are the words of our scripts beside testscript's own.
func verbs(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	tpms := &emulators{}
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":    exits,
		"loop":     loop,
		"image":    image,
		"mount":    mount,
		"flip":     flip,
		"digest":   digest,
		"host":     host,
		"tpm":      func(ts *testscript.TestScript, _ bool, args []string) { tpms.verb(t, ts, args) },
		"set":      set,
		"absolute": absolute,
		"forge":    forge,
	}
}

// exits CODE PROGRAM ARG... runs a program that must end with that exit status; stdout and stderr can be looked at.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// image FILE BYTES makes an image whose bytes are neither zero nor all alike.
func image(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	line := "something secret that must not survive\n"
	text := strings.Repeat(line, int(size)/len(line)+1)[:size]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// loop VAR FILE [losetup option...] attaches an image to a loop device and sets VAR to it, VAR_NAME to its kernel name.
func loop(ts *testscript.TestScript, _ bool, args []string) {
	out, err := exec.Command("losetup", append(args[2:], "--show", "-f", ts.MkAbs(args[1]))...).CombinedOutput()
	if err != nil {
		ts.Fatalf("losetup: %v: %s", err, out)
	}
	dev := strings.TrimSpace(string(out))
	ts.Defer(func() { exec.Command("losetup", "-d", dev).Run() })
	ts.Setenv(args[0], dev)
	ts.Setenv(args[0]+"_NAME", filepath.Base(dev))
}

// mount ARG... mounts, and unmounts when the script ends, however it ends; the last argument is the directory.
func mount(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[len(args)-1])
	ts.Check(os.MkdirAll(dir, 0o755))
	if out, err := exec.Command("mount", append(args[:len(args)-1:len(args)-1], dir)...).CombinedOutput(); err != nil {
		ts.Fatalf("mount: %v: %s", err, out)
	}
	ts.Defer(func() { exec.Command("umount", dir).Run() })
}

// flip FILE OFFSET inverts the lowest bit of one byte; a negative offset counts from the end.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	off, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	if off < 0 {
		end, err := f.Seek(0, io.SeekEnd)
		ts.Check(err)
		off += end
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, off)
	ts.Check(err)
	b[0] ^= 1
	_, err = f.WriteAt(b, off)
	ts.Check(err)
	ts.Check(f.Sync())
}

// digest FILE [SUM] remembers the SHA-256 of a file or device in $DIGEST; with SUM it must (with ! must not) be that one.
func digest(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	ts.Check(err)
	sum := hex.EncodeToString(h.Sum(nil))
	if len(args) == 1 {
		ts.Setenv("DIGEST", sum)
	} else if (sum == args[1]) == neg {
		ts.Fatalf("%s is changed: %v", args[0], !neg)
	}
}

// set VAR GLOB sets a variable to the one file that a pattern finds.
func set(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s finds %v", args[1], found)
	}
	ts.Setenv(args[0], found[0])
}

// absolute FILE replaces each @ in a file by the directory of the script.
func absolute(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.ReplaceAll(text, []byte("@"), []byte(ts.MkAbs("."))), 0o644))
}

// host FILE puts the machine described in a txtar archive in the place of this one.
func host(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("RASURE_TEST_HOST", ts.MkAbs(args[0]))
}

// emulators are the TPMs of the scripts that are running, by address.
type emulators struct{ sync.Map }

// countOnce counts with the counter of the station in the state directory, as root can who reads its file.
func countOnce(ts *testscript.TestScript) error {
	text, err := os.ReadFile(filepath.Join(ts.Getenv("RASURE_STATE"), station.StateFile))
	if err != nil {
		return err
	}
	var file struct {
		TPM struct {
			Key tpm.Key `json:"key"`
		} `json:"tpm"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	chip, err := tpm.Open(ts.Getenv("TPM"))
	if err != nil {
		return err
	}
	defer chip.Close()
	s, err := chip.Load(file.TPM.Key)
	if err == nil {
		_, err = s.Increment()
	}
	return err
}

// tpm start|stop|run|replace|power-cycle|reset|clear|evict|undefine|count has an emulated TPM; $TPM is its address. tpm relabel has it say that it
// is hardware, and tpm endorse DIR KIND... has a vendor certify its keys, whose certificates are in DIR then.
func (all *emulators) verb(t *testing.T, ts *testscript.TestScript, args []string) {
	if args[0] == "start" {
		e := tpmtest.New(t)
		ts.Setenv("TPM", e.Address())
		all.Store(e.Address(), e)
		return
	}
	found, ok := all.Load(ts.Getenv("TPM"))
	if !ok {
		ts.Fatalf("tpm: start one first")
	}
	e := found.(*tpmtest.Emulator)
	switch args[0] {
	case "relabel":
		ts.Setenv("TPM", e.Relabelled())
		all.Store(ts.Getenv("TPM"), e)
		return
	case "endorse":
		v := tpmtest.NewVendor(t)
		e.Endorse(v, args[2:]...)
		ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(v.Dir())))
		return
	}
	do, ok := map[string]func(){"stop": e.Stop, "run": e.Run, "replace": e.Replace, "power-cycle": e.PowerCycle, "reset": e.Reset,
		"clear": e.Clear, "evict": func() { e.Evict(0x81010100) }, "undefine": func() { e.Undefine(0x01800AA0) }, "count": func() { ts.Check(countOnce(ts)) }}[args[0]]
	if !ok {
		ts.Fatalf("tpm: what is %q", args[0])
	}
	do()
}
