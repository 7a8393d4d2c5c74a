package certify_test

import (
	"reflect"
	"slices"
	"testing"

	"rasure/certify"
)

// notInVersion2 are fields of version 1 that statements of version 2 do not have: the scheme says them, the station statement, the register, or
// nobody any more.
var notInVersion2 = []string{"Plan.Title", "Plan.Source", "Plan.Disputed", "Station.Host", "Register.Class", "Policy", "TPM.EKCertificates"}

// What a statement of version 2 with all that it may have says is all there in the form of version 1.
func TestAdaptsAll(t *testing.T) {
	t.Parallel()
	all := vectorsOf2(t)
	for _, name := range []string{"station.full", "begin.full", "certificate.full", "preparation.full"} {
		e, err := certify.CheckEntry(all[name], &stationOfVectors().key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []any{e.Station, e.Begin, e.Certificate, e.Preparation} {
			if !reflect.ValueOf(v).IsNil() {
				notZero(t, name, "", reflect.ValueOf(v))
			}
		}
	}
}

// notZero reports fields that are empty. Numbers and lists of a good erasure may be zero: errors, and what was not written.
func notZero(t *testing.T, name, path string, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		notZero(t, name, path, v.Elem())
	case v.Kind() == reflect.Struct && v.Type().PkgPath() == "rasure/certify":
		for i := range v.NumField() {
			f := v.Type().Field(i).Name
			if path != "" {
				f = path + "." + f
			}
			if !slices.Contains(notInVersion2, f) {
				notZero(t, name, f, v.Field(i))
			}
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
	case v.Kind() == reflect.Bool, v.CanInt(), v.IsZero() == false:
	case name == "preparation.full" && (path == "Disk.Identified" || path == "Disk.Port"): // the certificate states it
	case path == "Disk.Zones": // only a certificate of a zoned disk has them
	case path == "Plan.Method" && name != "certificate.full", path == "Firmware.Outcome", path == "TPM":
	default:
		t.Errorf("%s: %s is empty", name, path)
	}
}
