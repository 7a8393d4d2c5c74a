package pack

import (
	"reflect"

	"rasure/cmd/message"
)

// Text codes a sentence with its arguments.
func (c *Coder) Text(p *message.Text) {
	format, args := p.Keep()
	String(c, &format)
	args = c.blob(args)
	if !c.reading || c.err != nil {
		return
	}
	text, err := message.Kept(format, args)
	if err != nil {
		c.Fail(err)
		return
	}
	*p = text
}

// sentences codes the sentences in a value that JSON keeps, in the order of its fields. No map that is kept so has sentences.
func (c *Coder) sentences(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.sentences(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if hasSentences(v.Type().Elem()) {
			for i := range v.Len() {
				c.sentences(v.Index(i))
			}
		}
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*message.Text); ok {
			c.Text(t)
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				c.sentences(v.Field(i))
			}
		}
	}
}

// hasSentences spares long slices of what has none.
func hasSentences(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}
