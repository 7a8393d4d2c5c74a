package draft

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify"
)

// command is the one that drafts a kind of version 1.
func command(t *testing.T, k certify.Kind) *Command {
	t.Helper()
	for _, c := range Commands() {
		if c.Old != nil && c.Old.Kind == k {
			return c
		}
	}
	t.Fatalf("no command drafts %s", k)
	return nil
}

func TestDraft(t *testing.T) {
	t.Parallel()
	form := func(k certify.Kind) Draft {
		d, err := command(t, k).Begin(nil, nil, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	t.Run("fields come from a file, and from words", func(t *testing.T) {
		d := form(certify.KindApproval)
		if err := d.Merge([]byte(`{"purpose":"inside","technician":"wang"}`)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(d.SetTyped("media", "S-1 S-2"), d.Set("until", []string{"2027-01-31"}), d.SetSigners([]string{"li"})); err != nil {
			t.Fatal(err)
		}
		if m := d.Missing(); len(m) > 0 {
			t.Errorf("%v are missing", m)
		}
		text, err := d.Text()
		for _, want := range []string{`"S-2"`, `"2027-01-31T00:00:00Z"`, `"wang"`, `"approve"`, `"li"`} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is not in %s, %v", want, text, err)
			}
		}
	})
	t.Run("a file that is null has no fields", func(t *testing.T) {
		d := form(certify.KindApproval)
		if err := errors.Join(d.Merge([]byte("null")), d.Set("reason", []string{"x"})); err != nil {
			t.Error(err)
		}
	})
	t.Run("giver and receiver sign a handover", func(t *testing.T) {
		d := form(certify.KindHandover)
		if err := errors.Join(d.Set("giver", []string{"zhao"}), d.Set("receiver", []string{"qian"}), d.SetSigners(nil)); err != nil || !d.HasSigners() {
			t.Error(err)
		}
	})
	t.Run("missing fields are named", func(t *testing.T) {
		if m := form(certify.KindWitness).Missing(); !slices.Contains(m, "saw") {
			t.Errorf("%v are missing", m)
		}
	})
	t.Run("wrong values are refused", func(t *testing.T) {
		for _, c := range [][]string{{"limit-years", "x"}, {"everything", "perhaps"}, {"until", "tomorrow"}, {"entry", "x"}, {"reason", "a", "b"}} {
			if err := form(certify.KindApproval).Set(c[0], c[1:]); err == nil {
				t.Errorf("%q is taken", c)
			}
		}
		if err := form(certify.KindDestruction).SetSigners([]string{"wang"}); err == nil {
			t.Error("a signer without a role is taken")
		}
	})
}
