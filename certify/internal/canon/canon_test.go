package canon

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]*sample{fullText: full(), leastText: least()} {
		text, err := Write(sampleKind, v)
		if err != nil || text != want {
			t.Errorf("wrote\n%s, %v, not\n%s", text, err, want)
		}
		got := new(sample)
		if err := Read(sampleKind, want, got); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("read %+v, %v, not %+v", got, err, v)
		}
	}
}

// An empty list is written as nil is.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	s := least()
	s.Levels, s.Few, s.Line, s.Short, s.Hashes = []level{}, []string{}, []int64{}, Bytes{}, []Hash{}
	if text, err := Write(sampleKind, s); err != nil || text != leastText {
		t.Errorf("wrote\n%s, %v", text, err)
	}
}

func TestParseHash(t *testing.T) {
	t.Parallel()
	const digits = "ab00000000000000000000000000000000000000000000000000000000000001"
	if h, ok := ParseHash(digits); !ok || h != (Hash{0xab, 31: 1}) || h.String() != digits || h.IsZero() || !(Hash{}).IsZero() {
		t.Errorf("parsed %v, %v", h, ok)
	}
	for _, s := range []string{"", digits[1:], digits + "0", "A" + digits[1:], "g" + digits[1:], " " + digits[1:]} {
		if _, ok := ParseHash(s); ok {
			t.Errorf("%q is a hash", s)
		}
	}
}

// A value that is refused when it is written is refused when it is read: the reader writes again. So this is the test of the rules of values,
// and [TestOtherSpellings] that of the form.
func TestRefusedValues(t *testing.T) {
	t.Parallel()
	at := func(t time.Time) func(*sample) { return func(s *sample) { s.At = t } }
	for name, change := range map[string]func(*sample){
		"empty string":              func(s *sample) { s.Name = "" },
		"1001 bytes":                func(s *sample) { s.Name = strings.Repeat("x", 1001) },
		"string not UTF-8":          func(s *sample) { s.Name = "a\xff" },
		"surrogate in UTF-8":        func(s *sample) { s.Name = "\xed\xa0\x80" },
		"newline":                   func(s *sample) { s.Name = "a\nb" },
		"zero width space":          func(s *sample) { s.Name = "a\u200bb" },
		"word that is not known":    func(s *sample) { s.Word = "Full" },
		"no word":                   func(s *sample) { s.Word = "" },
		"integer below":             func(s *sample) { s.Number = -841 },
		"integer above":             func(s *sample) { s.Number = 841 },
		"2^53":                      func(s *sample) { s.Big = 1 << 53 },
		"below zero":                func(s *sample) { s.Big = -1 },
		"time of another zone":      at(time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))),
		"time with a fraction":      at(time.Date(2026, 1, 1, 0, 0, 0, 1, time.UTC)),
		"year 1999":                 at(time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)),
		"year 10000":                at(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		"no time":                   at(time.Time{}),
		"day of 1999":               func(s *sample) { s.Day = "1999-12-31" },
		"day that is none":          func(s *sample) { s.Day = "2100-02-29" },
		"list of three":             func(s *sample) { s.Few = []string{"a", "b", "c"} },
		"line of two":               func(s *sample) { s.Line = []int64{1, 2} },
		"line of five":              func(s *sample) { s.Line = []int64{1, 2, 3, 4, 5} },
		"line with a negative":      func(s *sample) { s.Line = []int64{1, 2, -3} },
		"string of five bytes":      func(s *sample) { s.Few = []string{"abcde"} },
		"empty string in a list":    func(s *sample) { s.Few = []string{""} },
		"five bytes":                func(s *sample) { s.Short = Bytes("12345") },
		"501 objects":               func(s *sample) { s.Levels = make([]level, 501) },
		"object inside is not good": func(s *sample) { s.Level.Text = "" },
	} {
		s := full()
		change(s)
		if text, err := Write(sampleKind, s); err == nil {
			t.Errorf("%s is written:\n%s", name, text)
		}
	}
	if text, err := Write(sampleKind, new(struct {
		N int64 `canon:"n,optional"`
	})); err == nil {
		t.Errorf("an empty object is written: %s", text)
	}
	if text, err := Write(sampleKind, new(struct {
		B Bytes `canon:"b"`
	})); err == nil {
		t.Errorf("empty bytes are written: %s", text)
	}
}

// long is a text of exactly n bytes.
func long(n int) *struct {
	Name []string `canon:"name"`
} {
	v := &struct {
		Name []string `canon:"name"`
	}{}
	n -= len(sampleKind + "\n{\n  \"name\": [\n  ]\n}\n")
	for element := len("    \"\",\n"); n > 0; {
		size := min(n-element, 1000)
		if rest := n - element - size; rest > 0 && rest <= element {
			size -= 2 * element
		}
		v.Name = append(v.Name, strings.Repeat("x", size))
		n -= element + size
	}
	last := &v.Name[len(v.Name)-1]
	*last += "x" // which has no comma
	return v
}

func TestLongestText(t *testing.T) {
	t.Parallel()
	text, err := Write(sampleKind, long(MaxText))
	if err != nil || len(text) != MaxText {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	if err := Read(sampleKind, text, &struct {
		Name []string `canon:"name"`
	}{}); err != nil {
		t.Error(err)
	}
	if _, err := Write(sampleKind, long(MaxText+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("a byte more: %v", err)
	}
	if err := Read(sampleKind, text+" ", new(sample)); !errors.Is(err, ErrTooLong) {
		t.Errorf("reading a byte more: %v", err)
	}
}

// What a programmer may not write in a type.
func TestTypes(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]any{
		"no tag": new(struct{ A string }),
		"float": new(struct {
			A float64 `canon:"a"`
		}),
		"pointer that is required": new(struct {
			A *int64 `canon:"a"`
		}),
		"optional object that is no pointer": new(struct {
			A level `canon:"a,optional"`
		}),
		"list of lists": new(struct {
			A [][]string `canon:"a"`
		}),
		"list of bool": new(struct {
			A []bool `canon:"a"`
		}),
		"another option": new(struct {
			A string `canon:"a,omitempty"`
		}),
		"range": new(struct {
			A int64 `canon:"a" range:"3"`
		}),
		"max": new(struct {
			A string `canon:"a" max:"x"`
		}),
		"hidden": new(struct {
			a string `canon:"a"`
		}),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the type is taken", name)
				}
			}()
			_, _ = Write(sampleKind, v)
		}()
	}
}

// Whatever is read is written again byte for byte, and nothing panics.
func FuzzRead(f *testing.F) {
	f.Add(fullText)
	f.Add(leastText)
	for _, s := range spellings {
		f.Add(strings.Replace(fullText, s.old, s.new, 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := new(sample)
		if Read(sampleKind, text, v) != nil {
			return
		}
		if again, err := Write(sampleKind, v); err != nil || again != text {
			t.Errorf("%q is read, and written as %q, %v", text, again, err)
		}
	})
}
