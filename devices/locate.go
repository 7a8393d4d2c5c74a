package devices

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"time"
	"unsafe"

	"rasure/cmd/message"
)

// LocateBy is how a disk is made to be noticed.
type LocateBy string

const (
	LocateByLight   LocateBy = "light"   // the locate light of its slot
	LocateByReading LocateBy = "reading" // its own activity light, and its noise, because it is read in bursts
)

// LocateBy returns how [Host.Locate] makes a disk be noticed: by the light of its slot if there is one that can be switched.
func (h *Host) LocateBy(d Disk) LocateBy {
	if h.lightOf(d) != nil {
		return LocateByLight
	}
	return LocateByReading
}

// Locate makes a disk be noticed for some time, or until ctx ends, which is no error. It never writes to the disk: a light that cannot be
// switched is an error, and so is a disk that cannot be read.
func (h *Host) Locate(ctx context.Context, d Disk, long time.Duration) error {
	ctx, end := context.WithTimeout(ctx, long)
	defer end()
	var err error
	if l := h.lightOf(d); l != nil {
		err = h.blink(ctx, *l)
	} else {
		err = h.readInBursts(ctx, d)
	}
	if err != nil {
		return message.Errorf("locating %s: %w", Printable(d.Name), limitOf(err))
	}
	return nil
}

// Our choice: a light that goes on and off is seen sooner than one that is on, and short reads all over the disk make a magnetic one heard.
const (
	burst     = 300 * time.Millisecond
	burstRead = 64 << 10
)

func (h *Host) readInBursts(ctx context.Context, d Disk) error {
	port, err := h.OpenRead(ctx, d)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = await(ctx, func() (struct{}, error) {
		return struct{}{}, errors.Join(readAround(ctx, port, d), port.Close())
	}, nil)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// readAround reads places all over a disk, and pauses as long as it has read, until ctx ends or nothing can be read.
func readAround(ctx context.Context, port Port, d Disk) error {
	n := int(min(burstRead, d.Size))
	n -= n % d.LogicalBlock
	if n <= 0 {
		return fs.ErrInvalid
	}
	buf := alignedBuffer(n)
	places := d.Size / int64(n)
	failed := 0
	for ctx.Err() == nil {
		for began := time.Now(); time.Since(began) < burst && ctx.Err() == nil; {
			if _, err := port.ReadAt(buf, rand.Int64N(places)*int64(n)); err == nil {
				failed = 0
			} else if failed++; Lost(err) || failed == 3 { // a bad block is no reason to stop
				return err
			}
			pause(ctx, time.Millisecond) // leave the disk to others
		}
		pause(ctx, burst)
	}
	return nil
}

func pause(ctx context.Context, long time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(long):
	}
}

// alignedBuffer makes a buffer that begins at a multiple of a page, as reading past the page cache needs.
func alignedBuffer(n int) []byte {
	const page = 4096
	b := make([]byte, n+page)
	skip := (page - int(uintptr(unsafe.Pointer(&b[0]))%page)) % page
	return b[skip : skip+n]
}
