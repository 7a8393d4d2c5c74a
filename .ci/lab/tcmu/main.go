// Tcmu serves a simulated drive of devices/devicetest to the kernel, as a disk of a SCSI host (target_core_user behind
// tcm_loop), so that the kernel's SCSI layer, SG_IO and our transport are the real ones. It runs in the laboratory only.
//
//	tcmu sata|sas NAME SERIAL LIE [HIDDEN-SECTORS]
//
// A LIE of sas that is blocks-520 gives it blocks of that many bytes.
//
// The layout of the shared memory is that of include/uapi/linux/target_core_user.h. On SIGUSR1 the drive's power is cycled; on SIGTERM the
// program leaves. Commands other than reads and writes go to stdout. No netlink is needed: a kernel to which nobody has said
// that he would answer does not wait for it.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

const (
	target = "/sys/kernel/config/target"
	size   = 8 << 20

	// struct tcmu_mailbox
	ringAt   = 4
	ringSize = 8
	headAt   = 12
	tailAt   = 64
	// struct tcmu_cmd_entry: header, then request and response in the same place
	flagsAt = 7
	iovCnt  = 8
	cdbAt   = 24
	iovAt   = 48
	status  = 8
	readLen = 12
	senseAt = 16

	opCommand      = 1
	flagReadLength = 2
	flagUnknown    = 1
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tcmu:", err)
		os.Exit(1)
	}
}

// drive is a simulated drive of either kind.
type drive interface {
	scsi.Transport
	PowerCycle()
}

func run(args []string) error {
	if len(args) < 4 {
		return fmt.Errorf("usage: tcmu sata|sas NAME SERIAL LIE [HIDDEN-SECTORS]")
	}
	d := devicetest.NewDrive(size, 512)
	fill := []byte("TOP SECRET: who reads this has seen a disk that nobody erased   ")
	for off := int64(0); off < size; off += int64(len(fill)) {
		d.Poke(fill, off)
	}
	disk := devices.Disk{Medium: devices.Magnetic, Identity: devices.Identity{
		Vendor: "LAB", Model: "SIMULATED", Firmware: "1.0", Serial: args[2], WWN: fmt.Sprintf("naa.5000c500%08x", os.Getpid())}}
	var sim drive
	if args[0] == "sas" {
		sas := devicetest.NewSAS(d, disk, devicetest.Lie(args[3]))
		if n, ok := strings.CutPrefix(args[3], "blocks-"); ok {
			block, err := strconv.ParseInt(n, 10, 32)
			if err != nil {
				return err
			}
			sas.SetBlocks(block)
		}
		sim = sas
	} else {
		sata := devicetest.NewSATA(d, disk, devicetest.Lie(args[3]))
		if len(args) > 4 {
			n, err := strconv.ParseUint(args[4], 10, 32)
			if err != nil {
				return err
			}
			sata.Hide(n, 0, false)
		}
		sim = sata
	}
	core := target + "/core/user_0/" + args[1]
	if err := write(core, "control", fmt.Sprintf("dev_config=rasure/%s,dev_size=%d,hw_block_size=512", args[1], size)); err != nil {
		return err
	}
	if err := write(core, "enable", "1"); err != nil {
		return err
	}
	r, err := open("tcm-user/0/" + args[1])
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- r.serve(sim) }()
	if err := plug(core); err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGUSR1, unix.SIGTERM)
	for {
		select {
		case err := <-failed:
			return err
		case s := <-signals:
			if s == unix.SIGTERM {
				return nil
			}
			sim.PowerCycle()
			fmt.Println("power cycled")
		}
	}
}

