package contents_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"unicode/utf8"

	"rasure/devices/contents"
)

// FuzzRead reads all that this package reads itself. What go-diskfs would open is only looked at from outside: there
// the child's limits are the defence.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"exfat", "ntfs", "lvm2", "swap", "xfs", "udf-label", "hfs", "minix", "sun", "sgi"} {
		f.Add(pack(captured(f, name)), false)
	}
	f.Add(pack(mbrImage(3)), false)
	f.Add(pack(bsdDisk(0)), false)
	f.Add(pack(hfsPlus("Macintosh HD")), false)
	f.Add(pack(builtImage("silicon-raid")), false)
	f.Add(pack(image(f, 128<<10, "mkfs.vfat", "IMG")), false)
	f.Add(pack(image(f, 40<<20, "mkfs.vfat", "-F", "32", "-s", "2", "-n", "LABEL", "IMG")[:1<<20]), false)
	f.Add(pack(image(f, 256<<10, "mkfs.ext4", "-q", "-F", "-O", "^has_journal", "IMG")), false)
	f.Add(pack(image(f, 256<<10, "mkfs.ext2", "-q", "-F", "IMG")), false)
	f.Add(pack(image(f, 256<<10, "sgdisk", "-o", "-n", "1:40:60", "-c", "1:x", "IMG")), true)
	f.Fuzz(func(t *testing.T, packed []byte, large bool) {
		b := unpack(packed)
		block, size := 512, int64(len(b)+512)
		if large {
			block = 4096
		}
		s := contents.Tables(sized(b), size, block)
		opened := s.Whole != nil && byLibrary(*s.Whole) || slices.ContainsFunc(s.Partitions, byLibrary)
		if !opened {
			var err error
			if s, err = contents.Read(sized(b), size, block); err != nil {
				t.Fatal(err)
			}
		}
		if noted(s, "runtime error") { // caught, but ours
			t.Errorf("notes %q", s.Notes)
		}
		if s.Partitions == nil || s.Notes == nil || len(s.Partitions) > 128 || len(s.Notes) > 64 {
			t.Errorf("%d partitions, %d notes", len(s.Partitions), len(s.Notes))
		}
		all := s.Partitions
		if s.Whole != nil {
			all = append(all, *s.Whole)
		}
		for _, v := range all {
			if v.Start < 0 || v.Size < 0 || v.More < 0 || v.Entries == nil || len(v.Entries) > 12 {
				t.Errorf("volume %+v", v)
			}
			for _, text := range append([]string{v.Label, v.Name, v.UUID, v.Type}, v.Entries...) {
				if len(text) > 81 || !utf8.ValidString(text) || bytes.IndexByte([]byte(text), 0) >= 0 {
					t.Errorf("text %q", text)
				}
			}
		}
	})
}

func byLibrary(v contents.Volume) bool {
	return v.FileSystem == "iso9660" || v.FileSystem == "squashfs"
}

// pack keeps the sectors that are not zero, each behind its number, so that a fuzzer has something to bite on.
func pack(b []byte) (packed []byte) {
	for i := 0; i+512 <= len(b) && i/512 < 1<<16; i += 512 {
		if sector := b[i : i+512]; !bytes.Equal(sector, make([]byte, 512)) {
			packed = binary.LittleEndian.AppendUint16(packed, uint16(i/512))
			packed = append(packed, sector...)
		}
	}
	return packed
}

func unpack(packed []byte) (b []byte) {
	for ; len(packed) > 2; packed = packed[min(len(packed), 514):] {
		at := 512 * int(binary.LittleEndian.Uint16(packed))
		if len(b) < at+512 {
			b = append(b, make([]byte, at+512-len(b))...)
		}
		copy(b[at:at+512], packed[2:])
	}
	return b
}
