// Package pack writes and reads compact binary state. One function for each type names its fields in order and serves both ways, so that
// writing and reading cannot differ. Equal values have equal bytes.
//
// It trusts what it reads to be what it wrote: the caller checks a signature first. Bytes that are cut short are an error, never a panic.
package pack

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"
)

// Coder writes or reads. Its methods do nothing after an error.
type Coder struct {
	reading bool
	b       []byte // written, or still to be read
	err     error
	index   map[string]uint64 // of strings that were written
	texts   []string          // that were read
	shared  map[any]uint64    // of pointers that were written
	values  []any             // pointers that were read
}

var errShort = errors.New("the state is cut short")

// NewWriter returns a Coder that writes.
func NewWriter() *Coder { return &Coder{index: map[string]uint64{}, shared: map[any]uint64{}} }

// NewReader returns a Coder that reads what a writer wrote.
func NewReader(b []byte) *Coder { return &Coder{reading: true, b: b} }

// Bytes returns what was written.
func (c *Coder) Bytes() []byte { return c.b }

// Err returns the first error; of a reader also one if something is left to be read.
func (c *Coder) Err() error {
	if c.err == nil && c.reading && len(c.b) > 0 {
		return errors.New("the state has more bytes than expected")
	}
	return c.err
}

// Fail ends the coding with an error.
func (c *Coder) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Int codes an integer of any size.
func Int[N ~int | ~int64](c *Coder, p *N) {
	if !c.reading {
		c.b = binary.AppendVarint(c.b, int64(*p))
		return
	}
	v, n := binary.Varint(c.b)
	if n <= 0 || c.err != nil {
		c.Fail(errShort)
		return
	}
	c.b, *p = c.b[n:], N(v)
}

// Bool codes a bool.
func (c *Coder) Bool(p *bool) {
	v := int64(0)
	if *p {
		v = 1
	}
	Int(c, &v)
	*p = v == 1
}

// raw codes n bytes.
func (c *Coder) raw(p []byte) {
	switch {
	case !c.reading:
		c.b = append(c.b, p...)
	case len(c.b) < len(p) || c.err != nil:
		c.Fail(errShort)
	default:
		copy(p, c.b)
		c.b = c.b[len(p):]
	}
}

// Sum codes a SHA-256.
func (c *Coder) Sum(p *[32]byte) { c.raw(p[:]) }

// Bytes codes bytes. Like a string they keep no difference between nil and empty.
func (c *Coder) blob(p []byte) []byte {
	n := int64(len(p))
	Int(c, &n)
	if c.reading {
		if n < 0 || n > int64(len(c.b)) || c.err != nil {
			c.Fail(errShort)
			return nil
		}
		p = make([]byte, n)
	}
	c.raw(p)
	return p
}

// String codes a string. One that occurs again takes a byte or three.
func String[S ~string](c *Coder, p *S) {
	if !c.reading {
		at, ok := c.index[string(*p)]
		if !ok {
			at = uint64(len(c.index))
			c.index[string(*p)] = at
		}
		n := int64(at)
		Int(c, &n)
		if !ok {
			c.blob([]byte(*p))
		}
		return
	}
	at := int64(0)
	Int(c, &at)
	if at == int64(len(c.texts)) {
		c.texts = append(c.texts, string(c.blob(nil)))
	}
	if at < 0 || at >= int64(len(c.texts)) || c.err != nil {
		c.Fail(errShort)
		return
	}
	*p = S(c.texts[at])
}

// Time codes a time, which is read as UTC.
func (c *Coder) Time(p *time.Time) {
	seconds, nanos := p.Unix(), int64(p.Nanosecond())
	Int(c, &seconds)
	Int(c, &nanos)
	if c.reading {
		*p = time.Unix(seconds, nanos).UTC()
	}
}

// JSON codes a value that encoding/json reads as it wrote it, and the arguments of the sentences in it, of which JSON keeps only the English. It is for
// what is rare.
func (c *Coder) JSON(p any) {
	var text []byte
	if !c.reading {
		var err error
		if text, err = json.Marshal(p); err != nil {
			c.Fail(err)
		}
	}
	if text = c.blob(text); c.reading && c.err == nil {
		if err := json.Unmarshal(text, p); err != nil {
			c.Fail(err)
		}
	}
	c.sentences(reflect.ValueOf(p))
}

// Slice codes a slice; nil stays nil.
func Slice[T any](c *Coder, p *[]T, each func(*T)) {
	n := int64(len(*p)) + 1
	if *p == nil {
		n = 0
	}
	Int(c, &n)
	if c.reading {
		if n < 0 || n > int64(len(c.b))+1 || c.err != nil { // an element has a byte at least
			c.Fail(errShort)
			return
		}
		if *p = nil; n > 0 {
			*p = make([]T, n-1)
		}
	}
	for i := range *p {
		if c.err != nil {
			return
		}
		each(&(*p)[i])
	}
}

// Map codes a map in the order of its keys.
func Map[K cmp.Ordered, V any](c *Coder, p *map[K]V, key func(*K), value func(*V)) {
	n := int64(len(*p))
	Int(c, &n)
	if c.reading {
		if n < 0 || n > int64(len(c.b)) || c.err != nil { // a key has a byte at least
			c.Fail(errShort)
			return
		}
		*p = make(map[K]V, n)
		for ; n > 0 && c.err == nil; n-- {
			var k K
			var v V
			key(&k)
			value(&v)
			(*p)[k] = v
		}
		return
	}
	keys := make([]K, 0, n)
	for k := range *p {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		v := (*p)[k]
		key(&k)
		value(&v)
	}
}

// Pointer codes a pointer to a value that nothing else points to; nil stays nil.
func Pointer[T any](c *Coder, p **T, value func(*T)) {
	there := *p != nil
	if c.Bool(&there); !there {
		return
	}
	if c.reading {
		*p = new(T)
	}
	value(*p)
}

// Shared codes a pointer to a value that others point to as well: they point to the same value afterwards.
func Shared[T any](c *Coder, p **T, value func(*T)) {
	if !c.reading {
		if *p == nil {
			n := int64(-1)
			Int(c, &n)
			return
		}
		at, ok := c.shared[*p]
		if !ok {
			at = uint64(len(c.shared))
			c.shared[*p] = at
		}
		n := int64(at)
		if Int(c, &n); !ok {
			value(*p)
		}
		return
	}
	n := int64(0)
	if Int(c, &n); n == -1 {
		*p = nil
		return
	}
	if n == int64(len(c.values)) && c.err == nil {
		v := new(T)
		c.values = append(c.values, v)
		value(v)
	}
	if n < 0 || n >= int64(len(c.values)) || c.err != nil {
		c.Fail(errShort)
		return
	}
	v, ok := c.values[n].(*T)
	if !ok {
		c.Fail(errors.New("the state mixes two types"))
		return
	}
	*p = v
}
