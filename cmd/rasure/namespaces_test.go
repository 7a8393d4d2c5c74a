package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
)

// nvmeBench is a simulated NVMe drive on the bench, nvme0, whose namespaces have the numbers 1, 2, ...
type nvmeBench struct {
	*devicetest.NVMe
	traits devicetest.NVMeTraits
	sizes  []int64                  // of the namespaces, bytes
	hook   func(id int, write bool) // is called before each transfer of a namespace; nil: nothing is
	more   string                   // of the machine
}

// plugNVMe attaches a drive whose namespaces are full of secrets.
func (b *bench) plugNVMe(lies []devicetest.NVMeLie, sizes ...int64) *nvmeBench {
	drives := []*devicetest.Drive{}
	for i, size := range sizes {
		d := devicetest.NewDrive(size, 512)
		d.Poke(bytes.Repeat([]byte("secret!!"), int(size)/8), 0)
		d.SetState(devices.State{Number: devices.Number{Major: 259, Minor: uint32(i)}, Seq: uint64(70 + i), Size: size})
		drives = append(drives, d)
	}
	traits := devicetest.NVMeTraits{Serial: "NVME77", Model: "Two Rooms", SANICAP: 0x80000003, Polls: 1, Lies: lies}
	b.nvme = &nvmeBench{NVMe: devicetest.NewNVMe(traits, drives...), traits: traits, sizes: sizes}
	return b.nvme
}

func (n *nvmeBench) text() string {
	if n == nil {
		return ""
	}
	var text strings.Builder
	text.WriteString("-- sys/devices/pci1/nvme/nvme0/ --\nmodel Two Rooms\nserial NVME77\nstate live\ntransport pcie\n")
	for i, size := range n.sizes {
		fmt.Fprintf(&text, "-- sys/block/nvme0n%d -> ../devices/pci1/nvme/nvme0/nvme0n%[1]d --\n-- sys/devices/pci1/nvme/nvme0/nvme0n%[1]d/ --\ndev 259:%d\nsize %d\nremovable 0\nro 0\nhidden 0\ndiskseq %d\n"+
			"nsid %[1]d\nwwid eui.00000000000000a%[1]d\nqueue/logical_block_size 512\nqueue/physical_block_size 512\nqueue/rotational 0\nqueue/nr_requests 2\nqueue/zoned none\ndevice -> ../../nvme0\n", i+1, i, size/512, 70+i)
	}
	return text.String() + n.more
}

func (n *nvmeBench) attach(h *devices.Host) {
	if n == nil {
		return
	}
	for i := range n.sizes {
		devicetest.Attach(h, fmt.Sprintf("/dev/nvme0n%d", i+1), func(bool) (devices.Port, error) { return hookedNVMe{n.Port(uint32(i + 1)), n, i + 1}, nil })
	}
}

// hookedNVMe is an opening of a namespace that calls the hook of its drive.
type hookedNVMe struct {
	devices.Port
	n  *nvmeBench
	id int
}

func (h hookedNVMe) WriteAt(p []byte, off int64) (int, error) {
	h.strike(true)
	return h.Port.WriteAt(p, off)
}

func (h hookedNVMe) ReadAt(p []byte, off int64) (int, error) {
	h.strike(false)
	return h.Port.ReadAt(p, off)
}

func (h hookedNVMe) strike(write bool) {
	if h.n.hook != nil {
		h.n.hook(h.id, write)
	}
}

// left reports whether a secret is in a namespace.
func (n *nvmeBench) left(id int) bool {
	b := make([]byte, n.sizes[id-1])
	n.Space(uint32(id)).Peek(b, 0)
	return bytes.Contains(b, []byte("secret!!"))
}

var purgeNVMe = []string{"wipe", "--json", "nvme0n1", "--confirm", "NVME77", "--level", "purge"}

// upgraded is a bench whose log has version 2.
func upgraded(t *testing.T) *bench {
	b := newBench(t)
	b.run(fault.Done, "station", "upgrade", "--organisation", "bench", "--yes")
	return b
}

// TestNamespaces: one serial number confirms all namespaces that the drive erases at once, and one certificate names each and is about all their bytes.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	b := upgraded(t)
	n := b.plugNVMe(nil, 12<<20, 8<<20)
	jobs, text := b.jobs(b.Context(), fault.Done, purgeNVMe)
	c := b.certificate(jobs[0], "verified")
	if c.Level != "purge" || c.Disk.Size != 20<<20 || c.Last().Verified != 20<<20 || len(c.Disk.Namespaces) != 2 || c.Disk.Namespaces[1] != (certify.Namespace{ID: 2, Name: "nvme0n2", Size: 8 << 20, WWN: "eui.00000000000000a2"}) {
		t.Errorf("%+v\n%+v", c.Disk, c.Passes)
	}
	if n.left(1) || n.left(2) {
		t.Error("a secret is left")
	}
	if strings.Contains(text, "not read back") {
		t.Errorf("%s", text)
	}
	page, _ := b.run(fault.Done, "cert", "show", jobs[0].Certificate)
	says(t, page, "2: nvme0n2, 8388608 bytes, wwn eui.00000000000000a2", "20971520 bytes")
	for _, name := range []string{"nvme0n1", "nvme0n2"} {
		out, _ := b.run(fault.Done, "check", name)
		says(t, out, "20971520")
		b.run(fault.Done, "check", name, "--cert", jobs[0].Certificate)
	}
	_, text = b.run(fault.Refused, "prepare", "nvme0n2", "--cert", jobs[0].Certificate)
	says(t, text, "the certificate is of all 2 namespaces of the drive, and nvme0n2 is one of them")
	n.Space(2).Poke([]byte("x"), 4<<20)
	b.run(fault.Unverified, "check", "nvme0n1")
	b.audit(map[string]int64{"verified": 1})
}