func write(dir, file, text string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// plug makes the drive a disk of this machine. The kernel looks at it before this returns, so it must be served by then.
func plug(core string) error {
	wwn := fmt.Sprintf("naa.50014050%08x", os.Getpid())
	tpg := target + "/loopback/" + wwn + "/tpgt_1"
	if err := write(tpg, "nexus", strings.Replace(wwn, "naa.5", "naa.6", 1)); err != nil {
		return err
	}
	lun := tpg + "/lun/lun_0"
	if err := os.MkdirAll(lun, 0o755); err != nil {
		return err
	}
	return os.Symlink(core, lun+"/link")
}

// ring is the memory that the kernel and we share.
type ring struct {
	f *os.File
	m []byte
}

func open(name string) (*ring, error) {
	for try := 0; ; try++ {
		all, _ := filepath.Glob("/sys/class/uio/uio*")
		for _, dir := range all {
			b, _ := os.ReadFile(dir + "/name")
			if !strings.HasPrefix(string(b), name+"/") {
				continue
			}
			n, err := os.ReadFile(dir + "/maps/map0/size")
			if err != nil {
				return nil, err
			}
			length, err := strconv.ParseInt(strings.TrimSpace(string(n)), 0, 64)
			if err != nil {
				return nil, err
			}
			f, err := os.OpenFile("/dev/"+filepath.Base(dir), os.O_RDWR, 0)
			if err != nil {
				return nil, err
			}
			m, err := unix.Mmap(int(f.Fd()), 0, int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
			return &ring{f, m}, err
		}
		if try == 50 {
			return nil, fmt.Errorf("the kernel made no uio device %s", name)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (r *ring) u32(at uint64) uint32 { return binary.LittleEndian.Uint32(r.m[at:]) }
func (r *ring) u64(at uint64) uint64 { return binary.LittleEndian.Uint64(r.m[at:]) }

// word is a field that the other side changes.
func (r *ring) word(at int) *uint32 { return (*uint32)(unsafe.Pointer(&r.m[at])) }

// serve answers commands for ever.
func (r *ring) serve(d drive) error {
	wake := make([]byte, 4)
	for {
		for {
			tail := atomic.LoadUint32(r.word(tailAt))
			if tail == atomic.LoadUint32(r.word(headAt)) {
				break
			}
			entry := uint64(r.u32(ringAt)) + uint64(tail)
			length := r.u32(entry)
			if length&7 == opCommand {
				r.answer(entry, d)
			}
			atomic.StoreUint32(r.word(tailAt), (tail+length&^7)%r.u32(ringSize))
			if _, err := r.f.Write([]byte{0, 0, 0, 0}); err != nil {
				return err
			}
		}
		if _, err := r.f.Read(wake); err != nil {
			return err
		}
	}
}

// answer carries one command to the drive. What the kernel calls a buffer in pieces is one here.
func (r *ring) answer(entry uint64, d drive) {
	cdb := append([]byte{}, r.m[r.u64(entry+cdbAt):][:16]...)
	c := scsi.Command{CDB: cdb[:lengthOf(cdb[0])], Timeout: time.Minute}
	type piece struct{ at, n uint64 }
	var pieces []piece
	total := uint64(0)
	for i := range uint64(r.u32(entry + iovCnt)) {
		p := piece{r.u64(entry + iovAt + 16*i), r.u64(entry + iovAt + 16*i + 8)}
		pieces, total = append(pieces, p), total+p.n
	}
	c.Data = make([]byte, 0, total)
	for _, p := range pieces {
		c.Data = append(c.Data, r.m[p.at:p.at+p.n]...)
	}
	// The ring does not say which way data go. Nothing the drive answers depends on what was in the buffer before.
	if total > 0 {
		if c.Direction = scsi.In; sends(cdb) {
			c.Direction = scsi.Out
		}
	}
	reply, err := d.Do(context.Background(), c)
	if err != nil { // the drive is gone: no answer would be a reset after half a minute
		reply = scsi.Reply{Status: scsi.StatusCheckCondition, Sense: []byte{0x70, 0, 0x0b, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x44, 0, 0, 0, 0, 0}}
	}
	if op := cdb[0]; op != 0x28 && op != 0x2a && op != 0x88 && op != 0x8a {
		fmt.Printf("% x: %02x % x %v\n", c.CDB, reply.Status, reply.Sense, err)
	}
	rest := c.Data
	if c.Direction == scsi.In {
		for _, p := range pieces {
			rest = rest[copy(r.m[p.at:p.at+p.n], rest):]
		}
	}
	r.m[entry+flagsAt] &^= flagUnknown
	r.m[entry+status] = reply.Status
	r.m[entry+status+1], r.m[entry+status+2], r.m[entry+status+3] = 0, 0, 0
	clear(r.m[entry+senseAt : entry+senseAt+96])
	copy(r.m[entry+senseAt:entry+senseAt+96], reply.Sense)
	if reply.Residual > 0 && reply.Status == scsi.StatusGood {
		r.m[entry+flagsAt] |= flagReadLength
		binary.LittleEndian.PutUint32(r.m[entry+readLen:], uint32(len(c.Data)-reply.Residual))
	}
}

// lengthOf is the length of a command block by its group code, SPC-5 4.2.5.1.
func lengthOf(op byte) int {
	switch op >> 5 {
	case 0:
		return 6
	case 1, 2:
		return 10
	case 5:
		return 12
	}
	return 16
}

// sends reports whether a command's data go to the drive.
func sends(cdb []byte) bool {
	switch cdb[0] {
	case 0x2a, 0x8a, 0x15, 0x55, 0x48, 0xb5, 0x41, 0x42, 0x93:
		return true
	case 0x85:
		return cdb[1]>>1&0xf == 5
	}
	return false
}
