package contents_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/diskfs/go-diskfs"
	"github.com/diskfs/go-diskfs/partition/gpt"

	"rasure/devices/contents"
)

// gptImage is a disk of 8 MiB in blocks of 512 with two partitions, made by sgdisk.
func gptImage(t testing.TB) []byte {
	return image(t, 8<<20, "sgdisk", "-o", "-n", "1:2048:4095", "-t", "1:ef00", "-c", "1:boot",
		"-n", "3:4096:8191", "-c", "3:Büro", "IMG")
}

func TestGPT(t *testing.T) {
	t.Parallel()
	s := read(t, gptImage(t), 512)
	if s.Table != contents.GPT || len(s.Partitions) != 2 || len(s.Notes) != 0 {
		t.Fatalf("Read = %+v, want a GPT of two partitions without notes", s)
	}
	p, q := s.Partitions[0], s.Partitions[1]
	if p.Index != 1 || p.Start != 2048*512 || p.Size != 2048*512 || p.Type != "EFI system" || p.Name != "boot" {
		t.Errorf("partition 1 = %+v", p)
	}
	if q.Index != 3 || q.Start != 4096*512 || q.Size != 4096*512 || q.Type != "Linux file system" || q.Name != "Büro" {
		t.Errorf("partition 3 = %+v", q)
	}
}

// rewrite makes the GPT of b, with blocks of 512, say something else, with right checksums again.
func rewrite(b []byte, header int, change func(header, entries []byte)) {
	h := b[header*512:][:512]
	at := binary.LittleEndian.Uint64(h[72:]) * 512
	entries := b[at:][:128*128]
	change(h, entries)
	binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
	sign(h)
}

func sign(h []byte) {
	clear(h[16:20])
	binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
}

// TestGPT_Damaged: a damaged GPT is read and noted.
func TestGPT_Damaged(t *testing.T) {
	t.Parallel()
	good := gptImage(t)
	last := len(good)/512 - 1
	for _, c := range []struct {
		name   string
		damage func(b []byte)
		words  []string // of the note
	}{
		{"primary header gone", func(b []byte) { clear(b[512:1024]) }, []string{"only the backup GPT"}},
		{"first MiB gone", func(b []byte) { clear(b[:1<<20]) }, []string{"only the backup GPT"}},
		{"primary header flipped", func(b []byte) { b[512+60] ^= 1 }, []string{"primary GPT is damaged", "checksum of the header"}},
		{"primary entries flipped", func(b []byte) { b[1024+40] ^= 1 }, []string{"primary GPT is damaged", "checksum of the entries"}},
		{"backup in place of the primary", func(b []byte) { copy(b[512:1024], b[last*512:]) }, []string{"primary GPT is damaged", "is in block 1"}},
		{"backup gone", func(b []byte) { clear(b[last*512:]) }, []string{"backup GPT is missing"}},
		{"backup flipped", func(b []byte) { b[last*512+60] ^= 1 }, []string{"backup GPT is damaged"}},
		{"both flipped", func(b []byte) { b[512+60] ^= 1; b[last*512+60] ^= 1 }, []string{"the GPT is damaged"}},
		{"copies differ", func(b []byte) {
			rewrite(b, last, func(_, e []byte) { e[32]++ })
		}, []string{"two copies of the GPT differ"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := slices.Clone(good)
			c.damage(b)
			s := read(t, b, 512)
			if s.Table != contents.GPT || len(s.Partitions) != 2 || !noted(s, c.words...) {
				t.Errorf("Read = %+v, want a GPT of two partitions and a note with %q", s, c.words)
			}
		})
	}
}

// TestGPT_OtherBlocks: a GPT for another block size is found and noted.
func TestGPT_OtherBlocks(t *testing.T) {
	t.Parallel()
	s := read(t, gptImage(t), 4096)
	if s.Table != contents.GPT || len(s.Partitions) != 2 || s.Partitions[0].Start != 2048*512 || !noted(s, "blocks of 512 bytes") {
		t.Errorf("Read in blocks of 4096 = %+v", s)
	}
}

func TestGPT_4096(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "img")
	d, err := diskfs.Create(path, 8<<20, 4096)
	if err != nil {
		t.Fatal(err)
	}
	d.LogicalBlocksize, d.PhysicalBlocksize = 4096, 4096
	if err := d.Partition(&gpt.Table{LogicalSectorSize: 4096, PhysicalSectorSize: 4096, ProtectiveMBR: true,
		Partitions: []*gpt.Partition{{Index: 1, Start: 256, End: 511, Type: gpt.EFISystemPartition, Name: "boot"}}}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := read(t, b, 4096)
	if s.Table != contents.GPT || len(s.Partitions) != 1 || s.Partitions[0].Start != 1<<20 || s.Partitions[0].Size != 1<<20 || len(s.Notes) != 0 {
		t.Errorf("Read = %+v", s)
	}
}