// At level clear one namespace is erased, and a warning names the others.
func TestNamespaces_Clear(t *testing.T) {
	t.Parallel()
	b := upgraded(t)
	n := b.plugNVMe(nil, 12<<20, 8<<20)
	plan, _ := b.run(fault.Done, "plan", "nvme0n1", "--level", "purge")
	says(t, plan, "also erases nvme0n2, which must not be in use")
	if strings.Contains(plan, "read back too") {
		t.Errorf("the plan promises what the job decides: %s", plan)
	}
	jobs, text := b.jobs(b.Context(), fault.Done, []string{"wipe", "--json", "nvme0n1", "--confirm", "NVME77"})
	if c := b.certificate(jobs[0], "verified"); c.Disk.Size != 12<<20 || c.Disk.Namespaces != nil || n.left(1) || !n.left(2) {
		t.Errorf("%+v", c.Disk)
	}
	says(t, text, "the drive has other namespaces, nvme0n2, which this job does not erase")
	list, _ := b.run(fault.Done, "list")
	for line := range strings.Lines(list) {
		if strings.Contains(line, "nvme0n") && strings.Contains(line, ", erased 2") != strings.Contains(line, "nvme0n1") {
			t.Errorf("the list says of a namespace: %s", line)
		}
	}
	says(t, list, "nvme0n1", "nvme0n2")
}

// A drive that erases one of its namespaces only has failed.
func TestNamespaces_OneErased(t *testing.T) {
	t.Parallel()
	b := upgraded(t)
	b.plugNVMe([]devicetest.NVMeLie{devicetest.NVMeErasesOne}, 12<<20, 8<<20)
	jobs, _ := b.jobs(b.Context(), fault.Failed, purgeNVMe)
	if c := b.certificate(jobs[0], "failed"); limit(c) != "markers-kept" || c.Level != "none" {
		t.Errorf("%v", c.Exceptions)
	}
}

// A certificate of version 1 cannot name namespaces, so that it says what was not read back.
func TestNamespaces_Version1(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plugNVMe(nil, 12<<20, 8<<20)
	jobs, _ := b.jobs(b.Context(), fault.Exceptions, purgeNVMe)
	if c := b.certificate(jobs[0], "completed-with-exceptions"); limit(c) != "others-not-read-back" || c.Disk.Size != 12<<20 {
		t.Errorf("%v", c.Exceptions)
	}
}

// TestNamespaces_Refused: all namespaces must be free, and the command line names one.
func TestNamespaces_Refused(t *testing.T) {
	t.Parallel()
	b := upgraded(t)
	n := b.plugNVMe(nil, 12<<20, 8<<20)
	_, text := b.run(fault.Refused, "wipe", "nvme0n1", "nvme0n2", "--confirm", "NVME77", "--level", "purge")
	says(t, text, "are one drive, and its serial number confirms both", "name one of them")
	n.more = "-- proc/swaps --\nFilename Type Size Used Priority\n/dev/nvme0n2 partition 8188 0 -2\n"
	_, text = b.run(fault.Refused, purgeNVMe...)
	says(t, text, "the machine swaps to nvme0n2", "nvme-sanitize-crypto also erases nvme0n2, which must not be in use")
	if !n.left(1) || !n.left(2) {
		t.Error("something was erased")
	}
}

// An interrupted job resumes with all its namespaces, by the name of the first, and only with them.
func TestNamespaces_Resume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testNamespacesResume) // in which the job is known to have been stopped
}

func testNamespacesResume(t *testing.T) {
	b := upgraded(t)
	n := b.plugNVMe(nil, 12<<20, 8<<20)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	stopped := make(chan struct{})
	var once sync.Once
	n.hook = func(id int, write bool) { // in the middle of the pass, which does not end before the job is stopped
		if id == 2 && write && slices.ContainsFunc(n.Sent(), func(c nvme.Command) bool { return c.Opcode == 0x84 }) {
			once.Do(func() {
				cancel()
				go func() {
					synctest.Wait()
					close(stopped)
				}()
			})
		}
		if ctx.Err() != nil {
			<-stopped
		}
	}
	jobs, _ := b.jobs(ctx, fault.Interrupted, purgeNVMe)
	b.certificate(jobs[0], "interrupted")
	n.hook = nil
	again := []string{"wipe", "--json", "--confirm", "NVME77", "--resume"}
	_, text := b.run(fault.Refused, append(again, "nvme0n2")...)
	says(t, text, "resume it with rasure wipe --resume nvme0n1")
	more := devicetest.NewDrive(4<<20, 512)
	more.SetState(devices.State{Number: devices.Number{Major: 259, Minor: 2}, Seq: 72, Size: 4 << 20})
	b.nvme = &nvmeBench{NVMe: devicetest.NewNVMe(n.traits, n.Space(1), n.Space(2), more), sizes: []int64{12 << 20, 8 << 20, 4 << 20}}
	_, text = b.run(fault.Refused, append(again, "nvme0n1")...)
	says(t, text, "the drive that has nvme0n1 has other namespaces than when the interrupted job began")
	b.nvme = n
	jobs, _ = b.jobs(b.Context(), fault.Done, append(again, "nvme0n1"))
	if c := b.certificate(jobs[0], "verified"); c.Level != "purge" || c.Last().Verified != 20<<20 || n.left(1) || n.left(2) {
		t.Errorf("%+v", c.Passes)
	}
	b.left(0)
}
