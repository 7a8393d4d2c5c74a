package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
	"rasure/devices/firmware"
	"rasure/logs"
)

// Wipes and resumes are killed over and over, at any moment. At the end the disk is verified, the log is valid, every job that began has
// one certificate that counts, every certificate that stdout ever named still verifies, and no job is left.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 110
	if testing.Short() {
		kills = 20
	}
	killAtRandom(t, kills, 16<<20, "--key", "software")
}

func TestKillTPM(t *testing.T) {
	t.Parallel()
	killAtRandom(t, 20, 8<<20, "--key", "tpm", "--tpm", tpmtest.Start(t))
}

// victim is a station whose wipes are killed.
type victim struct {
	*testing.T
	dir     string
	random  *rand.Rand
	steps   int           // changes to files in a whole job
	longest time.Duration // of a whole job
	printed map[string]bool
	phases  map[string]int
	wipes   int
}

func killAtRandom(t *testing.T, kills int, size int64, key ...string) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	v := &victim{T: t, dir: memoryDir(t), random: rand.New(rand.NewPCG(seed, 0)), printed: map[string]bool{}, phases: map[string]int{}}
	if err := os.WriteFile(v.at("disk.img"), bytes.Repeat([]byte("secret!!"), int(size/8)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"state/jobs", "out"} {
		if err := os.MkdirAll(v.at(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	v.must(0, append([]string{"station", "init", "--name", "kill.example", "--log-version", "1"}, key...)...)
	began := time.Now()
	v.steps = v.run(1<<30, 0, v.fresh()) // to the end
	v.longest = time.Since(began)
	for n := 0; n < kills; {
		if v.killed() {
			n++
		}
		if v.random.IntN(3) == 0 {
			v.finish()
		}
	}
	v.finish()
	v.judge()
	t.Logf("%d kills, %d wipes started; a whole job takes %v and %d changes to files", kills, v.wipes, v.longest.Round(time.Millisecond), v.steps)
	names := []string{}
	for p, n := range v.phases {
		names = append(names, fmt.Sprintf("%4d %s", n, p))
	}
	slices.Sort(names)
	if kills > 100 && len(names) < 8 {
		t.Errorf("the kills came in too few phases")
	}
	t.Logf("killed when the files said:\n%s", strings.Join(names, "\n"))
}

func (v *victim) at(name string) string { return filepath.Join(v.dir, name) }

func (v *victim) fresh() []string {
	scheme := []string{"nnsa", "hmg-is5-enhanced"}[v.random.IntN(2)]
	return []string{"wipe", v.at("disk.img"), "--allow-image", "--confirm", "disk.img", "--scheme", scheme, "--out", v.at("out")}
}

func (v *victim) resume() []string {
	return []string{"wipe", v.at("disk.img"), "--allow-image", "--confirm", "disk.img", "--resume"}
}

// next is the command that an operator would give now; now and then without --resume.
func (v *victim) next() []string {
	if len(v.left()) > 0 && v.random.IntN(6) > 0 {
		return v.resume()
	}
	return v.fresh()
}

// left is the names of the job files.
func (v *victim) left() []string {
	left, err := filepath.Glob(v.at("state/jobs/*.json"))
	if err != nil {
		v.Fatal(err)
	}
	return left
}

// killed starts a wipe, kills it, and reports whether it was killed before it ended.
func (v *victim) killed() bool {
	after, within := 1<<30, time.Duration(0)
	if v.random.IntN(3) == 0 {
		within = 1 + time.Duration(v.random.Int64N(int64(v.longest)))
	} else {
		after = 1 + v.random.IntN(v.steps)
	}
	was := v.checkpoint()
	if v.run(after, within, v.next()) >= 0 {
		return false
	}
	phase := v.phase()
	if phase == "" {
		if phase = "a  no job has begun"; v.checkpoint() != was {
			phase = "m  the job is closed"
		}
	}
	v.phases[phase]++
	return true
}

func (v *victim) checkpoint() string {
	text, err := os.ReadFile(v.at("state/log/checkpoint"))
	if err != nil {
		v.Fatal(err)
	}
	return string(text)
}

// finish resumes what is left, or starts a new job, and runs it to its end.
func (v *victim) finish() {
	v.Helper()
	if len(v.left()) == 0 || v.try(v.resume()) == fault.Refused { // the job was complete except for its files
		v.run(1<<30, 0, v.fresh())
	}
}

// try runs a wipe to its end and returns its exit code: 0, or 4 if there is nothing to resume.
func (v *victim) try(args []string) int {
	v.Helper()
	v.wipes++
	code, out, text := command(v.Context(), firmware.Live, v.dir, args...)
	v.note(out)
	if code != fault.Done && !(code == fault.Refused && strings.Contains(text, "no interrupted job")) {
		v.Fatalf("rasure %s: exit status %d\n%s%s\n%s", strings.Join(args, " "), code, out, text, v.phase())
	}
	return code
}

// run starts a wipe and kills it when so many changes to files were seen, or after a time. It returns the number of changes
// if the wipe ended, which must be without an error, and -1 if it was killed.
func (v *victim) run(after int, within time.Duration, args []string) int {
	v.Helper()
	watch := v.watch()
	defer watch.Close()
	var stdout, stderr bytes.Buffer
	c := exec.Command("rasure", args...)
	c.Env = append(os.Environ(), "RASURE_STATE="+v.at("state"), "GORACE=atexit_sleep_ms=0") // the race detector sleeps for a second at the end
	c.Stdout, c.Stderr = &stdout, &stderr
	v.wipes++
	if err := c.Start(); err != nil {
		v.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	var end <-chan time.Time
	if within > 0 {
		end = time.After(within)
	}
	seen := 0
	for {
		seen += changes(watch)
		select {
		case err := <-ended:
			v.note(stdout.String())
			if err != nil && !strings.Contains(stderr.String(), "no interrupted job") {
				v.Fatalf("rasure %s: %v\n%s%s", strings.Join(args, " "), err, &stdout, &stderr)
			}
			return seen + changes(watch)
		case <-end:
			after = seen
		default:
		}
		if seen >= after {
			c.Process.Kill()
			<-ended
			v.note(stdout.String())
			if c.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
				return -1
			}
			return seen
		}
	}
}

// runWatch sees every change in the directories of the jobs, the log and the certificates.
func (v *victim) watch() *os.File {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		v.Fatal(err)
	}
	for _, dir := range []string{"state/jobs", "state/log", "out"} {
		if _, err := syscall.InotifyAddWatch(fd, v.at(dir), syscall.IN_CREATE|syscall.IN_DELETE|syscall.IN_MOVED_TO|syscall.IN_MODIFY); err != nil {
			v.Fatal(err)
		}
	}
	return os.NewFile(uintptr(fd), "inotify")
}

// changes waits a moment for changes and counts them.
func changes(watch *os.File) (n int) {
	watch.SetReadDeadline(time.Now().Add(2 * time.Millisecond))
	b := make([]byte, 4096)
	got, _ := watch.Read(b)
	for at := 0; at < got; at += syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[at+12:])) {
		n++
	}
	return n
}

