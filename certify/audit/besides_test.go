package audit

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify/statement"
)

func (o *office2) bundle(cert int64) *Bundle {
	o.Helper()
	signed, err := o.log.Entry(cert)
	check(o, err)
	b, err := o.audit().Bundle(signed, o.cardPin(), fstest.MapFS{})
	check(o, err)
	return b
}

func indexesOf(b *Bundle) (all []int64) {
	for _, s := range b.Statements {
		all = append(all, s.Index)
	}
	return all
}

// What was said later about the medium and about any packed entry is in the bundle, and in words: a classification that was raised, a witness who
// withdrew, an erasure that was rejected.
func TestBundleSaysWhatWasSaidLater(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	o.say(o.registration("S-1", "confidential", nil))
	o.say(o.registration("S-2", "confidential", nil))
	o.say(o.approval("inside", "S-1"))
	cert := o.wipe("S-1")
	saw := o.say(&statement.Witness{Act: o.act("witness sun"), Target: o.target(cert), Present: "all", Saw: "it"})
	v, err := VerifyBundle(unpack(t, o.bundle(cert)), o.cardPin(), Trusted{})
	check(t, err)
	if v.Doubtful() || len(v.Besides) != 0 {
		t.Errorf("nothing was said later: %+v", v.Besides)
	}
	raised := o.say(&statement.Reclassify{Act: o.act("approve li secrecy lan"), Media: o.media("S-1"), From: "confidential", To: "top-secret", Basis: "order 12", Limit: &statement.Limit{Years: 30}})
	other := o.say(&statement.Reclassify{Act: o.act("approve li secrecy lan"), Media: o.media("S-2"), From: "confidential", To: "secret", Basis: "order 13", Limit: &statement.Limit{Years: 20}})
	withdrawn := o.say(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(saw), Reason: "was not there", Withdraws: true})
	rejected := o.say(&statement.Validation{Act: o.act("validate chen"), Target: o.target(cert), Decision: "reject", Reason: "the label differs"})
	b := o.bundle(cert)
	got := indexesOf(b)
	for _, want := range []int64{raised, withdrawn, rejected} {
		if !slices.Contains(got, want) {
			t.Errorf("the bundle has %v, and not %d", got, want)
		}
	}
	if slices.Contains(got, other) {
		t.Errorf("the bundle has entry %d, which is about another medium", other)
	}
	files := unpack(t, b)
	for _, name := range []string{bundleText, bundlePage} {
		for _, want := range []string{"changed from confidential to top-secret: order 12", "was withdrawn: was not there", "was rejected by chen: the label differs"} {
			if !strings.Contains(string(files[name].Data), want) {
				t.Errorf("%s does not say %q:\n%s", name, want, files[name].Data)
			}
		}
	}
	v, err = VerifyBundle(files, o.cardPin(), Trusted{})
	check(t, err)
	if !v.Doubtful() || len(v.Besides) != 3 {
		t.Errorf("%+v", v.Besides)
	}
}

// For random offices, a bundle has every entry that the history of its medium lists.
func TestBundleHasTheHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 1))
		o := newOffice2(t)
		numbers := []string{"S-0", "S-1", "S-2"}
		for _, n := range numbers {
			o.say(o.registration(n, "none", nil))
		}
		certs := map[string]int64{"S-0": o.wipe("S-0")}
		holder := map[string]string{"S-0": "zhao", "S-1": "zhao", "S-2": "zhao"}
		last := certs["S-0"]
		for range 12 {
			n := numbers[random.IntN(len(numbers))]
			switch random.IntN(5) {
			case 0:
				certs[n] = o.wipe(n)
				last = certs[n]
			case 1:
				if last > 0 { // one witness for each erasure
					o.say(&statement.Witness{Act: o.act("witness sun"), Target: o.target(last), Present: "all", Saw: "it"})
				}
				last = 0
			case 2:
				to := map[string]string{"zhao": "qian", "qian": "zhao"}[holder[n]]
				o.say(&statement.Handover{Act: o.act("custodian " + holder[n] + " custodian " + to), Media: o.media(n), From: holder[n], To: to})
				holder[n] = to
			case 3:
				o.say(&statement.Incident{Act: o.act("secrecy lan"), Noticed: o.clock, Kind: "seal-broken", Media: o.media(n), Measures: "sealed again"})
			case 4:
				found := []string{}
				for _, m := range numbers {
					if holder[m] == "zhao" {
						found = append(found, m)
					}
				}
				o.say(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{Person: "zhao"}, Found: found, Missing: []string{}, Unexpected: []string{}, CountedBy: "zhao"})
			}
		}
		state := o.state()
		for n, cert := range certs {
			got := indexesOf(o.bundle(cert))
			for _, s := range state.Register.Medium(n).Trail {
				if !slices.Contains(got, s.Index) {
					t.Errorf("seed %d: the bundle of %s, entry %d, has %v, and not entry %d: %s", seed, n, cert, got, s.Index, s.Event)
				}
			}
		}
	}
}
