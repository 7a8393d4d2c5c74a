package fleet_test

import (
	"bytes"
	"strings"
	"testing"

	"rasure/logs/fleet"
)

func TestParseRequest(t *testing.T) {
	t.Parallel()
	st := newStation(t, 300)
	good := st.request(100).Bytes()
	r, err := fleet.ParseRequest(good)
	if err != nil || r.Old != 100 || len(r.Proof) == 0 || r.Origin() != origin || !bytes.Equal(r.Checkpoint, st.log.Snapshot().Signed()) {
		t.Errorf("ParseRequest = %+v, %v", r, err)
	}
	hash := "sv8vQ9kG2ZPXurt2oIh123R8qf2OdBFJ6rSmLI93KdQ=\n"
	for name, body := range map[string]string{
		"empty": "", "no checkpoint": "old 0\n", "no old": "\n\nx", "a sign": "old +1\n\nx", "a zero too many": "old 01\n\nx", "negative": "old -1\n\nx",
		"too large a number": "old 99999999999999999999\n\nx", "a short hash": "old 1\nAAAA\n\nx", "a carriage return": "old 1\r\n\r\nx", "a space": "old 1 \n\nx",
		"64 hashes": "old 1\n" + strings.Repeat(hash, 64) + "\nx", "too long": "old 0\n\n" + strings.Repeat("x", fleet.MaxRequest),
	} {
		if _, err := fleet.ParseRequest([]byte(body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte("old 0\n\nstation\n1\nsv8vQ9kG2ZPXurt2oIh123R8qf2OdBFJ6rSmLI93KdQ=\n\n\u2014 station AAAAAA==\n"))
	f.Add([]byte("old 3\nsv8vQ9kG2ZPXurt2oIh123R8qf2OdBFJ6rSmLI93KdQ=\n\nx"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := fleet.ParseRequest(body)
		if err == nil && !bytes.Equal(r.Bytes(), body) {
			t.Errorf("%q is written again as %q", body, r.Bytes())
		}
	})
}
