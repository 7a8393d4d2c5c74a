package audit

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"rasure/certify"
)

func TestBundleTakesTheRecordsAlong(t *testing.T) {
	t.Parallel()
	o := &office{testLog: newPlayed(t, certify.TPMUnverified)}
	o.add(o.begin(start, nil)) // 1, 2: another job
	o.cert = o.begin(start, nil)
	o.add(o.cert) // 3, 4
	o.add(o.begin(start, nil))
	b, err := o.audit().Bundle(o.cert, o.pin(), fstest.MapFS{})
	check(t, err)
	files := unpack(t, b)
	v, err := VerifyBundle(files, o.pin(), Trusted{})
	check(t, err)
	if want := []int64{0, 3, 4}; !slices.Equal(v.Fixed, want) {
		t.Errorf("fixed are %v, want %v", v.Fixed, want)
	}
	with := func(name string, data []byte) fstest.MapFS {
		m := maps.Clone(files)
		delete(m, name)
		if data != nil {
			m[name] = &fstest.MapFile{Data: data}
		}
		return m
	}
	good := files[recordName(4)].Data
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 1
		refuse(t, with(recordName(4), bad), o, nil)
	}
	refuse(t, with(recordName(4), files[recordName(3)].Data), o, nil)
	refuse(t, with(recordName(4), append(slices.Clone(good), 0)), o, nil)
	refuse(t, with(recordName(4), make([]byte, len(good))), o, nil)
	if v, err := VerifyBundle(with(recordName(4), nil), o.pin(), Trusted{}); err != nil || !slices.Equal(v.Fixed, []int64{0, 3}) {
		t.Errorf("without a record: %+v, %v", v, err)
	}

	// A bundle is not made of a record that does not verify, and one that was not kept is left out.
	name := filepath.Join(o.dir, "attest/000.p/7")
	data, err := os.ReadFile(name)
	check(t, err)
	clear(data[4*len(good):][:len(good)])
	check(t, os.WriteFile(name, data, 0o644))
	b, err = o.audit().Bundle(o.cert, o.pin(), fstest.MapFS{})
	check(t, err)
	if v, err := VerifyBundle(unpack(t, b), o.pin(), Trusted{}); err != nil || !slices.Equal(v.Fixed, []int64{0, 3}) {
		t.Errorf("with a record that was not kept: %+v, %v", v, err)
	}
	data[4*len(good)] = 1
	check(t, os.WriteFile(name, data, 0o644))
	if _, err := o.audit().Bundle(o.cert, o.pin(), fstest.MapFS{}); err == nil {
		t.Error("a bundle of a record that does not verify")
	}
}
