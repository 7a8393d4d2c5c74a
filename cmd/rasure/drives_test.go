package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suspend"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// command runs rasure in this process, on a machine.
func command(ctx context.Context, host func(keep ...string) *devices.Host, dir string, args ...string) (code int, stdout, stderr string) {
	return commandWith(ctx, "", host, dir, args...)
}

// commandWith is command with something typed.
func commandWith(ctx context.Context, typed string, host func(keep ...string) *devices.Host, dir string, args ...string) (code int, stdout, stderr string) {
	return commandOn(ctx, suspend.Machine{}, typed, host, dir, args...)
}

func commandOn(ctx context.Context, m suspend.Machine, typed string, host func(keep ...string) *devices.Host, dir string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{Console: cli.Console{In: strings.NewReader(typed), Out: &out, Err: &errs}, host: host, machine: m}
	code = a.run(ctx, append([]string{"--state", filepath.Join(dir, "state")}, args...))
	return code, out.String(), errs.String()
}

// bench is a machine whose disks are drives of memory, with a station on it.
type bench struct {
	*testing.T
	dir   string
	typed string     // on stdin of each command
	mu    sync.Mutex // guards disks: commands may run side by side
	disks []*benchDisk
	nvme  *nvmeBench // nil: none

	machine suspend.Machine // that the commands may suspend; zero: none
}

const benchSize = 16 << 20 // of a disk

// benchDisk is a disk on the bench. Its hook is called before a transfer, while no other is under way.
type benchDisk struct {
	*devicetest.Drive
	name, model, serial string
	port                string // of a USB stick: "1-2"; "" of a SCSI disk
	minor, seq          int
	sectors             int64

	mu   sync.RWMutex // held for reading by a transfer
	hook func(kind devicetest.OpKind)
}

func newBench(t *testing.T, key ...string) *bench {
	t.Helper()
	b := &bench{T: t, dir: t.TempDir()}
	if len(key) == 0 {
		key = []string{"--key", "software"}
	}
	b.run(fault.Done, append([]string{"station", "init", "--name", "bench.example", "--log-version", "1"}, key...)...)
	return b
}

// eachVersion runs a test with a log of each version of statements.
func eachVersion(t *testing.T, test func(t *testing.T, b *bench)) {
	for _, version := range []string{"version 1", "version 2"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if version == "version 2" {
				b.run(fault.Done, "station", "upgrade", "--organisation", "bench", "--yes")
			}
			test(t, b)
		})
	}
}

// plug attaches a disk full of secrets.
func (b *bench) plug(name, serial string) *benchDisk {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := &benchDisk{Drive: devicetest.NewDrive(benchSize, 512), name: name, model: "ST4", serial: serial, minor: 16 * len(b.disks), seq: 40 + len(b.disks), sectors: benchSize / 512}
	d.Poke(bytes.Repeat([]byte("secret!!"), benchSize/8), 0)
	d.Inject(devicetest.Fault{Kind: devicetest.Slow, Delay: 200 * time.Microsecond}) // so that every worker gets some transfers
	b.disks = append(b.disks, d)
	return d
}

