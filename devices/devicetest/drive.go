package devicetest

import (
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"rasure/devices"
	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// Drive is a [devices.Port] whose medium is memory. It behaves as a block device opened with O_DIRECT does on Linux: it
// wants aligned buffers, offsets and lengths, refuses a write beyond its end with ENOSPC, and has the faults that
// [Drive.Inject] gives it. Memory is taken as it is written to, so a drive of terabytes costs nothing. Bytes never written
// read as zeros.
type Drive struct {
	*medium
	closed atomic.Bool
}

// medium is what several openings of one drive share.
type medium struct {
	size  int64
	block int

	mu     sync.Mutex // guards what follows; the bytes of a page have their own lock
	state  devices.State
	faults []*Fault
	ops    []Op
	moved  int64 // bytes read and written so far
	gone   bool
	empty  bool // erased, and not written since: reads answer ENODATA
	pages  map[int64]*page

	zones  []zone // of a drive with host-managed zones
	active int    // how many of them may be begun and not full; 0: any number

	firmware *Firmware
	scsi     scsi.Transport // a simulated drive; set before the drive is used
	shut     atomic.Bool    // it neither reads nor writes: locked, or busy with an erasure. Owned by the simulated drive
}

const pageSize = 64 << 10

type page struct {
	mu sync.Mutex
	b  [pageSize]byte
}

// Op is one thing that was asked of a drive.
type Op struct {
	Kind           OpKind
	Offset, Length int64 // bytes; 0 for a flush
	Err            error // what it answered
}

// OpKind names an operation of a [devices.Port].
type OpKind string

const (
	Read  OpKind = "read"
	Write OpKind = "write"
	Flush OpKind = "flush"
	Drop  OpKind = "drop-cache"
)

// NewDrive makes a drive of that many bytes. It panics if size is not a multiple of block, or block is below 512.
func NewDrive(size int64, block int) *Drive {
	if block < 512 || size < 0 || size%int64(block) != 0 {
		panic("devicetest: a drive has a whole number of blocks of 512 bytes or more")
	}
	return &Drive{medium: &medium{size: size, block: block, pages: map[int64]*page{},
		state: devices.State{Number: devices.Number{Major: 8}, Seq: 1, Size: size}}}
}

// Open opens the same medium once more: what Close did to another opening does not concern it.
func (d *Drive) Open() *Drive { return &Drive{medium: d.medium} }

// Copy makes a second drive with the same bytes, and no faults.
func (d *Drive) Copy() *Drive {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewDrive(d.size, d.block)
	c.state = d.state
	for i, pg := range d.pages {
		c.pages[i] = &page{b: pg.b}
	}
	return c
}

// SetState makes State answer s: a node that was replaced, a disk that says another size.
func (d *Drive) SetState(s devices.State) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = s
}

// State answers as BLKGETSIZE64 and BLKGETDISKSEQ do: the size of a drive that vanished is 0.
func (d *Drive) State() (devices.State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return devices.State{}, fs.ErrClosed
	}
	s := d.state
	for _, f := range d.due(Flush, 0, 0) {
		if f.Kind == Resized {
			s.Size = f.Size
		}
	}
	if d.gone {
		s.Size = 0
	}
	return s, nil
}

// Ops is what was asked of the drive so far, through all its openings, in the order in which it began.
func (d *Drive) Ops() []Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ops)
}

// Peek reads what really is on the medium, Poke puts it there: no fault, no alignment, no record.
func (d *Drive) Peek(p []byte, off int64) { d.copy(p, off, false) }
func (d *Drive) Poke(p []byte, off int64) { d.copy(p, off, true) }

func (d *Drive) SCSI() scsi.Transport { return d.scsi }
func (d *Drive) NVMe() nvme.Transport { return nil }
func (d *Drive) MMC() mmc.Transport   { return nil }

// Close ends this opening. What is asked of it afterwards answers fs.ErrClosed.
func (d *Drive) Close() error {
	if d.closed.Swap(true) {
		return fs.ErrClosed
	}
	return nil
}

func (d *Drive) ReadAt(p []byte, off int64) (int, error) {
	e, err := d.begin(Read, p, off)
	n := min(int64(len(p)), max(e.size-off, 0))
	if err != nil || n == 0 && len(p) > 0 {
		if err == nil {
			err = io.EOF
		}
		return 0, err
	}
	if e.short {
		return d.move(p[:half(len(p), d.block)], off, e, Read), nil
	}
	d.move(p[:n], off, e, Read)
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

func (d *Drive) WriteAt(p []byte, off int64) (int, error) {
	e, err := d.begin(Write, p, off)
	if err == nil && len(p) > 0 && off+int64(len(p)) > e.size {
		err = syscall.ENOSPC // block/fops.c, blkdev_write_iter
	}
	if err != nil {
		return 0, err
	}
	if e.short {
		p = p[:half(len(p), d.block)]
	}
	return d.move(p, off, e, Write), nil
}

func (d *Drive) Sync() error {
	_, err := d.begin(Flush, nil, 0)
	return err
}

func (d *Drive) DropCache() error {
	_, err := d.begin(Drop, nil, 0)
	return err
}

// aligned is what O_DIRECT asks of a transfer. 512 is what most host adapters want of the buffer's address (queue/dma_alignment 511).
func (d *Drive) aligned(p []byte, off int64) bool {
	return off >= 0 && off%int64(d.block) == 0 && len(p)%d.block == 0 &&
		(len(p) == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(p)))%512 == 0)
}

// touched reports whether anything was ever written to a page of the range.
func (d *medium) touched(off, n int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := off / pageSize; i <= (off+n-1)/pageSize; i++ {
		if d.pages[i] != nil {
			return true
		}
	}
	return false
}

func half(n, block int) int { return n / 2 / block * block }

func (d *medium) copy(p []byte, off int64, in bool) {
	for len(p) > 0 {
		n := min(int64(len(p)), pageSize-off%pageSize)
		d.mu.Lock()
		pg := d.pages[off/pageSize]
		if pg == nil && in {
			pg = new(page)
			d.pages[off/pageSize] = pg
		}
		d.mu.Unlock()
		switch at := off % pageSize; {
		case pg == nil:
			clear(p[:n])
		case in:
			pg.mu.Lock()
			copy(pg.b[at:], p[:n])
			pg.mu.Unlock()
		default:
			pg.mu.Lock()
			copy(p[:n], pg.b[at:])
			pg.mu.Unlock()
		}
		p, off = p[n:], off+n
	}
}