// note records which certificates stdout named.
func (v *victim) note(stdout string) {
	for line := range strings.Lines(stdout) {
		if path, _, ok := strings.Cut(line, " "); ok && strings.HasSuffix(path, ".cert") {
			v.printed[path] = true
		}
	}
}

// phase returns the job's phase by its files, or "" if no job is open.
func (v *victim) phase() string {
	left := v.left()
	if len(left) == 0 {
		return ""
	}
	text, err := os.ReadFile(left[len(left)-1])
	f := &savedJob{}
	if err := errors.Join(err, json.Unmarshal(text, f)); err != nil {
		v.Fatal(err)
	}
	logged := func(entry []byte) bool {
		for i := int64(0); ; i++ {
			have, err := logs.ReadEntry(os.DirFS(v.at("state/log")), i)
			if err != nil || bytes.Equal(have, entry) {
				return err == nil
			}
		}
	}
	there := func(name string) bool {
		_, err := os.Lstat(v.at(name))
		return !errors.Is(err, fs.ErrNotExist)
	}
	switch {
	case !logged(f.Begin) && there("state/log/intent"):
		return "c  the begin is on its way into the log"
	case !logged(f.Begin):
		return "b  the begin is signed, and not in the log"
	case f.Facts.Begin.Index == 0:
		return "d  the begin is in the log, not yet in the job file"
	case f.Sealed == nil && f.Wipe == nil:
		return "e  pass 1, nothing saved of it"
	case f.Sealed == nil && f.Wipe.WrittenTo < f.Disk.Size:
		return fmt.Sprintf("f%d pass %[1]d, writing", len(f.Wipe.Report.Passes))
	case f.Sealed == nil:
		return fmt.Sprintf("g%d pass %[1]d, written", len(f.Wipe.Report.Passes))
	case !there("out/" + f.Base + ".cert"):
		return "h  the certificate is signed"
	case !logged(f.Sealed) && there("state/log/intent"):
		return "j  the certificate is on its way into the log"
	case !logged(f.Sealed):
		return "i  the certificate has its file, and is not in the log"
	case !there("out/" + f.Base + ".tlog-proof"):
		return "k  the certificate is in the log, and has no proof"
	}
	return "l  the certificate has its proof, and the job is not closed"
}