func (b *bench) host(keep ...string) *devices.Host {
	b.mu.Lock()
	defer b.mu.Unlock()
	var block, rest strings.Builder
	for i, d := range b.disks {
		at := fmt.Sprintf("sys/devices/pci0/host0/target0:0:%d/0:0:%[1]d:0/", i)
		if d.port != "" {
			usb := fmt.Sprintf("sys/devices/pci0/usb1/%s/", d.port)
			at = fmt.Sprintf("%s%s:1.0/host%d/target%[3]d:0:0/0:0:%[3]d:0/", usb, d.port, i)
			fmt.Fprintf(&rest, "-- %s --\nidVendor 0001\nidProduct 0002\nbcdDevice 0209\nspeed 480\n-- %[1]s%[2]s:1.0/ --\nbInterfaceProtocol 50\n", usb, d.port)
		}
		fmt.Fprintf(&block, "%s -> ../%sblock/%[1]s\n", d.name, strings.TrimPrefix(at, "sys/"))
		fmt.Fprintf(&rest, "-- %s --\nvendor SEAGATE\nmodel %s\nrev 0001\ntype 0\nscsi_level 6\nstate running\nqueue_depth 1\n", at, d.model)
		if d.serial != "" {
			fmt.Fprintf(&rest, "vpd_pg80.hex 008000%02x%x\n", len(d.serial), d.serial)
		}
		fmt.Fprintf(&rest, `-- %sblock/%s/ --
dev 8:%d
size %d
removable 0
ro 0
hidden 0
diskseq %d
queue/logical_block_size 512
queue/physical_block_size 512
queue/rotational 1
queue/max_sectors_kb 1280
queue/optimal_io_size 0
queue/nr_requests 2
queue/zoned none
queue/write_cache write back
inflight 0 0
holders/
device -> ../../../0:0:%d:0
`, at, d.name, d.minor, d.sectors, d.seq, i)
	}
	h := devicetest.FromArchive(b.T, []byte("-- sys/block/ --\n"+block.String()+rest.String()+b.nvme.text()+"-- proc/1/mountinfo --\n1 1 0:2 / / rw - rootfs rootfs rw\n-- proc/1/ --\ncomm init\nns/mnt -> mnt:[1]\nfd/\n"))
	h.Protected = keep
	b.nvme.attach(h)
	for _, d := range b.disks {
		d.SetState(devices.State{Number: devices.Number{Major: 8, Minor: uint32(d.minor)}, Seq: uint64(d.seq), Size: d.sectors * 512})
		devicetest.Attach(h, "/dev/"+d.name, func(bool) (devices.Port, error) { return hooked{d.Drive.Open(), d}, nil })
	}
	return h
}

// hooked is an opening of a disk that calls its hook.
type hooked struct {
	devices.Port
	d *benchDisk
}

// Firmware is that of the drive, or nil.
func (h hooked) Firmware() devices.Firmware { return h.d.Drive.Firmware() }

func (h hooked) ReadAt(p []byte, off int64) (int, error) {
	h.d.strike(devicetest.Read)
	h.d.mu.RLock()
	defer h.d.mu.RUnlock()
	return h.Port.ReadAt(p, off)
}

func (h hooked) WriteAt(p []byte, off int64) (int, error) {
	h.d.strike(devicetest.Write)
	h.d.mu.RLock()
	defer h.d.mu.RUnlock()
	return h.Port.WriteAt(p, off)
}

func (d *benchDisk) strike(k devicetest.OpKind) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hook != nil {
		d.hook(k)
	}
}

// at calls f once, before the n-th transfer of that kind from now on.
func (d *benchDisk) at(kind devicetest.OpKind, n int, f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook = func(k devicetest.OpKind) {
		if k == kind {
			if n--; n == 0 {
				f()
			}
		}
	}
}

// stopAt calls stop before the n-th transfer of that kind from now on. A job learns of that in a goroutine of its own: this transfer and those that
// follow are slow, so that the job does not go on meanwhile.
func (d *benchDisk) stopAt(kind devicetest.OpKind, n int, stop func()) {
	d.at(kind, n, func() {
		slow := func(devicetest.OpKind) { time.Sleep(100 * time.Millisecond) }
		stop()
		d.hook = slow
		slow(kind)
	})
}

// bytes returns the content of the disk.
func (d *benchDisk) bytes() []byte {
	all := make([]byte, benchSize)
	d.Peek(all, 0)
	return all
}

// writes counts what was asked to be written so far.
func (d *benchDisk) writes() (n int) {
	for _, o := range d.Ops() {
		if o.Kind == devicetest.Write {
			n++
		}
	}
	return n
}

// run runs a command, which must end with an exit code, and returns what it printed.
func (b *bench) run(want int, args ...string) (stdout, stderr string) {
	b.Helper()
	return b.runWith(b.Context(), want, args...)
}

