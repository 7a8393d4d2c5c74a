package contents_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/diskfs/go-diskfs"
	"github.com/diskfs/go-diskfs/disk"
	"github.com/diskfs/go-diskfs/filesystem"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
	"github.com/diskfs/go-diskfs/filesystem/squashfs"

	"rasure/devices/contents"
)

// TestRead_FileSystems: kind, label and names are read.
func TestRead_FileSystems(t *testing.T) {
	t.Parallel()
	dir := folder(t, "Akten/", "geheim.txt", "A long name, with 秘密.docx")
	all := []string{"A long name, with 秘密.docx", "Akten/", "geheim.txt", "lost+found/"}
	for _, c := range []struct {
		name, label string
		image       func() []byte
		entries     []string
	}{
		{"ext4", "archive", func() []byte { return image(t, 8<<20, "mkfs.ext4", "-q", "-F", "-L", "archive", "-d", dir, "IMG") }, all},
		{"ext4", "", func() []byte {
			return image(t, 8<<20, "mkfs.ext4", "-q", "-F", "-O", "^64bit,^metadata_csum", "-b", "4096", "-d", dir, "IMG")
		}, all},
		{"ext3", "", func() []byte { return image(t, 8<<20, "mkfs.ext3", "-q", "-F", "-d", dir, "IMG") }, all},
		{"ext2", "", func() []byte {
			img := image(t, 4<<20, "mkfs.ext2", "-q", "-F", "-O", "none", "-I", "128", "-d", dir, "IMG")
			clear(img[1024+76 : 1024+80]) // s_rev_level: mkfs.ext2 of Debian trixie makes no revision 0 any more
			return img
		},
			[]string{"A long name, with 秘密.docx", "Akten", "geheim.txt", "lost+found"}}, // revision 0 does not tell directories
		{"ext4", "", func() []byte {
			return image(t, 8<<20, "mkfs.ext4", "-q", "-F", "-O", "inline_data", "-I", "256", "IMG")
		}, []string{"lost+found/"}},
		{"fat12", "FLOPPY", func() []byte { return image(t, 1440<<10, "mkfs.vfat", "-n", "FLOPPY", "IMG") }, nil},
		{"fat16", "STICK", func() []byte { return image(t, 16<<20, "mkfs.vfat", "-F", "16", "-n", "STICK", "IMG") }, nil},
		{"fat32", "", func() []byte { return image(t, 40<<20, "mkfs.vfat", "-F", "32", "-s", "1", "IMG") }, nil},
		{"fat32", "BLOCKS4K", func() []byte {
			return image(t, 272<<20, "mkfs.vfat", "-F", "32", "-S", "4096", "-s", "1", "-n", "BLOCKS4K", "IMG")
		}, nil},
	} {
		s := read(t, c.image(), 512)
		w := s.Whole
		if w == nil {
			t.Errorf("%s: Read = %+v, want a file system on the whole disk", c.name, s)
			continue
		}
		if w.FileSystem != c.name || w.Label != c.label || !w.Listed || !slices.Equal(w.Entries, c.entries) || len(s.Notes) > 0 || s.Table != contents.None {
			t.Errorf("%s: Read = %+v %+v, want label %q and %q", c.name, s, *w, c.label, c.entries)
		}
		if len(w.UUID) < 9 {
			t.Errorf("%s: UUID = %q", c.name, w.UUID)
		}
	}
}

