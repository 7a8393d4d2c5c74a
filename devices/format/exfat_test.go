package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/devices/format"
)

var exDisks = []struct {
	name  string
	size  int64
	block int
}{
	{"the smallest", 3 << 20, 512},
	{"4 MiB", 4<<20 + 512, 512},
	{"64 MiB", 64 << 20, 512},
	{"300 MiB, blocks of 4096", 300 << 20, 4096},
	{"32 GB", 32_010_928_128, 512},
	{"64 GiB", 64 * gib, 512},
	{"2 TB, blocks of 4096", 2_000_398_934_016, 4096},
	{"8 TB", 8_001_563_222_016, 512},
}

// sparse is a file that takes no space for zeros.
type sparse struct {
	*os.File
	full bool // it has other bytes than zeros
}

func (s sparse) WriteAt(p []byte, off int64) (int, error) {
	if !s.full && len(bytes.Trim(p, "\x00")) == 0 {
		return len(p), nil
	}
	return s.File.WriteAt(p, off)
}

func exMade() format.Options {
	return format.Options{FileSystem: format.ExFAT, Label: "机密 归档 7", Now: func() time.Time { return time.Date(2026, 11, 23, 17, 4, 42, 0, time.UTC) }}
}

// fsck.exfat, which is of other authors, finds nothing wrong, and the label. On a disk of 8 TB, too.
func TestExFAT_Fsck(t *testing.T) {
	t.Parallel()
	for _, d := range exDisks {
		t.Run(d.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "img")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Truncate(d.size); err != nil {
				t.Skipf("the file system here has no files of %d bytes: %v", d.size, err)
			}
			if d.size <= 64<<20 { // what an erasure leaves is not zeros
				if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(d.size)), 0); err != nil {
					t.Fatal(err)
				}
			}
			m := sparse{f, d.size <= 64<<20}
			if _, err := format.Write(m, d.size, d.block, exMade()); err != nil {
				t.Fatal(err)
			}
			b := int64(d.block)
			start, end := int64(1<<20), (d.size/b-16384/b-1)*b>>20<<20
			if d.size/b < 1<<32 { // go-diskfs takes no protective MBR of a larger disk
				if s, e := partition(t, f, d.size, d.block); s != start || e != end {
					t.Errorf("the partition is from %d to %d, want %d to %d", s, e, start, end)
				}
			}
			if os.Getuid() != 0 {
				t.Skip("loop devices need root")
			}
			part := attach(t, "--sector-size", fmt.Sprint(d.block), "--offset", fmt.Sprint(start), "--sizelimit", fmt.Sprint(end-start), path)
			out := tool(t, "fsck.exfat", "-n", "-v", part)
			if !strings.Contains(out, "clean") || strings.Contains(out, "ERROR") || strings.Contains(out, "corrupted") {
				t.Errorf("fsck.exfat: %s", out)
			}
			if out := tool(t, "env", "LC_ALL=C.UTF-8", "exfatlabel", part); !strings.Contains(out, "机密 归档 7") {
				t.Errorf("the label is %q", out)
			}
			mountEx(t, part)
		})
	}
}

// mountEx has the kernel use the file system, where it can.
func mountEx(t *testing.T, part string) {
	t.Helper()
	exec.Command("modprobe", "exfat").Run()
	known, err := os.ReadFile("/proc/filesystems")
	if err != nil || !strings.Contains(string(known), "\texfat\n") {
		t.Log("not mounted: this kernel has no exfat")
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount(part, dir, "exfat", 0, "iocharset=utf8"); err != nil {
		t.Fatalf("mounting: %v", err)
	}
	err = os.WriteFile(filepath.Join(dir, "谁清除了它.txt"), []byte(strings.Repeat("who erased this?", 1000)), 0o600)
	if e := syscall.Unmount(dir, 0); err != nil || e != nil {
		t.Fatal(err, e)
	}
	if out := tool(t, "fsck.exfat", "-n", part); !strings.Contains(out, "clean") || !strings.Contains(out, "files 1") {
		t.Errorf("after the kernel used it, fsck.exfat said:\n%s", out)
	}
}

// What is written is what the extents say, and Compare finds it, and each block of it that is changed.
func TestExFAT_Compare(t *testing.T) {
	t.Parallel()
	for _, d := range exDisks[:4] {
		m := newMedium(d.size, d.block)
		o := exMade()
		o.Random = strings.NewReader(strings.Repeat("0123456789abcdef", 4))
		written, err := format.Write(m, d.size, d.block, o)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := format.Extents(format.ExFAT, d.size, d.block); err != nil || fmt.Sprint(list) != fmt.Sprint(written) {
			t.Errorf("%s: extents %v, written %v, %v", d.name, list, written, err)
		}
		o.Random = strings.NewReader(strings.Repeat("0123456789abcdef", 4))
		id, err := o.Identifiers()
		if err != nil {
			t.Fatal(err)
		}
		if _, differs, err := format.Compare(m, d.size, d.block, id); err != nil || len(differs) != 0 {
			t.Errorf("%s: differs %v, %v", d.name, differs, err)
		}
		for _, e := range written {
			at := e.Offset + e.Length - int64(d.block)
			was := m.over[at/int64(d.block)]
			m.over[at/int64(d.block)] = []byte(strings.Repeat("x", d.block))
			if _, differs, err := format.Compare(m, d.size, d.block, id); err != nil || len(differs) != 1 || differs[0].Offset != at {
				t.Errorf("%s: changed at %d: differs %v, %v", d.name, at, differs, err)
			}
			m.over[at/int64(d.block)] = was
		}
	}
}

func TestExFAT_Refuses(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 512, 1 << 20, 2 << 20} {
		m := newMedium(size, 512)
		if _, err := format.Write(m, size, 512, exMade()); !errors.Is(err, format.ErrUnfit) || m.writes > 0 {
			t.Errorf("%d bytes: %v, %d writes", size, err, m.writes)
		}
	}
	if _, err := format.Extents(format.ExFAT, 1<<40, 1024); !errors.Is(err, format.ErrUnfit) {
		t.Errorf("blocks of 1024 bytes: %v", err)
	}
	if _, err := format.Extents("ntfs", 1<<30, 512); err == nil {
		t.Error("an unknown file system is planned")
	}
	for label, ok := range map[string]bool{"": true, "机密★2026-017": true, "机密★2026-0171": false, "机密★26-017号": true, "twelve chars": false, "a:b": false, " x": false, "\x1b[2J": false, "Fotos": true} {
		if err := format.ExFAT.CheckLabel(label); (err == nil) != ok {
			t.Errorf("label %q: %v", label, err)
		}
	}
}
