package devicetest_test

import (
	"bytes"
	"errors"
	"io"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// TestDrive: a drive of memory is a port.
func TestDrive(t *testing.T) {
	t.Parallel()
	for _, d := range []*devicetest.Drive{devicetest.NewDrive(1<<20+512, 512), devicetest.NewDrive(4<<20, 4096), devicetest.NewDrive(20e12, 512)} {
		devicetest.TestPort(t, func(*testing.T) devices.Port { return d.Open() })
	}
}

// TestDrive_Misaligned: a misaligned transfer is refused, as with O_DIRECT.
func TestDrive_Misaligned(t *testing.T) {
	t.Parallel()
	d := devicetest.NewDrive(1<<20, 4096)
	b := devicetest.Aligned(8192, 0)
	for _, c := range []struct {
		p   []byte
		off int64
	}{{b[:512], 0}, {b[:4096], 512}, {b[:4097], 0}, {b[8:][:4096], 0}, {b[:4096], -4096}} {
		if _, err := d.WriteAt(c.p, c.off); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("WriteAt(%d bytes, %d) = %v, want EINVAL", len(c.p), c.off, err)
		}
		if _, err := d.ReadAt(c.p, c.off); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("ReadAt(%d bytes, %d) = %v, want EINVAL", len(c.p), c.off, err)
		}
	}
}

// What a write of 0x22 over 0x11 at blocks 2 to 5 leaves on the medium, and what a read of it says. Each row is one fault.
func TestFault(t *testing.T) {
	t.Parallel()
	const b = 512
	for _, c := range []struct {
		fault            devicetest.Fault
		wrote, read      error
		nWrote, nRead    int
		onMedium, onRead string // one digit a block, blocks 2 to 5; x: neither
	}{
		{devicetest.Fault{Kind: devicetest.Unwritable, Offset: 3 * b, Length: b}, syscall.EIO, nil, 0, 4 * b, "1111", "1111"},
		{devicetest.Fault{Kind: devicetest.Unwritable, Offset: 6 * b}, nil, nil, 4 * b, 4 * b, "2222", "2222"},
		{devicetest.Fault{Kind: devicetest.Unreadable, Offset: 5 * b, Length: b}, nil, syscall.ENODATA, 4 * b, 0, "2222", "...."},
		{devicetest.Fault{Kind: devicetest.ShortWrite, Offset: 0}, nil, nil, 2 * b, 4 * b, "2211", "2211"},
		{devicetest.Fault{Kind: devicetest.ShortRead, Offset: 0}, nil, nil, 4 * b, 2 * b, "2222", "22.."},
		{devicetest.Fault{Kind: devicetest.LostWrite, Offset: 4 * b}, nil, nil, 4 * b, 4 * b, "2211", "2211"},
		{devicetest.Fault{Kind: devicetest.Wraps, Size: 4 * b}, nil, nil, 4 * b, 4 * b, "2211", "2222"},
		{devicetest.Fault{Kind: devicetest.ReadsZero, Offset: 3 * b, Length: 2 * b}, nil, nil, 4 * b, 4 * b, "2222", "2002"},
		{devicetest.Fault{Kind: devicetest.Flips, Offset: 3*b + 7, Length: 1}, nil, nil, 4 * b, 4 * b, "2222", "2x22"},
		{devicetest.Fault{Kind: devicetest.Vanishes, After: 10 * b}, syscall.ENODEV, io.EOF, 0, 0, "1111", "...."},
		{devicetest.Fault{Kind: devicetest.Vanishes, After: 12 * b, Err: syscall.EIO}, nil, syscall.EIO, 4 * b, 0, "2222", "...."},
		{devicetest.Fault{Kind: devicetest.Resized, Size: 4 * b}, syscall.ENOSPC, io.EOF, 0, 2 * b, "1111", "11.."},
	} {
		d := devicetest.NewDrive(8*b, b)
		buf := devicetest.Aligned(8*b, 0x11)
		write(t, d, buf, 0)
		write(t, d, buf[:2*b], 0)
		d.Inject(c.fault)
		n, err := d.WriteAt(devicetest.Aligned(4*b, 0x22), 2*b)
		if n != c.nWrote || !errors.Is(err, c.wrote) {
			t.Errorf("%+v: WriteAt = %d, %v, want %d, %v", c.fault, n, err, c.nWrote, c.wrote)
		}
		got := devicetest.Aligned(4*b, '.')
		n, err = d.ReadAt(got, 2*b)
		if n != c.nRead || !errors.Is(err, c.read) {
			t.Errorf("%+v: ReadAt = %d, %v, want %d, %v", c.fault, n, err, c.nRead, c.read)
		}
		if s := digits(got, b); s != c.onRead {
			t.Errorf("%+v: read %s, want %s", c.fault, s, c.onRead)
		}
		d.Peek(got, 2*b)
		if s := digits(got, b); s != c.onMedium {
			t.Errorf("%+v: on the medium is %s, want %s", c.fault, s, c.onMedium)
		}
	}
}

func write(t *testing.T, d *devicetest.Drive, p []byte, off int64) {
	t.Helper()
	if n, err := d.WriteAt(p, off); n != len(p) || err != nil {
		t.Fatalf("WriteAt = %d, %v", n, err)
	}
}

func digits(p []byte, block int) string {
	s := ""
	for ; len(p) > 0; p = p[block:] {
		c := "x"
		for _, d := range []struct {
			b byte
			s string
		}{{0x11, "1"}, {0x22, "2"}, {0, "0"}, {'.', "."}} {
			if bytes.Count(p[:block], []byte{d.b}) == block {
				c = d.s
			}
		}
		s += c
	}
	return s
}

// TestFault_Heals: a fault heals after its times, and a vanished drive does not.
func TestFault_Heals(t *testing.T) {
	t.Parallel()
	d := devicetest.NewDrive(8<<9, 512)
	b := devicetest.Aligned(512, 1)
	d.Inject(devicetest.Fault{Kind: devicetest.Unwritable, Times: 2}, devicetest.Fault{Kind: devicetest.FlushFails, Times: 1},
		devicetest.Fault{Kind: devicetest.DropFails, Times: 1})
	for i, want := range []error{syscall.EIO, syscall.EIO, nil} {
		if _, err := d.WriteAt(b, 0); !errors.Is(err, want) {
			t.Errorf("write %d = %v, want %v", i, err, want)
		}
	}
	if a, b := d.Sync(), d.Sync(); !errors.Is(a, syscall.EIO) || b != nil {
		t.Errorf("flushes = %v, %v, want EIO and nil", a, b)
	}
	if a, b := d.DropCache(), d.DropCache(); !errors.Is(a, syscall.EACCES) || b != nil {
		t.Errorf("drops = %v, %v, want EACCES and nil", a, b)
	}
	d.Inject(devicetest.Fault{Kind: devicetest.Vanishes})
	_, first := d.WriteAt(b, 0)
	d.Heal()
	_, second := d.WriteAt(b, 0)
	_, third := d.ReadAt(b, 0)
	s, err := d.State()
	if !errors.Is(first, syscall.ENODEV) || !errors.Is(second, syscall.ENOSPC) || !errors.Is(third, io.EOF) || d.Sync() == nil || s.Size != 0 || err != nil {
		t.Errorf("vanished: %v, %v, %v, size %d, %v", first, second, third, s.Size, err)
	}
	if got := len(d.Ops()); got != 11 {
		t.Errorf("%d operations are on record, want 11", got)
	}
}
