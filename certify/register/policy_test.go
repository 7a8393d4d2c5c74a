package register_test

import (
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/register"
)

func TestDefaultPolicy(t *testing.T) {
	t.Parallel()
	p := register.Default()
	for _, class := range []certify.Class{certify.TopSecret, certify.Secret, certify.Confidential, certify.Unclassified} {
		for _, purpose := range certify.Purposes {
			for _, kind := range certify.MediumTypes {
				rule := p.Rule(class, purpose, kind)
				if rule == nil {
					t.Errorf("no rule for %s %s %s", class, purpose, kind)
					continue
				}
				if class != certify.Unclassified && rule.Approvers < 1 {
					t.Errorf("%s %s %s needs no approval", class, purpose, kind)
				}
				if purpose == "destroy" && rule.Witnesses < 2 {
					t.Errorf("%s %s %s: %d witnesses", class, purpose, kind, rule.Witnesses)
				}
			}
		}
	}
	for want, have := range map[string]*register.Rule{
		"top-secret-inside":            p.Rule(certify.TopSecret, "inside", "magnetic"),
		"no-reuse-of-this-type":        p.Rule(certify.TopSecret, "inside", "usb-flash"),
		"secret-inside":                p.Rule(certify.Secret, "inside", "ssd"),
		"confidential-stick-inside":    p.Rule(certify.Confidential, "inside", "sd"),
		"confidential-magnetic-inside": p.Rule(certify.Confidential, "inside", "magnetic"),
		"confidential-inside":          p.Rule(certify.Confidential, "inside", "ssd"),
		"classified-leaves":            p.Rule(certify.Confidential, "outside", "magnetic"),
		"top-secret-destroyed":         p.Rule(certify.TopSecret, "destroy", "ssd"),
		"unclassified":                 p.Rule(certify.Unclassified, "outside", "usb-flash"),
	} {
		if have.ID != want {
			t.Errorf("rule %s counts, not %s", have.ID, want)
		}
	}
	if !strings.Contains(string(register.DefaultText()), "NOT a standard") {
		t.Error("it does not say that it is ours")
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	t.Parallel()
	good := string(register.DefaultText())
	for _, change := range [][2]string{
		{"witnesses = 2", "witneses = 2"}, {`level = "clear"`, `level = "erase"`}, {`level = "clear"`, `level = "none"`}, {`verify = "none"`, `verify = "all"`},
		{`["top-secret"]`, `["topsecret"]`}, {`["destroy"]`, `["burn"]`}, {`"usb-flash"`, `"usb"`}, {"approvers = 1", "approvers = -1"}, {"secondary = 100", "secondary = 101"},
		{"inventory_days = 183", ""}, {"witness_days = 7", "witness_days = 0"}, {`id = "unclassified"`, `id = "destroyed"`}, {`name = "rasure-default-1"`, ""},
		{`name = "rasure-default-1"`, "name = "},
		{"approvers = 1", "approvers = 1\nApprovers = 0"}, {"approvers = 1", "APPROVERS = 1"}, {"late_days = 90", "Late_Days = 90"}, {"late_days = 90", "late_days = 90\nLATE_DAYS = 1"},
		{"[[rule]]", "[[Rule]]"}, {"late_days = 90", "late_days = 106752"}, {"late_days = 90", "late_days = 9223372036854775807"}, {"approvers = 1", "approvers = 1000"},
		{"approvers = 1", "approvers = 1\nmethods = [\"burn\"]"}, {"approvers = 1", "approvers = 1\nmachine_days = 36501"}, {"inventory_days = 183", "inventory_days = 36501"}, {"approval_warning_days = 14", "approval_warning_days = -1"},
	} {
		if !strings.Contains(good, change[0]) {
			t.Fatalf("%s is not in the default", change[0])
		}
		if _, err := register.ParsePolicy([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%q for %q passes", change[1], change[0])
		}
	}
}

func TestApproversOfARule(t *testing.T) {
	t.Parallel()
	policy := strings.Replace(string(register.DefaultText()), `id = "secret-inside"`, "id = \"secret-inside\"\nmay_approve = [\"chen\", \"feng\"]", 1)
	policy = strings.Replace(policy, "level = \"purge\"\nverify = \"full\"\napprovers = 1\nwitnesses = 1", "level = \"purge\"\nverify = \"full\"\napprovers = 2\nwitnesses = 1", 1)
	o := newOffice(t, policy)
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	approve := func(signers string) register.Entry {
		until := o.clock.AddDate(0, 1, 0)
		return o.act(certify.KindApproval, signers, certify.Declaration{Media: []string{"S-1"}, Purpose: "inside", Technician: "wang", Until: &until})
	}
	o.refused("secret-inside", approve("approve chen"))
	o.refused("secret-inside", approve("approve chen approve li"))
	o.good(approve("approve chen approve feng"))
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(register.DefaultText())
	f.Add([]byte("[[rule]]\nid = 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := register.ParsePolicy(text); err == nil && (p.Name == "" || len(p.Rules) == 0) {
			t.Error("an empty policy passes")
		}
	})
}
