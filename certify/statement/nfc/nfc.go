// Package nfc normalises what is drafted: the same name typed on two keyboards can have other code points, and then names two persons. Readers do
// not ask for it. The tables of Unicode grow, and none of them may decide whether a statement that is signed is good.
package nfc

import (
	"reflect"

	"golang.org/x/text/unicode/norm"
)

// Strings normalises all strings of a statement to NFC (Unicode Standard Annex 15). v is a pointer to it.
func Strings(v any) { normalise(reflect.ValueOf(v).Elem()) }

func normalise(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !norm.NFC.IsNormalString(s) {
			v.SetString(norm.NFC.String(s))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			normalise(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			normalise(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				normalise(v.Field(i))
			}
		}
	}
}
