package people_test

import (
	"os"
	"testing"
	"time"

	"rasure/certify/people"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/v1/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The files below testdata/v1 are never made again: statements of version 1 can be opened for ever.
func TestVersion1(t *testing.T) {
	t.Parallel()
	var log people.Rosters
	for i, name := range []string{"0.roster", "1.roster"} {
		if err := log.Add(int64(i), golden(t, name), nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	text, sigs, err := people.Open(golden(t, "2.witness"))
	if err != nil || text != string(golden(t, "2.witness.text")) {
		t.Fatal(err)
	}
	want := []string{"li@office", "wu@office", "chen@office", "张伟@office", "zhao@office"}
	if len(sigs) != len(want) {
		t.Fatalf("%d signatures, want %d", len(sigs), len(want))
	}
	at := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	for i, s := range sigs {
		role := people.Witness
		if i == 4 {
			role = people.Approver
		}
		p, err := log.At(2).Verify([]byte(text), s, role, at)
		if err != nil || p.Principal != want[i] {
			t.Errorf("signature %d is by %v, %v, want %s", i, p, err, want[i])
		}
	}
}

func TestVersion1Refused(t *testing.T) {
	t.Parallel()
	first, err := people.OpenRoster(golden(t, "0.roster"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = people.OpenRoster(golden(t, "refused/one-root"), first)
	wants(t, err, "demands 2")
	_, _, err = people.Open(golden(t, "refused/changed-text"))
	wants(t, err, "does not match")
	sig, err := people.ParseArmor(golden(t, "refused/nobody-touched.sig"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = people.Attach(golden(t, "2.witness.text"), sig)
	wants(t, err, "without user presence")
}
