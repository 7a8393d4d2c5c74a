package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diskfs/go-diskfs/partition/gpt"

	"rasure/devices/format"
)

// table says what a system that obeys UEFI 2.10, 5.2.3 finds: "" without a protective MBR, or the GUID of a GPT of which
// one copy is whole.
func table(t *testing.T, m *medium) string {
	t.Helper()
	b := make([]byte, m.block)
	if m.blockAt(b, 0); b[510] != 0x55 || b[511] != 0xaa || b[446+4] != 0xee {
		return ""
	}
	g, err := gpt.Read(newDiskfs(m), int(m.block), int(m.block))
	if err != nil {
		t.Errorf("there is a protective MBR, but no whole GPT: %v", err)
		return "broken"
	}
	return g.GUID
}

// covered reports whether every change is inside the extents.
func covered(m *medium, written []format.Extent) error {
	for _, c := range m.changed() {
		if !slices.ContainsFunc(written, func(e format.Extent) bool {
			return e.Offset <= c.Offset && c.Offset+c.Length <= e.Offset+e.Length
		}) {
			return fmt.Errorf("%v changed, but the extents are %v", c, written)
		}
	}
	return nil
}

// Every write fails once, having changed nothing, one block, or all it should; on an erased disk, and on one that has an
// older table.
func TestFAT32_Interrupted(t *testing.T) {
	t.Parallel()
	for _, block := range []int{512, 4096} {
		for _, used := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d used %v", block, used), func(t *testing.T) {
				t.Parallel()
				seen := map[string]int{}
				for n, failed := 1, true; failed; n++ {
					for _, torn := range []int64{0, 1, 1 << 20} {
						m := newMedium(300*mib, block)
						old := ""
						if used {
							if _, err := format.FAT32(m, m.size, block, made()); err != nil {
								t.Fatal(err)
							}
							old = table(t, m)
						}
						m.writes, m.failAt, m.torn = 0, n, torn
						written, err := format.FAT32(m, m.size, block, made())
						if failed = errors.Is(err, errBroken); !failed && err != nil {
							t.Fatal(err)
						}
						if !used {
							if err := covered(m, written); err != nil {
								t.Errorf("write %d, torn after %d: %v", n, torn, err)
							}
						}
						switch got := table(t, m); {
						case !failed && (got == "" || got == old):
							t.Errorf("nothing failed, but the table is %q", got)
						case got == "":
							seen["none"]++
						case got == old && n > 1:
							t.Errorf("write %d, torn after %d: the old table is still there", n, torn)
						case got == old:
							seen["old"]++
						case failed && torn == 0:
							t.Errorf("write %d failed, but there is a new table", n)
						default:
							seen["new"]++
						}
					}
				}
				if seen["none"] < 10 || seen["new"] != 5 || used && seen["old"] != 1 {
					t.Errorf("seen %v", seen)
				}
			})
		}
	}
}

// A medium that takes every write and does not keep it as it was must not pass, and gets no table where that can be
// noticed before.
func TestFAT32_LyingMedium(t *testing.T) {
	t.Parallel()
	const size, block = 300 * mib, 512
	fat, root, tail := int64(2*mib/block-100), int64(2*mib/block), int64(size/block-33)
	for name, lie := range map[string]func(*medium){
		"keeps nothing":            func(m *medium) { m.lose = func(int64) bool { return true } },
		"loses a block of a FAT":   func(m *medium) { m.lose = func(n int64) bool { return n == fat } },
		"loses the backup header":  func(m *medium) { m.lose = func(n int64) bool { return n == size/block-1 } },
		"one bit of the root":      func(m *medium) { m.flip = root },
		"two addresses, one place": func(m *medium) { m.wraps = tail * block },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMedium(size, block)
			lie(m)
			written, err := format.FAT32(m, size, block, made())
			if err == nil || !strings.Contains(err.Error(), "returns other data than was written") {
				t.Fatalf("err = %v", err)
			}
			if len(written) == 0 {
				t.Error("no extents, but there were writes")
			}
			if got := table(t, m); got != "" {
				t.Errorf("table %s on a medium that cannot keep it", got)
			}
		})
	}
	m := newMedium(size, block)
	m.lose = func(n int64) bool { return n == 0 && m.writes > 1 }
	if _, err := format.FAT32(m, size, block, made()); err == nil {
		t.Error("the protective MBR is lost, and nobody noticed")
	}
}

// TestFAT32_Flush: every step is flushed and read from the medium.
func TestFAT32_Flush(t *testing.T) {
	t.Parallel()
	m, _ := run(t, 300*mib, 512)
	if got := strings.Join(slices.Compact(m.events), " "); got != "write sync drop read write sync drop read" {
		t.Errorf("events: %s", got)
	}
	for name, m := range map[string]*faulty{"flush": {medium: newMedium(64*mib, 512), sync: errBroken}, "drop": {medium: newMedium(64*mib, 512), drop: errBroken}} {
		if written, err := format.FAT32(m, m.size, 512, made()); !errors.Is(err, errBroken) || len(written) == 0 {
			t.Errorf("%s fails: %d extents, %v", name, len(written), err)
		}
		if got := table(t, m.medium); got != "" {
			t.Errorf("%s fails: table %s", name, got)
		}
	}
}

type faulty struct {
	*medium
	sync, drop error
}

func (f *faulty) Sync() error      { return f.sync }
func (f *faulty) DropCache() error { return f.drop }