// TestGPT_OtherSize: a GPT for another disk size is noted.
func TestGPT_OtherSize(t *testing.T) {
	t.Parallel()
	b := gptImage(t)
	if s := read(t, b[:3<<20], 512); !noted(s, "backup GPT is missing") || !noted(s, "partition 3", "ends beyond the end") {
		t.Errorf("Read of a copy that was cut off = %+v", s)
	}
	if s := read(t, append(b, make([]byte, 1<<20)...), 512); !noted(s, "not at the end of the disk") || len(s.Partitions) != 2 {
		t.Errorf("Read of a copy onto a larger disk = %+v", s)
	}
}

// TestGPT_Hostile: a hostile GPT is bounded.
func TestGPT_Hostile(t *testing.T) {
	t.Parallel()
	good := gptImage(t)
	entry := func(e []byte, first, last uint64) {
		e[0] = 1
		binary.LittleEndian.PutUint64(e[32:], first)
		binary.LittleEndian.PutUint64(e[40:], last)
	}
	for _, c := range []struct {
		name   string
		change func(header, entries []byte)
		words  []string
	}{
		{"beyond the end", func(_, e []byte) { entry(e, 1<<40, 1<<41) }, []string{"partition 1", "begins beyond"}},
		{"all there is", func(_, e []byte) { entry(e, 0, math.MaxUint64) }, []string{"partition 1", "ends beyond"}},
		{"backwards", func(_, e []byte) { entry(e, 4000, 3999) }, []string{"partition 1", "ends before it begins"}},
		{"far and large", func(_, e []byte) { entry(e, 1<<62, math.MaxUint64) }, []string{"partition 1", "begins beyond"}},
		{"overlapping", func(_, e []byte) { entry(e, 4000, 4100) }, []string{"partition 1", "overlaps partition 3"}},
		{"four billion entries", func(h, _ []byte) { binary.LittleEndian.PutUint32(h[80:], math.MaxUint32) }, []string{"4294967295 entries"}},
		{"entries of four GiB", func(h, _ []byte) { binary.LittleEndian.PutUint32(h[84:], math.MaxUint32) }, []string{"entries of 4294967295 bytes"}},
		{"entries of no size", func(h, _ []byte) { binary.LittleEndian.PutUint32(h[84:], 0) }, []string{"entries of 0 bytes"}},
		{"header of no size", func(h, _ []byte) { binary.LittleEndian.PutUint32(h[12:], 0) }, []string{"header has 0 bytes"}},
		{"header of four GiB", func(h, _ []byte) { binary.LittleEndian.PutUint32(h[12:], math.MaxUint32) }, []string{"header has 4294967295"}},
		{"entries nowhere", func(h, _ []byte) { binary.LittleEndian.PutUint64(h[72:], math.MaxUint64) }, []string{"entries cannot be read"}},
		{"many entries", func(_, e []byte) {
			for ; len(e) > 0; e = e[128:] {
				entry(e, 2048, 2049)
			}
		}, []string{"more notes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := slices.Clone(good)
			clear(b[len(b)-512:])
			rewrite(b, 1, c.change)
			s := read(t, b, 512)
			if s.Table != contents.GPT || !noted(s, c.words...) {
				t.Errorf("Read = %+v, want a note with %q", s, c.words)
			}
			for _, p := range s.Partitions {
				if p.Start < 0 || p.Size < 0 {
					t.Errorf("partition %+v has a negative place", p)
				}
			}
			if len(s.Partitions) > 128 || len(s.Notes) > 64 {
				t.Errorf("%d partitions, %d notes", len(s.Partitions), len(s.Notes))
			}
		})
	}
}

