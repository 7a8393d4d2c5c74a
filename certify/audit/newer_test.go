package audit

import (
	"bytes"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/people"
)

// An entry that needs a newer version is not understood, and the log is not good. Its envelope and the tree are verified nevertheless.
func TestNewer(t *testing.T) {
	o := newOffice(t)
	byStation := o.sign("rasure/certificate/v3", "ever")
	byPeople := o.li.sign(t, "rasure/amnesty/v2\n{}\n", people.Witness)
	for name, c := range map[string]struct {
		entry func(*office) []byte
		kind  string
	}{
		"by the station": {func(o *office) []byte { return o.sign("rasure/certificate/v3", "ever") }, "rasure/certificate/v3"},
		"by people":      {func(*office) []byte { return byPeople }, "rasure/amnesty/v2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			at := o.add(c.entry(o)).Index
			o.add(o.begin(start, nil))
			r := o.audit()
			if r.Valid || len(r.Problems) != 1 || r.Problems[0].Rule != certify.NotUnderstood || r.Entries != 7 || r.Outcomes["verified"] != 2 {
				t.Fatalf("%+v", r)
			}
			if n := r.NotUnderstood; len(n) != 1 || n[0].Index != at || !strings.Contains(n[0].Detail.String(), c.kind+`" needs a newer rasure: not understood`) {
				t.Errorf("%+v", n)
			}
			if len(o.replay().NotUnderstood()) != 1 {
				t.Error("the state does not say it")
			}
			if _, err := o.replay().Cache("program 1", o.signer); err == nil {
				t.Error("what is not understood is cached")
			}
		})
	}
	for name, c := range map[string]struct {
		entry func(*office) []byte
		want  string
	}{
		"changed, by the station": {func(o *office) []byte {
			return bytes.Replace(o.sign("rasure/certificate/v3", "ever"), []byte("ever"), []byte("else"), 1)
		}, "does not match"},
		"changed, by people":   {func(*office) []byte { return bytes.Replace(byPeople, []byte("{}"), []byte("[]"), 1) }, "entry 4"},
		"by another station":   {func(*office) []byte { return newLog(t).sign("rasure/certificate/v3", "") }, "not signed by demo.example"},
		"without a signature":  {func(*office) []byte { return []byte("rasure/certificate/v3\n{}\n") }, "signature line"},
		"of no version":        {func(o *office) []byte { return o.sign("rasure/certificate/v03", "") }, "unknown kind"},
		"an unknown one of v1": {func(o *office) []byte { return o.sign("rasure/amnesty/v1", "") }, "unknown kind"},
	} {
		o := newOffice(t)
		o.add(c.entry(o))
		_, err := Log(o.files(), Options{Pin: o.pin(), Now: start.AddDate(1, 0, 0)})
		fails(t, name, err, c.want)
	}
	_, err := VerifyCertificate(byStation, nil, o.pin())
	fails(t, "a certificate", err, "needs a newer rasure")
}