// written is a FAT32 volume with files in it, made by go-diskfs.
func written(t testing.TB, names ...string) []byte {
	path := filepath.Join(t.TempDir(), "img")
	d, err := diskfs.Create(path, 40<<20, 512)
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.CreateFilesystem(disk.FilesystemSpec{FSType: filesystem.TypeFat32, VolumeLabel: "MADE"})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, f, names)
	d.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fill(t testing.TB, f filesystem.FileSystem, names []string) {
	for _, n := range names {
		if strings.HasSuffix(n, "/") {
			if err := f.Mkdir(strings.TrimSuffix(n, "/")); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := f.OpenFile(n, os.O_CREATE|os.O_RDWR)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		w.Close()
	}
}

// TestFATNames: long names are shown.
func TestFATNames(t *testing.T) {
	t.Parallel()
	names := []string{"A very long name indeed.docx", "SHORT.TXT", "folder/", "秘密的文件.txt"}
	w := read(t, written(t, names...), 512).Whole
	if w == nil || w.Label != "MADE" || !w.Listed || !slices.Equal(w.Entries, names) {
		t.Errorf("Read = %+v, want %q", w, names)
	}
}

// TestFATNames_Orphan: a long name of another file is ignored.
func TestFATNames_Orphan(t *testing.T) {
	t.Parallel()
	b := written(t, "A very long name indeed.docx")
	at := bytes.Index(b, []byte("~1DOC")) - 6
	if at < 0 {
		t.Fatal("no short name")
	}
	copy(b[at:], "RENAMED ") // by a system that knows no long names
	if e := read(t, b, 512).Whole.Entries; len(e) != 1 || e[0] != "RENAMED.DOC" {
		t.Errorf("entries = %q", e)
	}
}

// TestRead_ManyNames: twelve names are shown and the rest counted.
func TestRead_ManyNames(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 700 {
		names = append(names, fmt.Sprintf("file with a rather long name %04d", i))
	}
	dir := folder(t, names...)
	for _, tool := range []string{"mkfs.ext4", "mkfs.ext3"} { // a hash tree over extents, and indirect blocks
		w := read(t, image(t, 16<<20, tool, "-q", "-F", "-b", "1024", "-d", dir, "IMG"), 512).Whole
		if !w.Listed || len(w.Entries) != 12 || w.Entries[11] != names[11] || w.More != 701-12 {
			t.Errorf("%s: Read = %+v, want 12 names and %d more", tool, w, 701-12)
		}
	}
	if w := read(t, written(t, names[:200]...), 512).Whole; !w.Listed || w.More != 188 {
		t.Errorf("fat32: Read = %+v, want 188 more", w)
	}
}

// TestRead_Library: go-diskfs reads ISO 9660 and squashfs.
func TestRead_Library(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "img")
	d, err := diskfs.Create(path, 4<<20, 512)
	if err != nil {
		t.Fatal(err)
	}
	d.LogicalBlocksize = 2048
	f, err := d.CreateFilesystem(disk.FilesystemSpec{FSType: filesystem.TypeISO9660})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, f, []string{"README.TXT", "BOOT/"})
	if err := f.(*iso9660.FileSystem).Finalize(iso9660.FinalizeOptions{VolumeIdentifier: "DISC"}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	b, _ := os.ReadFile(path)
	in := func(b []byte) []byte { // as partition 1 of an MBR
		m := make([]byte, 1<<20, 1<<20+len(b))
		m[446+4], m[510], m[511] = 0x83, 0x55, 0xaa
		binary.LittleEndian.PutUint32(m[446+8:], 2048)
		binary.LittleEndian.PutUint32(m[446+12:], uint32(len(b)/512))
		return append(m, b...)
	}
	want := []string{"BOOT/", "README.TXT"}
	if w := read(t, b, 512).Whole; w == nil || w.FileSystem != "iso9660" || w.Label != "DISC" || !slices.Equal(w.Entries, want) {
		t.Errorf("iso9660: Read = %+v", w)
	}
	if s := read(t, in(b), 512); len(s.Partitions) != 1 || !slices.Equal(s.Partitions[0].Entries, want) {
		t.Errorf("iso9660 in a partition: Read = %+v", s)
	}

	path = filepath.Join(t.TempDir(), "img")
	if d, err = diskfs.Create(path, 4<<20, 512); err != nil {
		t.Fatal(err)
	}
	d.LogicalBlocksize = 0
	if f, err = d.CreateFilesystem(disk.FilesystemSpec{FSType: filesystem.TypeSquashfs}); err != nil {
		t.Fatal(err)
	}
	fill(t, f, []string{"README.TXT", "BOOT/"})
	if err := f.(*squashfs.FileSystem).Finalize(squashfs.FinalizeOptions{}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	b, _ = os.ReadFile(path)
	if w := read(t, b, 512).Whole; w == nil || w.FileSystem != "squashfs" || !slices.Equal(w.Entries, want) {
		t.Errorf("squashfs: Read = %+v", w)
	}
}

// TestFATNames_Circle: a circle in a FAT ends.
func TestFATNames_Circle(t *testing.T) {
	t.Parallel()
	b := image(t, 40<<20, "mkfs.vfat", "-F", "32", "-s", "1", "IMG")
	fat := 512 * int(binary.LittleEndian.Uint16(b[14:]))
	binary.LittleEndian.PutUint32(b[fat+8:], 2) // the root directory's cluster follows itself
	at := fat + 2*512*int(binary.LittleEndian.Uint32(b[36:]))
	for i := range 16 {
		copy(b[at+32*i:], fmt.Sprintf("NAME%04d   \x20", i))
	}
	if w := read(t, b, 512).Whole; w == nil || len(w.Entries) != 12 || w.More > 1<<16 {
		t.Errorf("Read = %+v", w)
	}
}

// TestRead_HostileNames: hostile names are short, valid text.
func TestRead_HostileNames(t *testing.T) {
	t.Parallel()
	b := image(t, 40<<20, "mkfs.ext4", "-q", "-F", "IMG")
	copy(b[1024+0x78:], "\x1b]0;\xff\xfeowned\x00rest")
	w := read(t, b, 512).Whole
	if w.Label != "\x1b]0;owned" {
		t.Errorf("label = %q; invalid UTF-8 and what follows NUL go, escapes are the printer's business", w.Label)
	}
	long := strings.Repeat("秘", 80)
	w = read(t, image(t, 8<<20, "mkfs.ext4", "-q", "-F", "-d", folder(t, long[:240]), "IMG"), 512).Whole
	if len(w.Entries) != 2 || len(w.Entries[1]) > 80 || !strings.HasSuffix(w.Entries[1], "...") || !strings.HasPrefix(w.Entries[1], "秘秘") {
		t.Errorf("entries = %q", w.Entries)
	}
}

// broken fails to read a range.
type broken struct {
	*bytes.Reader
	from, to int64
}

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off < b.to && off+int64(len(p)) > b.from {
		return 0, fmt.Errorf("input/output error")
	}
	return b.Reader.ReadAt(p, off)
}

