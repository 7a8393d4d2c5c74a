//go:build scale

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/cmd/internal/witness"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// number is a setting of the measurement.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	hubtest.Check(t, err)
	return n
}

// run is a hub as its user runs it.
type run struct {
	t            *testing.T
	program      string
	dir          string // of the hub
	stick        string
	made         int // stations, which the hub has
	certificates int // of each
}

// onStick are the stations that one run of ingest receives, so that copies on the stick need little of the disk.
const onStick = 10

// TestScale makes a fleet, of RASURE_SCALE_STATIONS stations with RASURE_SCALE_CERTIFICATES certificates each, and prints what the hub's commands take when
// 1 station, 10 of them and all of them are there. It needs 6 kB for each certificate in TMPDIR, or in RASURE_SCALE_DIR. That directory keeps the fleet: the
// next run measures it again, and adds to it.
func TestScale(t *testing.T) {
	stations, certificates := number(t, "RASURE_SCALE_STATIONS", 100), number(t, "RASURE_SCALE_CERTIFICATES", 10_000)
	top := os.Getenv("RASURE_SCALE_DIR")
	if top == "" {
		var err error
		top, err = os.MkdirTemp("", "rasure-scale-")
		hubtest.Check(t, err)
		defer os.RemoveAll(top)
	}
	f := &run{t: t, program: filepath.Join(top, "rasure-hub"), dir: filepath.Join(top, "hub"), stick: filepath.Join(top, "stick"), certificates: certificates}
	build := exec.Command("go", "build", "-o", f.program, "rasure/cmd/rasure-hub")
	build.Stderr = os.Stderr
	hubtest.Check(t, build.Run())
	fmt.Printf("%-30s %10s %9s %9s %8s\n", "", "entries", "seconds", "cpu", "RSS MiB")
	f.resume(filepath.Join(top, "certificates"))
	if stations < max(f.made, 1) {
		t.Fatalf("%s has %d stations: %d of them cannot be measured", f.dir, f.made, stations)
	}
	for _, upTo := range []int{1, 10, 100, 1000, stations} {
		if upTo = min(upTo, stations); upTo < f.made {
			continue
		}
		f.grow(upTo)
		f.measureAll()
		if f.made == stations {
			break
		}
	}
}

// measureAll measures the hub with the stations that it has.
func (f *run) measureAll() {
	entries := f.entries()
	f.measure("status", entries, "status", f.dir)
	f.measure("find, cold program", entries, "find", f.dir, "serial", f.serial())
	f.serve(entries)
	hubtest.Check(f.t, os.RemoveAll(filepath.Join(f.dir, "index")))
	f.measure("rebuild of the index", entries, "status", f.dir)
	for _, part := range []string{"store", "index", "states", "fleet", "findings"} {
		fmt.Printf("  %-28s %10.1f MB\n", part, float64(size(f.t, filepath.Join(f.dir, part)))/1e6)
	}
	f.measure("audit", entries, "audit", f.dir)
}

// entries is how many entries the stations have.
func (f *run) entries() int { return f.made * (2*f.certificates + 1) }

// resume takes the fleet that a run before has made, or makes a hub if there is none. The file says how many certificates its stations have. What
// that run has made and the hub has not received is made again.
func (f *run) resume(file string) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) { // init refuses a hub that is there
		f.run("init", f.dir, "--name", "hub.example")
		hubtest.Check(f.t, os.WriteFile(file, []byte(strconv.Itoa(f.certificates)), 0o644))
		return
	}
	hubtest.Check(f.t, err)
	if string(text) != strconv.Itoa(f.certificates) {
		f.t.Fatalf("%s: the stations have %s certificates each, and %d are asked for", file, text, f.certificates)
	}
	stations, err := roster.Read(f.roster())
	if !errors.Is(err, fs.ErrNotExist) {
		hubtest.Check(f.t, err)
	}
	mirror := func(id string) []string {
		files, err := filepath.Glob(filepath.Join(f.dir, "store", "mirror", id, "cosigned"))
		hubtest.Check(f.t, err)
		return files
	}
	for f.made < len(stations) && len(mirror(stations[f.made].ID())) == 1 {
		f.made++
	}
	if n := len(mirror("*")); n != f.made {
		f.t.Fatalf("%s has %d mirrors, and of its stations only the first %d have one: remove it", f.dir, n, f.made)
	}
	if f.made > 0 {
		f.list()
		f.measure("first start of the program", f.entries(), "status", f.dir) // it judges again what another one has judged
	}
}

func (f *run) roster() string { return filepath.Join(f.dir, "stations.toml") }

// list writes the roster of the stations that are made.
func (f *run) list() {
	text := ""
	for i := range f.made {
		text += fmt.Sprintf("[[station]]\ncard = \"%d.card\"\n", i)
	}
	hubtest.Check(f.t, durable.WriteFile(f.roster(), []byte(text), 0o644))
}

// grow makes stations and has the hub ingest them.
func (f *run) grow(upTo int) {
	for f.made < upTo {
		hubtest.Check(f.t, os.RemoveAll(f.stick))
		hubtest.Check(f.t, os.Mkdir(f.stick, 0o755))
		began := time.Now()
		for range min(onStick, upTo-f.made) {
			f.make(f.made)
			f.made++
		}
		f.list()
		entries := f.entries()
		fmt.Printf("%-30s %10d %9.1f\n", fmt.Sprintf("%d stations made", f.made), entries, time.Since(began).Seconds())
		f.measure("ingest", entries, "ingest", f.dir, f.stick)
		hubtest.Check(f.t, os.RemoveAll(f.stick))
	}
}