func (b *bench) runWith(ctx context.Context, want int, args ...string) (stdout, stderr string) {
	b.Helper()
	code, out, text := commandOn(ctx, b.machine, b.typed, b.host, b.dir, args...)
	if code != want {
		b.Fatalf("rasure %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, text)
	}
	return out, text
}

// words confirms disks, to be erased in three passes of which the last one is random and read back.
func words(disks ...*benchDisk) []string {
	args := []string{"wipe", "--json"}
	for _, d := range disks {
		args = append(args, d.name, "--confirm", d.serial)
	}
	return args
}

func (b *bench) wipe(want int, disks ...*benchDisk) (jobs []wipeResult, stderr string) {
	b.Helper()
	return b.jobs(b.Context(), want, append(words(disks...), "--scheme", "hmg-is5-enhanced"))
}

func (b *bench) resume(want int, disks ...*benchDisk) (jobs []wipeResult, stderr string) {
	b.Helper()
	return b.jobs(b.Context(), want, append(words(disks...), "--resume"))
}

func (b *bench) jobs(ctx context.Context, want int, args []string) ([]wipeResult, string) {
	b.Helper()
	out, text := b.runWith(ctx, want, args...)
	var all struct{ Jobs []wipeResult }
	if out != "" {
		if err := json.Unmarshal([]byte(out), &all); err != nil {
			b.Fatal(err)
		}
	}
	return all.Jobs, text
}

// stopped wipes a disk, is interrupted before the n-th transfer of that kind, and returns the certificate.
func (b *bench) stopped(d *benchDisk, kind devicetest.OpKind, n int, flags ...string) *certify.Certificate {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	d.stopAt(kind, n, cancel)
	if len(flags) == 0 {
		flags = []string{"--scheme", "hmg-is5-enhanced"}
	}
	jobs, _ := b.jobs(ctx, fault.Interrupted, append(words(d), flags...))
	d.at("", 0, nil)
	return b.certificate(jobs[0], "interrupted")
}

// cut wipes a disk, and restores the disk and the state directory as they were when the n-th transfer of that kind began.
func (b *bench) cut(d *benchDisk, kind devicetest.OpKind, n int) {
	b.Helper()
	kept := b.TempDir()
	var drive *devicetest.Drive
	d.at(kind, n, func() {
		drive = d.Copy()
		if err := os.CopyFS(kept, os.DirFS(b.at("state"))); err != nil {
			b.Error(err)
		}
	})
	b.wipe(fault.Done, d)
	d.at("", 0, nil)
	if drive == nil {
		b.Fatalf("no transfer %d", n)
	}
	if err := os.RemoveAll(b.at("state")); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(kept, b.at("state")); err != nil {
		b.Fatal(err)
	}
	d.Drive = drive
}

func (b *bench) at(name string) string { return filepath.Join(b.dir, name) }

// certificate verifies the certificate of a job with its proof and its outcome, and returns it.
func (b *bench) certificate(j wipeResult, outcome string) *certify.Certificate {
	b.Helper()
	b.run(fault.Done, "verify", j.Certificate, "--proof", j.Proof, "--key", b.at("state/station.pem"))
	c, _, err := (&app{stateDir: b.at("state")}).openCertificate(j.Certificate, pinOptions{})
	if err != nil {
		b.Fatal(err)
	}
	if c.Outcome != outcome || string(j.Outcome) != outcome {
		b.Fatalf("%s says %s, stdout %s, want %s", j.Certificate, c.Outcome, j.Outcome, outcome)
	}
	return c
}

// audit must succeed, with so many jobs of each outcome, and none open.
func (b *bench) audit(want map[string]int64) {
	b.Helper()
	out, _ := b.run(fault.Done, "audit", "--json", "--key", b.at("state/station.pem"))
	var a audit.Report
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		b.Fatal(err)
	}
	for o, n := range a.Outcomes {
		if n == 0 {
			delete(a.Outcomes, o)
		}
	}
	if !a.Valid || len(a.OpenJobs) > 0 || fmt.Sprint(a.Outcomes) != fmt.Sprint(want) {
		b.Errorf("audit: certificates %v, want %v\n%s", a.Outcomes, want, out)
	}
}

// left returns the files of so many unfinished jobs.
func (b *bench) left(want int) []string {
	b.Helper()
	all, err := filepath.Glob(b.at("state/jobs/*.json"))
	if len(all) != want || err != nil {
		b.Fatalf("unfinished jobs: %v, %v, want %d", all, err, want)
	}
	if rest, _ := os.ReadDir(b.at("state/jobs")); want == 0 && len(rest) > 0 {
		b.Errorf("files of jobs are left: %v", rest)
	}
	return all
}

// erased checks that the disk holds what the last pass of a certificate wrote.
func (b *bench) erased(d *benchDisk, j wipeResult) {
	b.Helper()
	b.run(fault.Done, "check", d.name, "--cert", j.Certificate)
	if bytes.Contains(d.bytes(), []byte("secret!!")) {
		b.Errorf("%s still holds secrets", d.name)
	}
}

func says(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in:\n%s", want, text)
		}
	}
}

// memoryDir returns a directory in memory, if there is one: a kill leaves the same there, and a hundred jobs that wait for
// a disk at each of their steps take minutes.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "rasure-kill")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