// TestRead_Unreadable: a disk that cannot be read is unknown, not empty.
func TestRead_Unreadable(t *testing.T) {
	t.Parallel()
	b := make([]byte, 4<<20)
	s, err := contents.Read(broken{bytes.NewReader(b), 0, math.MaxInt64}, int64(len(b)), 512)
	if err != nil || s.Table != contents.Unknown || !noted(s, "input/output error") || noted(s, "signature") {
		t.Errorf("Read = %+v, %v", s, err)
	}
	b = gptImage(t)
	s, err = contents.Read(broken{bytes.NewReader(b), 0, 4096}, int64(len(b)), 512)
	if err != nil || s.Table != contents.GPT || len(s.Partitions) != 2 || !noted(s, "input/output error") {
		t.Errorf("Read with a broken start = %+v, %v", s, err)
	}
}

// TestFATLabel reads labels in the root directory of a FAT12 image; the boot sector has FLOPPY.
func TestFATLabel(t *testing.T) {
	t.Parallel()
	const root = 19 * 512 // behind the boot sector and two FATs of 9 sectors
	img := image(t, 1440<<10, "mkfs.vfat", "-n", "FLOPPY", "IMG")
	for name, c := range map[string]struct {
		entry string // the first bytes of the label's entry
		want  string
	}{
		"as made":                        {"FLOPPY", "FLOPPY"},
		"renamed":                        {"DISK 7", "DISK 7"},
		"erased":                         {"\xe5LOPPY", ""},
		"first character is E5h":         {"\x05LOPPY", "_LOPPY"},
		"characters of a code page":      {"M\x9aLLER", "M_LLER"},
		"no entry, as by newfs_msdos -L": {"\x00", "FLOPPY"},
	} {
		b := slices.Clone(img)
		copy(b[root:], c.entry)
		if s := read(t, b, 512); s.Whole == nil || s.Whole.FileSystem != "fat12" || s.Whole.Label != c.want {
			t.Errorf("%s: %+v, want label %q", name, s.Whole, c.want)
		}
	}
}
