package audit

import (
	"testing"

	"rasure/certify/statement"
)

// The words of a witness name no other medium than the entry that they are about.
func TestSaw(t *testing.T) {
	t.Parallel()
	story := func(o *office2) int64 { // an erasure of S-1 beside other media
		for _, n := range []string{"S-1", "S-17", "绝密★1", "绝密★12"} {
			o.say(o.registration(n, "confidential", nil))
		}
		o.say(o.approval("inside", "S-1"))
		return o.wipe("S-1")
	}
	saw := func(o *office2, words string) *statement.Witness {
		cert := o.target(story(o))
		return &statement.Witness{Act: o.act("witness sun"), Target: cert, Present: "all", Saw: words}
	}
	for name, words := range map[string]string{
		"its own number":        "S-1 was erased.",
		"its own in full width": "Ｓ－１ 已消除",
		"a longer word":         "S-1 with the label S-170, US-17",
		"no number":             "已消除",
	} {
		o := newOffice2(t)
		if rules := o.refusals(o.sign2(saw(o, words))); len(rules) > 0 {
			t.Errorf("%s: refused by %q", name, rules)
		}
	}
	each(t, map[string]func(o *office2) (string, []byte){
		"another medium":            func(o *office2) (string, []byte) { return "subject", o.sign2(saw(o, "S-17 was erased")) },
		"another one in full width": func(o *office2) (string, []byte) { return "subject", o.sign2(saw(o, "看到ｓ－１７已消除")) },
		"another one, not a longer": func(o *office2) (string, []byte) { return "subject", o.sign2(saw(o, "看到绝密★12已烧毁")) },
		"its own and another":       func(o *office2) (string, []byte) { return "subject", o.sign2(saw(o, "S-1, S-17")) },
	})
}