// TestGPT_ManyPartitions: ten thousand partitions are counted and cut.
func TestGPT_ManyPartitions(t *testing.T) {
	t.Parallel()
	b := make([]byte, 4<<20)
	h := b[512:1024]
	copy(h, "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
	binary.LittleEndian.PutUint64(h[24:], 1)
	binary.LittleEndian.PutUint64(h[72:], 2)
	binary.LittleEndian.PutUint32(h[80:], 10000)
	binary.LittleEndian.PutUint32(h[84:], 128)
	for i := range 10000 {
		e := b[1024+128*i:]
		e[0] = 1
		binary.LittleEndian.PutUint64(e[32:], 4000+uint64(i)/8)
		binary.LittleEndian.PutUint64(e[40:], 4000+uint64(i)/8)
	}
	binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(b[1024:][:1280000]))
	sign(h)
	if s := read(t, b, 512); len(s.Partitions) != 128 || !noted(s, "10000 partitions") {
		t.Errorf("%d partitions, notes %q", len(s.Partitions), s.Notes)
	}
}

// mbrImage has two primary partitions and an extended one with as many logical ones as given.
func mbrImage(logical int) []byte {
	b := make([]byte, 8<<20)
	put := func(sector, slot int, kind byte, start, size uint32) {
		e := b[sector*512+446+16*slot:]
		e[4] = kind
		binary.LittleEndian.PutUint32(e[8:], start)
		binary.LittleEndian.PutUint32(e[12:], size)
		copy(b[sector*512+510:], "\x55\xaa")
	}
	put(0, 0, 0x83, 64, 64)
	put(0, 1, 0x07, 128, 64)
	put(0, 3, 0x05, 256, 8192)
	for i := range logical {
		put(256+16*i, 0, 0x83, 1, 8)
		if i+1 < logical {
			put(256+16*i, 1, 0x05, uint32(16*(i+1)), 16)
		}
	}
	return b
}

// TestMBR: logical partitions are read too.
func TestMBR(t *testing.T) {
	t.Parallel()
	s := read(t, mbrImage(2), 512)
	var got []string
	for _, p := range s.Partitions {
		got = append(got, fmt.Sprint(p.Index, " ", p.Start/512, "+", p.Size/512, " ", p.Type))
	}
	want := []string{"1 64+64 Linux file system", "2 128+64 NTFS or exFAT", "4 256+8192 Extended", "5 257+8 Linux file system", "6 273+8 Linux file system"}
	if s.Table != contents.MBR || !slices.Equal(got, want) || len(s.Notes) != 0 {
		t.Errorf("Read = %s %q, notes %q, want %q", s.Table, got, s.Notes, want)
	}
	if s := read(t, mbrImage(2), 4096); s.Partitions[0].Start != 64*4096 {
		t.Errorf("an MBR counts in blocks of the disk: start = %d", s.Partitions[0].Start)
	}
}

// TestMBR_Chain: a chain of logical partitions ends.
func TestMBR_Chain(t *testing.T) {
	t.Parallel()
	circle := mbrImage(2)
	binary.LittleEndian.PutUint32(circle[(256+16)*512+446+16+8:], 0)
	circle[(256+16)*512+446+16+4], circle[(256+16)*512+446+16+12] = 0x05, 16
	if s := read(t, circle, 512); len(s.Partitions) != 5 || !noted(s, "chain", "broken") {
		t.Errorf("a circle: %d partitions, %q", len(s.Partitions), s.Notes)
	}
	if s := read(t, mbrImage(300), 512); len(s.Partitions) != 128 || !noted(s, "the first 128 are shown") {
		t.Errorf("300 logical partitions: %d partitions, %q", len(s.Partitions), s.Notes)
	}
}

// TestMBR_NoGPT: a protective MBR without its GPT is noted.
func TestMBR_NoGPT(t *testing.T) {
	t.Parallel()
	b := gptImage(t)
	clear(b[512:1024])
	clear(b[len(b)-512:])
	if s := read(t, b, 512); s.Table != contents.MBR || !noted(s, "for a GPT") {
		t.Errorf("Read = %+v", s)
	}
}

// TestRead_NoTable: no table and unknown data are different.
func TestRead_NoTable(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 4<<20)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	for _, c := range []struct {
		name  string
		image []byte
		want  string
		note  string
	}{
		{"zeros", make([]byte, 4<<20), contents.None, "zeros"},
		{"noise", noise, contents.Unknown, "without a known signature"},
		{"one sector", make([]byte, 512), contents.None, "zeros"},
		{"one byte at the end", append(make([]byte, 4<<20-1), 1), contents.Unknown, "without a known signature"},
	} {
		if s := read(t, c.image, 512); s.Table != c.want || !noted(s, c.note) || s.Partitions == nil || s.Whole != nil {
			t.Errorf("%s: Read = %+v, want %s", c.name, s, c.want)
		}
	}
	if _, err := contents.Read(bytes.NewReader(nil), 0, 512); err == nil {
		t.Error("Read of nothing succeeds")
	}
}
