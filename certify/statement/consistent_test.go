package statement

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
)

// rehash makes the hash of the anchor that of its head and its line again.
func rehash(c *Certificate) {
	c.Anchor.SHA256 = sha256.Sum256(append([]byte(c.Anchor.Checkpoint(c.Log.Origin)), c.Anchor.Line...))
}

// Whatever a certificate says that denies its claim is found, and by the rule for it. Every rule has its case.
func TestContradictions(t *testing.T) {
	t.Parallel()
	type change = func(c *Certificate)
	last := func(f func(p *Pass)) change { return func(c *Certificate) { f(c.Last()) } }
	except := func(code string) change {
		return func(c *Certificate) { c.Exceptions = append(c.Exceptions, Exception{Code: code}) }
	}
	cases := []struct {
		name, vector string
		change       change
	}{
		{"anchor-size", "least", func(c *Certificate) { c.Anchor.Size = 12; rehash(c) }},
		{"anchor-line", "least", func(c *Certificate) { c.Anchor.Line = make(Bytes, recordBytes); rehash(c) }},
		{"anchor-line-of-tpm", "full", func(c *Certificate) { c.Anchor.Line = make(Bytes, softwareLine); rehash(c) }},
		{"anchor-root", "least", func(c *Certificate) { c.Anchor.Root = sum("x") }},
		{"anchor-hash", "least", func(c *Certificate) { c.Anchor.SHA256 = sum("x") }},
		{"times-of-pass", "least", last(func(p *Pass) { p.Writing = 1001 })},
		{"times-of-job", "least", func(c *Certificate) { c.Sessions[0].Elapsed = 1999 }},
		{"level-achieved-by-failure", "failed", func(c *Certificate) { c.Level = "clear" }},
		{"level-not-achieved", "least", func(c *Certificate) { c.Level = "none" }},
		{"level-purge-without-method", "full", func(c *Certificate) { c.Plan.Method = "" }},
		{"level-purge-by-sample", "full", func(c *Certificate) { c.Plan.Verify = "sample" }},
		{"level-clear-with-method", "least", func(c *Certificate) { c.Plan.Method = "ata-sanitize-block" }},
		{"scheme-hash", "least", func(c *Certificate) { c.Plan.SHA256 = sum("x") }},
		{"scheme-passes", "failed", func(c *Certificate) { c.Passes = append(c.Passes, c.Passes[0]); c.Sessions[0].Elapsed *= 2 }},
		{"pattern-without-key", "least", last(func(p *Pass) { p.Key = Hash{} })},
		{"pattern-other-than-scheme", "least", last(func(p *Pass) { p.Pattern, p.Key = "zero", Hash{} })},
		{"pattern-with-key", "least", func(c *Certificate) { c.Plan.Scheme, c.Passes[0].Pattern = "later", "zero" }},
		{"pattern-spelling", "least", func(c *Certificate) {
			c.Plan.Scheme, c.Passes[0].Pattern, c.Passes[0].Key = "later", "bytes:00", Hash{}
		}},
		{"pattern-unknown", "least", func(c *Certificate) { c.Plan.Scheme, c.Passes[0].Pattern = "later", "noise" }},
		{"verification-other", "failed", func(c *Certificate) { c.Plan.Verify = "full" }},
		{"verification-not-asked", "two-passes", func(c *Certificate) { c.Passes[0].Verify, c.Passes[0].Verified = "full", 1<<20 }},
		{"sample-missing", "failed", last(func(p *Pass) { p.Sample = nil })},
		{"sample-too-many", "least", last(func(p *Pass) { p.Sample = certificateFailed(t).Passes[0].Sample })},
		{"sample-small", "failed", last(func(p *Pass) { p.Sample.Bytes = 104000 })},
		{"sample-large", "failed", last(func(p *Pass) { p.Sample.Bytes = 1<<20 + 1 })},
		{"counts-order", "failed", last(func(p *Pass) {
			p.Unwritten, p.UnwrittenCount = []Extent{{4096, 256}, {4096, 256}}, 2
		})},
		{"counts-beyond", "failed", last(func(p *Pass) { p.Unwritten[0].Offset = 1 << 20 })},
		{"counts-more-listed", "failed", last(func(p *Pass) { p.MismatchedCount = 0 })},
		{"counts-bytes", "failed", last(func(p *Pass) { p.UnreadableBytes = 1024 })},
		{"counts-written", "failed", last(func(p *Pass) { p.Written = 1 << 20 })},
		{"counts-read", "failed", last(func(p *Pass) { p.Verified = 1 << 20 })},
		{"counts-not-read", "failed", func(c *Certificate) { p := c.Last(); p.Verify, p.Sample = "none", nil }},
		{"counts-flushed", "full", func(c *Certificate) { c.Sessions[0].Flushed = number(1<<20 + 1) }},
		{"zones-beyond", "zoned", func(c *Certificate) { c.Disk.Zones.Gaps[0].Times, c.Disk.Zones.GapBytes = 4, 4<<16 }},
		{"zones-sum", "zoned", func(c *Certificate) {
			c.Disk.Zones.GapBytes, c.Last().Written, c.Last().Verified = 4<<16, 1<<20-4<<16, 1<<20-4<<16
		}},
		{"zones-overlap", "zoned", func(c *Certificate) { c.Disk.Zones.Gaps[0].Every = 1 << 15 }},
		{"zones-too-few", "zoned", func(c *Certificate) { c.Disk.Zones.Count = 3 }},
		{"zones-sampled", "failed", func(c *Certificate) { c.Disk.Zones = &Zones{Count: 4, Bytes: 1 << 18, Gaps: []Gap{}} }},
		{"counts-in-gaps", "zoned", last(func(p *Pass) { p.Written = 1 << 20 })},
		{"complete-gaps", "zoned", last(func(p *Pass) { p.Written -= 512 })},
		{"profile-of-the-wrong-pass", "least", func(c *Certificate) {
			c.Plan.Scheme, c.Outcome, c.Level = "later", "interrupted", "none"
			c.Passes = append(c.Passes, c.Passes[0])
			c.Passes[0].VerifyProfile, c.Sessions[0].Elapsed = profile(), 5000
		}},
		{"profile-of-nothing-written", "failed", func(c *Certificate) {
			c.Last().Written, c.Last().WriteProfile = 0, profile()
		}},
		{"firmware-method", "full", func(c *Certificate) { c.Firmware.Method = "nvme-format-user" }},
		{"firmware-markers", "full", func(c *Certificate) { c.Firmware.Markers.Gone = 4097 }},
		{"firmware-markers-kept", "full", func(c *Certificate) { c.Firmware.Markers.KeptCount = 1 }},
		{"hidden-not-examined", "full", func(c *Certificate) {
			c.Disk.Hidden = "not-examined"
			for i := range c.Hidden {
				c.Hidden[i].Bytes = 0
			}
		}},
		{"exceptions-limit", "least", except("opened-by-others")},
		{"exceptions-unknown", "least", except("flux-inverted")},
		{"exceptions-of-disks", "least", except("direct-io-unknown")},
		{"complete-no-pass", "least", func(c *Certificate) { c.Passes = nil }},
		{"complete-not-read", "least", last(func(p *Pass) { p.Verify, p.Verified = "none", 0 })},
		{"complete-no-pass-of-a-later-scheme", "least", func(c *Certificate) { c.Plan.Scheme, c.Passes = "later", nil }},
		{"complete-not-read-of-a-later-scheme", "least", func(c *Certificate) {
			c.Plan.Scheme, c.Last().Verify, c.Last().Verified = "later", "none", 0
		}},
		{"complete-first-not-read", "complement", func(c *Certificate) { c.Passes[0].Verify, c.Passes[0].Verified = "none", 0 }},
		{"complete-no-bytes", "least", func(c *Certificate) { c.Disk.Size = 0; c.Last().Written, c.Last().Verified = 0, 0 }},
		{"complete-passes", "least", func(c *Certificate) {
			c.Plan = plan("flash-clear")
		}},
		{"complete-written", "least", last(func(p *Pass) { p.Written -= 512 })},
		{"complete-verified", "least", last(func(p *Pass) { p.Verified -= 512 })},
		{"complete-flush", "least", last(func(p *Pass) { p.FlushErrors = 1 })},
		{"complete-session", "least", func(c *Certificate) { c.Sessions[0].Reason = "vanished" }},
		{"erase-missing", "full", func(c *Certificate) { c.Firmware = nil }},
		{"erase-outcome", "full", func(c *Certificate) { c.Firmware.Outcome = "" }},
		{"erase-level", "full", func(c *Certificate) { c.Firmware.Level = "clear" }},
		{"erase-phase", "full", func(c *Certificate) { c.Firmware.After.Phase = "running" }},
		{"erase-end", "full", func(c *Certificate) { c.Firmware.Ended = nil }},
		{"erase-markers", "full", func(c *Certificate) { c.Firmware.Markers.Gone = 0; c.Firmware.Markers.Confirmed = 0 }},
		{"erase-unconfirmed", "full", func(c *Certificate) { c.Firmware.Markers.Unconfirmed = 512 }},
	}
	all, rules := []refusal{}, map[string]bool{}
	for _, c := range cases {
		rule, _, _ := strings.Cut(c.name, "-")
		rules[rule] = true
		all = append(all, refusal{"certificate-" + c.name, "certificate." + c.vector, of(c.change), "rule " + rule + ": "})
	}
	refusedAs(t, all, func(text string) error {
		s, err := Read(text)
		if err != nil {
			return err
		}
		var found *Contradiction
		if !errors.As(s.Body.(*Certificate).CheckConsistency(), &found) {
			return nil
		}
		return errors.New("rule " + found.Rule + ": " + found.Text.String())
	})
	for _, rule := range ConsistencyRules() {
		if !rules[rule] {
			t.Errorf("the rule %s has no case", rule)
		}
	}
	if len(rules) != len(ConsistencyRules()) {
		t.Error("a case names a rule that there is not")
	}
	if slices.Contains(ConsistencyRules(), "") {
		t.Error("a rule without a name")
	}
}

// TestHiddenUnknown holds that a drive can be certified that answers about some of its hidden areas only.
func TestHiddenUnknown(t *testing.T) {
	c := vectors(t)["certificate.full"].(*Certificate)
	c.Disk.Hidden, c.Hidden[0].Bytes = "not-examined", -1
	if err := c.CheckConsistency(); err != nil {
		t.Error(err)
	}
}
