package statement

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"rasure/cmd/message"
)

// part is a block that occurs in several kinds and has rules of its own. size is that of the log that the statement names: an entry that it refers
// to is before that.
type part interface{ checkPart(size int64) error }

var typePart = reflect.TypeFor[part]()

// hold is where the parts of a type are. It is made once for each type, so that a certificate is not searched again and again.
type hold struct {
	self   bool  // the value is a part
	fields []int // in which there are others
	each   bool  // it is a list, in whose elements there are others
}

var holds sync.Map // of reflect.Type to *hold

// holdOf returns nil if a value of the type has no parts.
func holdOf(t reflect.Type) *hold {
	if h, ok := holds.Load(t); ok {
		return h.(*hold)
	}
	h := &hold{}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		h.each = holdOf(t.Elem()) != nil
	case reflect.Struct:
		embedded := false // has the method: then that of t may be only this one
		for i := range t.NumField() {
			f := t.Field(i)
			if f.IsExported() && holdOf(f.Type) != nil {
				h.fields = append(h.fields, i)
			}
			embedded = embedded || f.Anonymous && reflect.PointerTo(f.Type).Implements(typePart)
		}
		h.self = reflect.PointerTo(t).Implements(typePart) && !embedded
	}
	if !h.self && !h.each && h.fields == nil {
		h = nil
	}
	holds.Store(t, h)
	return h
}

// checkParts checks all parts of a value, which v points to.
func checkParts(v any, size int64) error {
	return walkParts(reflect.ValueOf(v).Elem(), func(p part) error { return p.checkPart(size) })
}

// walkParts visits all parts of a value, and ends with the first error.
func walkParts(v reflect.Value, visit func(part) error) error {
	h := holdOf(v.Type())
	switch {
	case h == nil:
		return nil
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return walkParts(v.Elem(), visit)
	case h.each:
		for i := range v.Len() {
			if err := walkParts(v.Index(i), visit); err != nil {
				return err
			}
		}
	case h.self:
		if err := visit(v.Addr().Interface().(part)); err != nil {
			return err
		}
	}
	for _, i := range h.fields {
		if err := walkParts(v.Field(i), visit); err != nil {
			return err
		}
	}
	return nil
}

func (h *Head) checkPart(int64) error {
	if !h.complete() && !h.IsStart() {
		return message.New("the head of a log has first_sha256, size and root, or is that of a log without entries and has none of them")
	}
	return nil
}

func checkIndex(index, size int64) error {
	if index >= size {
		return message.Errorf("it refers to entry %d, and names a log of %d entries", index, size)
	}
	return nil
}

func (r *Ref) checkPart(size int64) error     { return checkIndex(r.Index, size) }
func (r *ListRef) checkPart(size int64) error { return checkIndex(r.Index, size) }
func (f *Finding) checkPart(size int64) error { return checkIndex(f.Index, size) }

func (t *Target) checkPart(size int64) error {
	if t.Job != "" {
		if err := checkULID(t.Job); err != nil {
			return err
		}
	}
	if t.Number != "" {
		if err := CheckNumber(t.Number); err != nil {
			return err
		}
	}
	if nameOf(t.Kind) == "" {
		return message.Errorf("unknown kind of statement %q", t.Kind)
	}
	return checkIndex(t.Index, size)
}

// is reports whether the target is of one of these kinds, of any version.
func (t *Target) is(names ...string) bool { return slices.Contains(names, nameOf(t.Kind)) }

func (t *Target) must(names ...string) error {
	if !t.is(names...) {
		return message.Errorf("it refers to a %s; this kind of statement is about: %s", nameOf(t.Kind), strings.Join(names, ", "))
	}
	return nil
}

func (s *Software) checkPart(int64) error {
	switch {
	case (s.Attested == "none") != (s.Boot == nil):
		return message.Errorf("software: attested is %q; with boot and bound there is a boot statement, and only then", s.Attested)
	}
	return nil
}

func (s *Station) checkPart(int64) error {
	if strings.HasPrefix(s.Assurance, "tpm-") != (s.Counter != nil) {
		return message.Errorf("station: the assurance is %q; a key in a TPM has a counter, and no other key has one", s.Assurance)
	}
	return nil
}

func (f *File) checkPart(int64) error {
	if f.Name == "." || f.Name == ".." || strings.ContainsAny(f.Name, `/\`) {
		return message.Errorf("evidence: %q is not the name of a file", f.Name)
	}
	return nil
}

func (b *ByStation) checkPart(int64) error {
	if c, a := b.Station.Counter, b.Software.Attested; a != "none" && (a == "bound") != (c != nil && !c.Policy.IsZero()) {
		return message.Errorf("software: attested is %q; it is bound if the key is, and only then", a)
	}
	if b.Log.Origin != b.Station.Name {
		return message.Errorf("the log is that of %q, and the station is %q", b.Log.Origin, b.Station.Name)
	}
	return checkULID(b.ID)
}

func (a *Act) checkPart(int64) error {
	switch {
	case a.Happened != nil && a.Happened.After(a.At):
		return message.New("it happened after it was signed")
	case a.Happened != nil && a.Happened.Equal(a.At):
		return message.New("happened is there only if that was earlier than at")
	}
	return checkULID(a.ID)
}
