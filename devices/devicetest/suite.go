package devicetest

import (
	"bytes"
	"sync"
	"testing"
	"unsafe"

	"rasure/devices"
)

// TestPort tests what every [devices.Port] must do. open gives a new one on each call, of 1 MiB or more, that may be written to;
// its contents are lost.
func TestPort(t *testing.T, open func(t *testing.T) devices.Port) {
	for _, rule := range []struct {
		name string
		test func(t *testing.T, p devices.Port, size int64, unit int)
	}{
		{"what is written is read back from there", readsBack},
		{"a write leaves its neighbours alone", leavesNeighbours},
		{"nothing is read beyond the end, and that is an error", readsNothingBeyond},
		{"nothing is written beyond the end, and that is an error", writesNothingBeyond},
		{"a state stays the same while nothing happens", keepsState},
		{"several goroutines may use it at a time", servesSeveral},
		{"an empty transfer does nothing", movesNothing},
		{"nothing works after Close", closes},
	} {
		t.Run(rule.name, func(t *testing.T) {
			p := open(t)
			t.Cleanup(func() { p.Close() })
			s, err := p.State()
			if err != nil {
				t.Fatalf("State() = %v", err)
			}
			unit := 4096 // fits every logical block there is
			if s.Size%4096 != 0 {
				unit = 512
			}
			if s.Size < 1<<20 || s.Size%int64(unit) != 0 {
				t.Fatalf("State().Size = %d, want 1 MiB or more and whole blocks", s.Size)
			}
			rule.test(t, p, s.Size, unit)
		})
	}
}

// Aligned returns a buffer of n bytes that O_DIRECT accepts, each byte set to fill.
func Aligned(n int, fill byte) []byte {
	const align = 4096
	b := make([]byte, n+align)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % align
	b = b[skip:][:n:n]
	for i := range b {
		b[i] = fill
	}
	return b
}

func write(t *testing.T, p devices.Port, b []byte, off int64) {
	t.Helper()
	if n, err := p.WriteAt(b, off); n != len(b) || err != nil {
		t.Fatalf("WriteAt(%d bytes, %d) = %d, %v", len(b), off, n, err)
	}
}

func wantAt(t *testing.T, p devices.Port, want []byte, off int64) {
	t.Helper()
	got := Aligned(len(want), 0xEE)
	n, err := p.ReadAt(got, off)
	if n != len(got) || err != nil && off+int64(n) < sizeOf(t, p) {
		t.Fatalf("ReadAt(%d bytes, %d) = %d, %v", len(got), off, n, err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the bytes at %d are not those that were written", off)
	}
}

func sizeOf(t *testing.T, p devices.Port) int64 {
	t.Helper()
	s, err := p.State()
	if err != nil {
		t.Fatalf("State() = %v", err)
	}
	return s.Size
}

func readsBack(t *testing.T, p devices.Port, size int64, unit int) {
	for i, off := range []int64{0, int64(unit), size / 2 / 4096 * 4096, size - int64(unit)} {
		b := Aligned(unit, byte(i+1))
		b[0], b[unit-1] = 0xA1, 0xA2
		write(t, p, b, off)
		wantAt(t, p, b, off)
		if err := p.Sync(); err != nil {
			t.Errorf("Sync() = %v", err)
		}
		if err := p.DropCache(); err != nil {
			t.Errorf("DropCache() = %v", err)
		}
		wantAt(t, p, b, off)
	}
}

func leavesNeighbours(t *testing.T, p devices.Port, _ int64, unit int) {
	write(t, p, Aligned(5*unit, 0x11), 0)
	write(t, p, Aligned(unit, 0x22), 2*int64(unit))
	want := Aligned(5*unit, 0x11)
	copy(want[2*unit:3*unit], Aligned(unit, 0x22))
	wantAt(t, p, want, 0)
}

func readsNothingBeyond(t *testing.T, p devices.Port, size int64, unit int) {
	for _, off := range []int64{size, size + 1<<30} {
		if n, err := p.ReadAt(Aligned(unit, 0), off); n != 0 || err == nil {
			t.Errorf("ReadAt(size+%d) = %d, %v, want 0 and an error", off-size, n, err)
		} else if !devices.Lost(err) {
			t.Errorf("ReadAt(size+%d) = %v, which is not taken for a lost device", off-size, err)
		}
	}
	if n, err := p.ReadAt(Aligned(2*unit, 0), size-int64(unit)); n > unit || err == nil {
		t.Errorf("ReadAt over the end = %d, %v, want %d at most and an error", n, err, unit)
	}
}

func writesNothingBeyond(t *testing.T, p devices.Port, size int64, unit int) {
	for _, off := range []int64{size, size + 1<<30} {
		if n, err := p.WriteAt(Aligned(unit, 0), off); n != 0 || err == nil {
			t.Errorf("WriteAt(size+%d) = %d, %v, want 0 and an error", off-size, n, err)
		}
	}
	if n, err := p.WriteAt(Aligned(2*unit, 0), size-int64(unit)); n > unit || err == nil {
		t.Errorf("WriteAt over the end = %d, %v, want %d at most and an error", n, err, unit)
	}
	if got := sizeOf(t, p); got != size {
		t.Errorf("the size became %d, was %d", got, size)
	}
}

func keepsState(t *testing.T, p devices.Port, size int64, unit int) {
	a, err := p.State()
	if err != nil {
		t.Fatal(err)
	}
	write(t, p, Aligned(unit, 1), 0)
	if b, err := p.State(); err != nil || a != b {
		t.Errorf("State() = %v, %v, was %v", b, err, a)
	}
}

func servesSeveral(t *testing.T, p devices.Port, size int64, unit int) {
	const each = 8
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range each {
				off := int64(i*8+g) * int64(unit)
				if n, err := p.WriteAt(Aligned(unit, byte(i*8+g)), off); n != unit || err != nil {
					t.Errorf("WriteAt(%d) = %d, %v", off, n, err)
				}
			}
		})
	}
	all.Wait()
	for i := range 8 * each {
		wantAt(t, p, Aligned(unit, byte(i)), int64(i*unit))
	}
}

func movesNothing(t *testing.T, p devices.Port, _ int64, _ int) {
	if n, err := p.ReadAt(nil, 0); n != 0 || err != nil {
		t.Errorf("ReadAt(nothing) = %d, %v", n, err)
	}
	if n, err := p.WriteAt(nil, 0); n != 0 || err != nil {
		t.Errorf("WriteAt(nothing) = %d, %v", n, err)
	}
}

func closes(t *testing.T, p devices.Port, _ int64, unit int) {
	if err := p.Close(); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	_, state := p.State()
	_, read := p.ReadAt(Aligned(unit, 0), 0)
	_, wrote := p.WriteAt(Aligned(unit, 0), 0)
	for what, err := range map[string]error{"State": state, "ReadAt": read, "WriteAt": wrote, "Sync": p.Sync(), "DropCache": p.DropCache()} {
		if err == nil {
			t.Errorf("%s works after Close", what)
		}
	}
}
