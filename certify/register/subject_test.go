package register_test

import (
	"crypto/sha256"
	"testing"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// A begin of version 2 states number, asset and registration of its medium as the register has them. It states no classification.
func TestSubjectOfVersion2(t *testing.T) {
	o := newOffice(t, "")
	o.good(o.act(certify.KindRegistration, "custodian zhao", certify.Declaration{Media: []string{"TS-9"}, Class: certify.Unclassified, Type: "magnetic", Serial: "S-9",
		Asset: "PC-7", Custodian: "zhao", Source: "office 3"}))
	registered := o.r.Size() - 1
	begin := func(asset string, registration int64) register.Entry {
		use := &statement.MediumUse{Number: "TS-9", Asset: asset, Registration: statement.Ref{Index: registration, SHA256: sha256.Sum256([]byte("text"))}}
		b := &certify.Begin{ID: "01JE0000000000000000000009", Station: o.station(), Operator: "wang", Disk: o.disk("S-9"), Started: o.clock,
			Plan: certify.Plan{Scheme: "clear-random", Level: "clear", Verify: "full"}, Register: &certify.MediumRef{Number: "TS-9"}}
		return register.Entry{Index: o.r.Size(), Entry: certify.Entry{Kind: "rasure/begin/v2", Begin: b,
			Statement: &statement.Statement{Body: &statement.Begin{Work: statement.Work{Medium: use}}}}}
	}
	if all := o.r.Check(begin("PC-7", registered)); len(all) != 0 {
		t.Errorf("as the register has it: %+v", all)
	}
	o.refused("subject", begin("PC-8", registered))
	o.refused("subject", begin("PC-7", registered-1))
}
