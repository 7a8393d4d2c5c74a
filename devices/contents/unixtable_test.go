package contents_test

import (
	"slices"
	"testing"

	"rasure/devices/contents"
)

// TestUnixTables reads tables that sfdisk 2.38 made, and none whose checksum is wrong.
func TestUnixTables(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]contents.Volume{
		"sun": {{Index: 1, Size: 40960 * 512, Type: "Linux file system"}, {Index: 2, Start: 48195 * 512, Size: 40960 * 512, Type: "Linux file system"}},
		"sgi": {{Index: 1, Size: 40959 * 512, Type: "SGI XFS"}, {Index: 2, Size: 40959 * 512, Type: "SGI XFS"}},
	} {
		b := captured(t, name)
		s, err := contents.Read(sized(b), 64<<20, 512)
		if err != nil || s.Table != name || len(s.Partitions) != len(want) {
			t.Errorf("%s: Read = %+v, %v", name, s, err)
			continue
		}
		for i, w := range want {
			w.Entries = []string{}
			if got := s.Partitions[i]; got.Index != w.Index || got.Start != w.Start || got.Size != w.Size || got.Type != w.Type {
				t.Errorf("%s: partition %+v, want %+v", name, got, w)
			}
		}
		bad := slices.Clone(b)
		bad[300] ^= 1
		if s, _ := contents.Read(sized(bad), 64<<20, 512); s.Table == name {
			t.Errorf("%s with a wrong checksum: %+v", name, s)
		}
	}
}

// bsdDisk has a BSD label in its second sector.
func bsdDisk(at int) []byte {
	b := make([]byte, 4<<20)
	l := b[at+512:]
	le.PutUint32(l, 0x82564557)
	le.PutUint32(l[40:], 512)
	le.PutUint32(l[132:], 0x82564557)
	le.PutUint16(l[138:], 3)
	for i, p := range [][3]uint32{{2000, 16, 7}, {1000, 2016, 1}, {8192, 0, 0}} {
		le.PutUint32(l[148+16*i:], p[0])
		le.PutUint32(l[148+16*i+4:], p[1])
		l[148+16*i+12] = byte(p[2])
	}
	sum := uint16(0)
	for i := 0; i < 148+16*3; i += 2 {
		sum ^= le.Uint16(l[i:])
	}
	le.PutUint16(l[136:], sum)
	return b
}

// TestBSD reads a label that is the only table, and names a slice of an MBR that has one.
func TestBSD(t *testing.T) {
	t.Parallel()
	b := bsdDisk(0)
	s := read(t, b, 512)
	if s.Table != contents.BSD || len(s.Partitions) != 2 || s.Partitions[0].Start != 16*512 || s.Partitions[0].Type != "BSD UFS" || s.Partitions[1].Type != "BSD swap" {
		t.Errorf("Read = %+v", s)
	}
	b[512+150] ^= 1
	if s := read(t, b, 512); s.Table == contents.BSD {
		t.Errorf("with a wrong checksum: %+v", s)
	}
	b = bsdDisk(63 * 512)
	b[446+4], b[446+8], b[510], b[511] = 0xa5, 63, 0x55, 0xaa
	le.PutUint32(b[446+12:], 4000)
	if s := read(t, b, 512); s.Table != contents.MBR || len(s.Partitions) != 1 || s.Partitions[0].FileSystem != "bsd label" {
		t.Errorf("slice: %+v", s)
	}
}

// TestAtari reads a root sector; it has no magic, so that one wrong partition makes it none.
func TestAtari(t *testing.T) {
	t.Parallel()
	b := make([]byte, 4<<20)
	for i, id := range []string{"GEM", "BGM"} {
		p := b[454+12*i:]
		p[0] = 1
		copy(p[1:], id)
		be.PutUint32(p[4:], uint32(2+1000*i))
		be.PutUint32(p[8:], 1000)
	}
	if s := read(t, b, 512); s.Table != contents.Atari || len(s.Partitions) != 2 || s.Partitions[1].Type != "Atari BGM" || s.Partitions[1].Start != 1002*512 {
		t.Errorf("Read = %+v", s)
	}
	for _, at := range []int{454 + 1, 454 + 4, 454 + 12 + 8} {
		bad := slices.Clone(b)
		bad[at] = 0xff
		if s := read(t, bad, 512); s.Table == contents.Atari {
			t.Errorf("byte %d wrong: %+v", at, s)
		}
	}
}