// TestFAT32_Unfit: a disk that cannot have FAT32 is refused and not written.
func TestFAT32_Unfit(t *testing.T) {
	t.Parallel()
	for _, d := range []struct {
		size  int64
		block int
		want  string
	}{
		{35*mib + 32*512, 512, "too few, FAT32 needs about 36 MiB in blocks of 512 bytes"},
		{0, 512, "too few"},
		{-1 << 40, 512, "too few"},
		{2*mib - 1, 512, "too few"},
		{64 * mib, 4096, "too few, FAT32 needs about 260 MiB in blocks of 4096 bytes"},
		{259*mib + 4*4096, 4096, "too few"},
		{2<<40 + 2*mib + 512*34, 512, "too many, the limit is 2 TiB"},
		{1 << 62, 512, "too many"},
		{8<<40 + 512*gib, 4096, "too many, the limit is 8 TiB"},
		{17 << 40, 4096, "too many"},
		{300 * mib, 520, "its blocks have 520 bytes, not 512 or 4096"},
		{300 * mib, 0, "its blocks have 0 bytes"},
	} {
		m := newMedium(d.size, max(d.block, 512))
		written, err := format.FAT32(m, d.size, d.block, made())
		if !errors.Is(err, format.ErrUnfit) || !strings.Contains(err.Error(), d.want) {
			t.Errorf("%d in %d: %v, want %q", d.size, d.block, err, d.want)
		}
		if len(written) != 0 || len(m.events) != 0 {
			t.Errorf("%d in %d: refused, but touched: %v %v", d.size, d.block, written, m.events)
		}
		if _, err := format.Extents(format.FAT, d.size, d.block); !errors.Is(err, format.ErrUnfit) {
			t.Errorf("Extents(%d, %d): %v", d.size, d.block, err)
		}
	}
}

func TestFAT32_Largest(t *testing.T) {
	t.Parallel()
	for _, d := range []struct {
		size  int64
		block int
	}{{2 << 40, 512}, {2<<40 + mib, 512}, {8 << 40, 4096}} {
		got, err := format.Extents(format.FAT, d.size, d.block)
		if err != nil {
			t.Errorf("%d in %d: %v", d.size, d.block, err)
			continue
		}
		if last := got[len(got)-1]; last.Offset+last.Length != d.size {
			t.Errorf("%d in %d: the last extent is %v", d.size, d.block, last)
		}
	}
}

// TestCheckLabel: a label that other systems would change is refused.
func TestCheckLabel(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"":             "",
		"A":            "",
		"STICK 7 (B)":  "",
		"TWELVE CHARS": "at most 11",
		"office":       `a FAT label cannot have 'o'`,
		"A.B":          "cannot have '.'",
		"机密":           "cannot have '机'",
		"A\x1b[31m":    `cannot have '\x1b'`,
		"\xe5BC":       "cannot have",
		" A":           "cannot begin or end",
		"A ":           "cannot begin or end",
		"NO NAME":      "no label",
	} {
		m := newMedium(64*mib, 512)
		written, err := format.FAT32(m, m.size, 512, format.Options{Label: label})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", label, err, want)
		}
		if want != "" && (len(written) != 0 || m.writes != 0) {
			t.Errorf("%q was refused, but the disk was touched", label)
		}
	}
}

// TestFAT32_Random: what identifies a file system comes from Options.Random.
func TestFAT32_Random(t *testing.T) {
	t.Parallel()
	lay := func(seed byte) *medium {
		m := newMedium(64*mib, 512)
		o := format.Options{Random: bytes.NewReader(bytes.Repeat([]byte{seed}, 36)), Now: func() time.Time { return time.Unix(0, 0) }}
		if _, err := format.FAT32(m, m.size, 512, o); err != nil {
			t.Fatal(err)
		}
		return m
	}
	one, again, other := lay(1), lay(1), lay(2)
	for n, b := range one.over {
		if !bytes.Equal(b, again.over[n]) {
			t.Errorf("block %d differs although the random bytes are the same", n)
		}
	}
	for _, n := range []int64{1, 2, 2048, 64*mib/512 - 1} { // header, entries, boot sector, backup header
		if bytes.Equal(one.over[n], other.over[n]) {
			t.Errorf("block %d is the same although the random bytes differ", n)
		}
	}
	if got, want := table(t, one), "01010101-0101-4101-8101-010101010101"; got != want {
		t.Errorf("GUID = %s, want %s", got, want)
	}
	m := newMedium(64*mib, 512)
	if _, err := format.FAT32(m, m.size, 512, format.Options{Random: strings.NewReader("short")}); err == nil || m.writes != 0 {
		t.Errorf("no randomness: %v after %d writes", err, m.writes)
	}
}

// Whatever the size, the extents lie in the disk, are whole blocks, and leave almost all of it alone.
func FuzzAnySizeIsRefusedOrFits(f *testing.F) {
	for _, d := range disks {
		f.Add(d.size, d.block == 4096)
	}
	f.Add(int64(2<<40), false)
	f.Add(int64(8<<40), true)
	f.Fuzz(func(t *testing.T, size int64, large bool) {
		block := int64(512)
		if large {
			block = 4096
		}
		all, err := format.Extents(format.FAT, size, int(block))
		if err != nil {
			if !errors.Is(err, format.ErrUnfit) {
				t.Error(err)
			}
			return
		}
		end, sum := int64(-1), int64(0)
		for _, e := range all {
			if e.Offset <= end || e.Length <= 0 || e.Offset%block != 0 || e.Length%block != 0 {
				t.Errorf("extent %v after %d", e, end)
			}
			end, sum = e.Offset+e.Length, sum+e.Length
		}
		if end != size/block*block || sum > size/50 {
			t.Errorf("%d bytes in %d: %d bytes up to %d", size, block, sum, end)
		}
	})
}