// serial is a serial number that an erasure of the fleet has.
func (f *run) serial() string { return serial(rand.IntN(f.made), rand.IntN(f.certificates)) }

func serial(station, certificate int) string { return fmt.Sprintf("WD-WX%d-%d", station, certificate) }

// make makes a station, and its submission on the stick.
func (f *run) make(i int) {
	s := hubtest.New(f.t, fmt.Sprintf("station%d.example", i))
	s.Bulk(func() {
		for j := range f.certificates {
			s.Erase(serial(i, j))
		}
	})
	hubtest.Check(f.t, os.WriteFile(filepath.Join(f.dir, fmt.Sprintf("%d.card", i)), s.Card, 0o644))
	request := fleet.Request{Checkpoint: s.Log.Snapshot().Signed()}
	to := filepath.Join(f.stick, fmt.Sprintf("%06d", i)) // ingest takes them in this order, so that the hub has the first ones if it is interrupted
	hubtest.Check(f.t, os.CopyFS(to, os.DirFS(s.Dir)))
	hubtest.Check(f.t, os.WriteFile(filepath.Join(to, witness.RequestFile), request.Bytes(), 0o644))
	hubtest.Check(f.t, os.RemoveAll(s.Dir))
}

// run runs a command and returns what it took: processor time, and the most memory that it had.
func (f *run) run(args ...string) (cpu time.Duration, mib float64) {
	f.t.Helper()
	c := exec.Command(f.program, args...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	hubtest.Check(f.t, c.Start())
	peak := peakOf(c)
	if err := c.Wait(); err != nil {
		f.t.Fatalf("%q: %v: %s", args, err, out.String())
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), peak()
}

// peakOf watches the memory of a process. What wait4 says of it has also what the parent had.
func peakOf(c *exec.Cmd) func() float64 {
	ended, peak := make(chan struct{}), make(chan float64, 1)
	go func() {
		last := 0.0
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
			if _, after, ok := strings.Cut(string(text), "VmHWM:"); ok {
				kib := 0.0
				fmt.Sscan(after, &kib)
				last = max(last, kib/1024)
			}
			select {
			case <-ended:
				tick.Stop()
				peak <- last
				return
			case <-tick.C:
			}
		}
	}()
	return func() float64 { close(ended); return <-peak }
}

// measure runs a command and prints what it took.
func (f *run) measure(what string, entries int, args ...string) {
	f.t.Helper()
	began := time.Now()
	cpu, mib := f.run(args...)
	fmt.Printf("%-30s %10d %9.2f %9.2f %8.1f\n", what, entries, time.Since(began).Seconds(), cpu.Seconds(), mib)
}

// serve measures searches over HTTP in a hub that has answered some.
func (f *run) serve(entries int) {
	hubtest.Check(f.t, os.RemoveAll(filepath.Join(f.dir, "digests"))) // of an earlier run: those of this one are waited for
	c := exec.Command(f.program, "serve", f.dir, "--listen", "127.0.0.1:0")
	errs, err := c.StderrPipe()
	hubtest.Check(f.t, err)
	hubtest.Check(f.t, c.Start())
	ended := false
	defer func() {
		if !ended {
			c.Process.Kill()
			c.Wait()
		}
	}()
	peak := peakOf(c)
	lines, address := bufio.NewScanner(errs), ""
	for address == "" && lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), " at "); ok && strings.HasPrefix(lines.Text(), "rasure-hub serves") {
			address = after
		}
	}
	if address == "" {
		f.t.Fatalf("rasure-hub serves no address: %s", lines.Text())
	}
	go io.Copy(io.Discard, errs)
	for made := []string{}; len(made) < f.made; time.Sleep(time.Second) { // what the pages show is made first
		made, err = filepath.Glob(filepath.Join(f.dir, "digests", "*"))
		hubtest.Check(f.t, err)
	}
	const searches = 500
	var took []time.Duration
	before := 0.0
	for i := range searches {
		if i == searches/5 {
			before = spentBy(f.t, c)
		}
		began := time.Now()
		w, err := http.Get("http://" + address + "/find?kind=serial&value=" + f.serial())
		hubtest.Check(f.t, err)
		var found []struct{ Entry, Proof []byte }
		hubtest.Check(f.t, json.NewDecoder(w.Body).Decode(&found))
		w.Body.Close()
		if len(found) != 2 || len(found[1].Proof) == 0 {
			f.t.Fatalf("found %d entries", len(found))
		}
		if i >= searches/5 {
			took = append(took, time.Since(began))
		}
	}
	cpu := spentBy(f.t, c) - before
	slices.Sort(took)
	mib := peak()
	hubtest.Check(f.t, c.Process.Signal(syscall.SIGTERM))
	hubtest.Check(f.t, c.Wait())
	ended = true
	fmt.Printf("%-30s %10d    p50 %.1f ms, p99 %.1f ms, max %.1f ms, cpu %.1f ms, RSS %.1f MiB\n", "find by serial, warm, HTTP", entries,
		took[len(took)/2].Seconds()*1e3, took[len(took)*99/100].Seconds()*1e3, took[len(took)-1].Seconds()*1e3, cpu/float64(len(took))*1e3, mib)
}

// spentBy is how many seconds of the processors a process has had. They do not depend on what else the machine does.
func spentBy(t *testing.T, c *exec.Cmd) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Process.Pid))
	hubtest.Check(t, err)
	_, after, _ := strings.Cut(string(text), ") ")
	user, system := 0.0, 0.0
	fields := strings.Fields(after)
	fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	return (user + system) / 100
}

func size(t *testing.T, dir string) (n int64) {
	t.Helper()
	hubtest.Check(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return err
	}))
	return n
}
