package pack

import (
	"reflect"
	"testing"
	"time"

	"rasure/cmd/message"
)

type sample struct {
	n      int64
	text   string
	again  string
	flag   bool
	at     time.Time
	sum    [32]byte
	list   []string
	none   []string
	empty  []string
	counts map[string]int64
	one    *int64
	a, b   *sample
	json   []int
}

func (s *sample) pack(c *Coder) {
	Int(c, &s.n)
	String(c, &s.text)
	String(c, &s.again)
	c.Bool(&s.flag)
	c.Time(&s.at)
	c.Sum(&s.sum)
	for _, list := range []*[]string{&s.list, &s.none, &s.empty} {
		Slice(c, list, func(t *string) { String(c, t) })
	}
	Map(c, &s.counts, func(k *string) { String(c, k) }, func(n *int64) { Int(c, n) })
	Pointer(c, &s.one, func(n *int64) { Int(c, n) })
	Shared(c, &s.a, func(t *sample) { t.pack(c) })
	Shared(c, &s.b, func(t *sample) { t.pack(c) })
	c.JSON(&s.json)
}

func TestCoder(t *testing.T) {
	one := int64(-1)
	inner := &sample{text: "inner", counts: map[string]int64{}}
	s := &sample{n: -1 << 60, text: "x", again: "x", flag: true, at: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), sum: [32]byte{31: 1}, list: []string{"x", ""},
		empty: []string{}, counts: map[string]int64{"b": 2, "a": 1}, one: &one, a: inner, b: inner, json: []int{1}}
	w := NewWriter()
	s.pack(w)
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	got := new(sample)
	r := NewReader(w.Bytes())
	got.pack(r)
	if r.Err() != nil || !reflect.DeepEqual(got, s) || got.a != got.b {
		t.Errorf("read %+v, %v", got, r.Err())
	}
	for n := range len(w.Bytes()) { // whatever is cut off or changed: an error or another value, no panic
		r := NewReader(w.Bytes()[:n])
		if new(sample).pack(r); r.Err() == nil {
			t.Errorf("%d bytes of %d are read without an error", n, len(w.Bytes()))
		}
		changed := append([]byte{}, w.Bytes()...)
		changed[n] ^= 0x55
		new(sample).pack(NewReader(changed))
	}
	r = NewReader(append(w.Bytes(), 0))
	if new(sample).pack(r); r.Err() == nil {
		t.Error("a byte too many is not noticed")
	}
}

// TestSentences writes sentences in a value that JSON keeps, and shows them in another language after they were read.
func TestSentences(t *testing.T) {
	type finding struct {
		Detail message.Text  `json:"detail"`
		More   *message.Text `json:"more,omitempty"`
	}
	type all struct {
		List []finding `json:"list"`
		At   time.Time `json:"at"`
		None *finding  `json:"none,omitempty"`
	}
	more := message.Of("%d days", 3)
	in := all{List: []finding{{Detail: message.Of("%s is missing", "a%b")}, {Detail: message.Of("%d days", int64(2)), More: &more}}, At: time.Unix(1, 0).UTC()}
	w := NewWriter()
	w.JSON(&in)
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	var out all
	r := NewReader(w.Bytes())
	r.JSON(&out)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	more.Args[0] = int64(3)
	if !reflect.DeepEqual(in, out) {
		t.Errorf("got %+v, want %+v", out, in)
	}
}
