package devicetest

import (
	"io"
	"io/fs"
	"slices"
	"syscall"
	"time"
)

// Fault is something a drive does wrong.
type Fault struct {
	Kind           FaultKind
	Offset, Length int64         // the bytes it concerns; Length 0: to the end of the drive
	After          int64         // it begins when so many bytes were read and written, counted from the drive's making
	Times          int           // so many operations it strikes, then it has healed; 0: it never does
	Size           int64         // Resized: the new size; Wraps: the true capacity
	Delay          time.Duration // Slow: how long an operation takes
	Err            error         // what the operation answers; nil: what Linux answers
}

// FaultKind says what is wrong.
type FaultKind string

const (
	Unwritable FaultKind = "unwritable"  // a write that touches the bytes stores nothing and answers EIO
	Unreadable FaultKind = "unreadable"  // a read that touches the bytes answers ENODATA (BLK_STS_MEDIUM)
	ShortWrite FaultKind = "short-write" // half of it is written, without an error
	ShortRead  FaultKind = "short-read"  // half of it is read, without an error
	LostWrite  FaultKind = "lost-write"  // acknowledged and forgotten; from an offset to the end: a counterfeit that drops
	Wraps      FaultKind = "wraps"       // a counterfeit: offset o is kept at o modulo Size
	ReadsZero  FaultKind = "reads-zero"
	Flips      FaultKind = "flips"       // one bit of the first byte concerned is read wrong
	FlushFails FaultKind = "flush-fails" // EIO
	DropFails  FaultKind = "drop-fails"  // EACCES, as BLKFLSBUF without the capability
	Vanishes   FaultKind = "vanishes"    // first Err (nil: ENODEV), then writes ENOSPC, reads nothing, size 0, flush EIO
	Resized    FaultKind = "resized"     // the drive says Size now, and has no more
	Slow       FaultKind = "slow"
	SlowFlush  FaultKind = "slow-flush"
)

// Inject adds faults, from the next operation on. Heal takes all of them away; a drive that vanished stays away.
func (d *Drive) Inject(faults ...Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range faults {
		d.faults = append(d.faults, &f)
	}
}

// Heal takes all faults away. A drive that vanished stays away.
func (d *Drive) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = nil
}

// effect is what the faults do to one operation that is carried out.
type effect struct {
	size  int64 // of the drive now
	short bool
	bytes []Fault // those that change single bytes
}

func (f *Fault) covers(off, n int64) bool {
	return off+n > f.Offset && (f.Length == 0 || off < f.Offset+f.Length)
}

// strikes says whether the fault concerns that kind of operation.
func (f *Fault) strikes(k OpKind) bool {
	switch f.Kind {
	case Unwritable, ShortWrite, LostWrite:
		return k == Write
	case Unreadable, ShortRead, ReadsZero, Flips:
		return k == Read
	case Wraps, Slow:
		return k == Read || k == Write
	case FlushFails, SlowFlush:
		return k == Flush
	case DropFails:
		return k == Drop
	}
	return true
}

// due gives the faults that an operation meets now. The caller holds mu.
func (d *medium) due(k OpKind, off, n int64) []*Fault {
	var due []*Fault
	for _, f := range d.faults {
		if f.strikes(k) && d.moved >= f.After && (n == 0 || f.covers(off, n)) {
			due = append(due, f)
		}
	}
	return due
}

// begin checks and records an operation, and answers the error it meets before any byte moves.
func (d *Drive) begin(k OpKind, p []byte, off int64) (e effect, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() {
		if err == nil {
			d.moved += int64(len(p))
		}
		d.ops = append(d.ops, Op{k, off, int64(len(p)), err})
	}()
	e.size = d.size
	switch {
	case d.closed.Load():
		return e, fs.ErrClosed
	case !d.aligned(p, off):
		return e, syscall.EINVAL
	case d.gone:
		return e, after(k)
	case d.shut.Load():
		return e, syscall.EIO
	case d.empty && k == Read:
		return e, syscall.ENODATA
	}
	d.empty = d.empty && k != Write
	if err = d.zoneError(k, off, int64(len(p))); err != nil {
		return e, err
	}
	for _, f := range d.due(k, off, int64(len(p))) {
		switch f.Kind {
		case Unwritable, FlushFails:
			err = orElse(f.Err, syscall.EIO)
		case Unreadable:
			err = orElse(f.Err, syscall.ENODATA)
		case DropFails:
			err = orElse(f.Err, syscall.EACCES)
		case Vanishes:
			d.gone = true
			err = orElse(f.Err, syscall.ENODEV)
		case Resized:
			e.size = f.Size
		case ShortWrite, ShortRead:
			e.short = true
		case Slow, SlowFlush:
			d.mu.Unlock()
			time.Sleep(f.Delay)
			d.mu.Lock()
		default:
			e.bytes = append(e.bytes, *f)
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				d.faults = slices.DeleteFunc(d.faults, func(g *Fault) bool { return g == f })
			}
		}
		if err != nil {
			return e, err
		}
	}
	if taken := len(p); k == Write && d.zones != nil {
		if e.short {
			taken = half(taken, d.block)
		}
		d.advance(off, int64(taken))
	}
	return e, nil
}

// blank makes reads fail until the next write.
func (d *medium) blank() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.empty = true
}

func (d *medium) vanish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
}

func (d *medium) vanished() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gone
}

// after is what a drive that has gone answers, as measured on Linux 6.18 with SCSI, USB, NVMe and virtio disks.
func after(k OpKind) error {
	switch k {
	case Write:
		return syscall.ENOSPC
	case Read:
		return io.EOF
	}
	return syscall.EIO
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// move carries the bytes between p and the medium, block by block where a fault changes single bytes.
func (d *Drive) move(p []byte, off int64, e effect, k OpKind) int {
	if len(e.bytes) == 0 {
		d.copy(p, off, k == Write)
		return len(p)
	}
	block := int64(d.block)
	for i := int64(0); i < int64(len(p)); i += block {
		d.moveBlock(p[i:i+block], off+i, e.bytes, k)
	}
	return len(p)
}

func (d *Drive) moveBlock(p []byte, off int64, faults []Fault, k OpKind) {
	at, lost, zero, flip := off, false, false, int64(-1)
	for _, f := range faults {
		if !f.covers(off, int64(len(p))) {
			continue
		}
		switch f.Kind {
		case Wraps:
			at = off % f.Size
		case LostWrite:
			lost = true
		case ReadsZero:
			zero = true
		case Flips:
			flip = max(flip, f.Offset-off) // only the block in which the concerned bytes begin
		}
	}
	if lost {
		return
	}
	d.copy(p, at, k == Write)
	if zero {
		clear(p)
	}
	if flip >= 0 {
		p[flip] ^= 0x10
	}
}
