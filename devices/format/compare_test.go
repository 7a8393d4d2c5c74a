package format_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"rasure/devices/format"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		size  int64
		block int
		label string
	}{{64 << 20, 512, "STICK7"}, {64 << 20, 512, ""}, {300 << 20, 4096, "X"}} {
		m := newMedium(c.size, c.block)
		o := func() format.Options {
			return format.Options{Label: c.label, Random: strings.NewReader(strings.Repeat("0123456789abcdef", 4)),
				Now: func() time.Time { return time.Date(2026, 5, 1, 12, 34, 56, 0, time.UTC) }}
		}
		written, err := format.FAT32(m, c.size, c.block, o())
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, e := range written {
			total += e.Length
		}
		stated, err := o().Identifiers()
		if err != nil {
			t.Fatal(err)
		}
		found, err := format.ReadIdentifiers(m, c.size, c.block, c.label)
		if err != nil {
			t.Fatal(err)
		}
		for name, id := range map[string]format.Identifiers{"stated": stated, "found": found} {
			if n, differs, err := format.Compare(m, c.size, c.block, id); err != nil || len(differs) > 0 || n != total {
				t.Errorf("%+v: identifiers %s: %d of %d bytes compared, differs %v, %v", c, name, n, total, differs, err)
			}
		}
		h, buf := sha256.New(), make([]byte, c.block)
		for _, e := range written {
			for at := e.Offset; at < e.Offset+e.Length; at += int64(c.block) {
				if _, err := m.ReadAt(buf, at); err != nil {
					t.Fatal(err)
				}
				h.Write(buf)
			}
		}
		if sum, err := format.Sum(c.size, c.block, stated); err != nil || !bytes.Equal(sum[:], h.Sum(nil)) {
			t.Errorf("%+v: the sum of what was written is another, %v", c, err)
		}
		other, _ := format.Options{Label: c.label}.Identifiers()
		if _, differs, err := format.Compare(m, c.size, c.block, other); err != nil || len(differs) < 3 {
			t.Errorf("%+v: other identifiers: differs %v, %v", c, differs, err)
		}
		// Every extent that was written is compared, from its first to its last block.
		for _, e := range written {
			for _, at := range []int64{e.Offset, e.Offset + e.Length - int64(c.block)} {
				number := at / int64(c.block)
				was, had := m.over[number]
				m.over[number] = []byte(strings.Repeat("x", c.block))
				if _, differs, err := format.Compare(m, c.size, c.block, stated); err != nil || len(differs) != 1 || differs[0].Offset != at {
					t.Errorf("%+v: changed at %d: differs %v, %v", c, at, differs, err)
				}
				if m.over[number] = was; !had {
					delete(m.over, number)
				}
			}
		}
	}
}