func (v *victim) must(want int, args ...string) string {
	v.Helper()
	code, out, text := command(v.Context(), firmware.Live, v.dir, args...)
	if code != want {
		v.Fatalf("rasure %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, text)
	}
	return out
}

// judge checks the state, the log, the certificates and the disk at the end.
func (v *victim) judge() {
	v.Helper()
	if left, err := os.ReadDir(v.at("state/jobs")); len(left) > 0 || err != nil {
		v.Errorf("files of jobs are left: %v, %v", left, err)
	}
	var a audit.Report
	text := v.must(fault.Done, "audit", "--json", "--key", v.at("state/station.pem"))
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		v.Fatal(err)
	}
	begins, newest := v.entries(a.Entries)
	standing := int64(0)
	for _, n := range a.Outcomes {
		standing += n
	}
	if !a.Valid || len(a.OpenJobs) > 0 || standing != begins {
		v.Errorf("%d jobs began, %d certificates count:\n%s", begins, standing, text)
	}
	files := v.certificates()
	for path := range v.printed {
		if !slices.Contains(files, path) {
			v.Errorf("lost: %s was named on stdout", path)
		}
	}
	for _, path := range files {
		if out := v.must(fault.Done, "verify", path, "--key", v.at("state/station.pem")); !strings.Contains(out, "proof      good") {
			v.Errorf("%s has no proof:\n%s", path, out)
		}
	}
	v.must(fault.Done, "check", v.at("disk.img"), "--cert", v.file(files, newest))
	v.Logf("the log has %d entries, %d jobs, certificates that count %v; %d certificate files, %d of them named on stdout, 0 lost",
		a.Entries, begins, a.Outcomes, len(files), len(v.printed))
}

// entries counts the begins in the log, and returns its newest entry, which must be a certificate of a verified job.
func (v *victim) entries(size int64) (begins int64, newest []byte) {
	for i := range size {
		entry, err := logs.ReadEntry(os.DirFS(v.at("state/log")), i)
		if err != nil {
			v.Fatal(err)
		}
		if certify.KindOf(entry) == certify.KindBegin {
			begins++
		}
		newest = entry
	}
	if !bytes.Contains(newest, []byte(`"outcome": "verified"`)) {
		v.Errorf("the log does not end in a verified job:\n%s", newest)
	}
	return begins, newest
}

// certificates lists the files of all certificates; beside them there are only their proofs.
func (v *victim) certificates() []string {
	all, err := os.ReadDir(v.at("out"))
	if err != nil {
		v.Fatal(err)
	}
	files := []string{}
	for _, e := range all {
		switch filepath.Ext(e.Name()) {
		case ".cert":
			files = append(files, v.at("out/"+e.Name()))
		case ".tlog-proof":
		default: // killed between making the reserve and taking its name away leaves an empty file
			if info, err := e.Info(); err != nil || info.Size() > 0 || !strings.HasPrefix(e.Name(), ".reserve-") {
				v.Errorf("%s is left", e.Name())
			}
		}
	}
	return files
}

// file finds the file of a certificate.
func (v *victim) file(files []string, cert []byte) string {
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil && bytes.Equal(text, cert) {
			return path
		}
	}
	v.Fatalf("no file has this certificate:\n%s", cert)
	return ""
}
