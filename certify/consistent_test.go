package certify_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/wipe/scheme"
)

// purged is a certificate of a drive that erased itself before the pass.
func purged(c *certify.Certificate) {
	ended := when.Add(time.Second)
	c.Plan.Level, c.Level, c.Plan.Method = "purge", "purge", "nvme-sanitize-block"
	c.Firmware = &certify.Firmware{Method: c.Plan.Method, Level: "purge", Others: []string{}, After: certify.EraseState{Phase: "done"}, Tries: 1,
		Markers: certify.Markers{Key: strings.Repeat("5a", 32), Bytes: 4096, Confirmed: 4096, Gone: 4096}, Outcome: "verified", Began: when, Ended: &ended}
}

// flashClear makes it one of the scheme flash-clear: random and its complement, the second pass read back.
func flashClear(c *certify.Certificate) {
	s, _ := scheme.Named("flash-clear")
	c.Plan.Scheme, c.Plan.SchemeSHA256 = s.ID, s.SHA256()
	second := c.Passes[0]
	second.Pattern = "random-complement"
	c.Passes = append(c.Passes, second)
	for i, p := range s.Passes {
		if !p.Verify {
			c.Passes[i].Verify, c.Passes[i].Verified = "none", 0
		}
	}
}

// characters makes it one of the scheme ar380-19: a character, another, its complement.
func characters(c *certify.Certificate) {
	s, _ := scheme.Named("ar380-19")
	c.Plan.Scheme, c.Plan.SchemeSHA256 = s.ID, s.SHA256()
	p := c.Passes[0]
	c.Passes = nil
	for i, pattern := range []string{"bytes:17", "bytes:42", "bytes:bd"} {
		p.Pattern, p.Key = pattern, ""
		c.Passes = append(c.Passes, p)
		if !s.Passes[i].Verify {
			c.Passes[i].Verify, c.Passes[i].Verified = "none", 0
		}
	}
}

func sampled(c *certify.Certificate) {
	c.Plan.Verify, c.Passes[0].Verify, c.Passes[0].Verified = "sample", "sample", 131072
	c.Passes[0].Sample = &certify.Sample{Seed: strings.Repeat("17", 32), Sections: 1000, Places: 2002, Bytes: 131072}
}

// broken has a block that could not be written, and one that could not be read.
func broken(c *certify.Certificate) {
	as("completed-with-exceptions", "unwritten")(c)
	p := c.Last()
	p.Written, p.Unwritten, p.UnwrittenCount, p.UnwrittenBytes = p.Written-512, []certify.Extent{{Offset: 4096, Length: 512}}, 1, 512
	p.Verified, p.Unreadable, p.UnreadableCount, p.UnreadableBytes = p.Verified-1024, []certify.Extent{{Offset: 8192, Length: 512}}, 1, 512
}

// Certificates that a station may sign.
func TestConsistent(t *testing.T) {
	t.Parallel()
	_, pub := signer(t)
	for name, change := range map[string]func(c *certify.Certificate){
		"clear":               func(c *certify.Certificate) {},
		"purge":               purged,
		"flash-clear":         flashClear,
		"characters":          characters,
		"sample":              sampled,
		"too small to sample": func(c *certify.Certificate) { c.Plan.Verify = "sample" },
		"bad blocks":          broken,
		"more than listed": func(c *certify.Certificate) {
			broken(c)
			c.Last().UnreadableCount, c.Last().UnreadableBytes, c.Last().Verified = 2, 1024, c.Last().Verified-512
		},
		"not verified": func(c *certify.Certificate) {
			as("completed-with-exceptions", "not-verified")(c)
			c.Plan.Verify, c.Passes[0].Verify, c.Passes[0].Verified = "none", "none", 0
		},
		"interrupted": func(c *certify.Certificate) {
			as("interrupted", "interrupted")(c)
			c.Passes[0].Written, c.Passes[0].Verify, c.Passes[0].Verified = 4096, "none", 0
		},
		"nothing done": func(c *certify.Certificate) { as("failed", "device-lost")(c); c.Passes = []certify.Pass{} },
		"known trouble": func(c *certify.Certificate) {
			c.Exceptions = append(c.Exceptions, certify.Exception{Code: "known-trouble"})
		},
		"clock changed": func(c *certify.Certificate) {
			c.Exceptions = append(c.Exceptions, certify.Exception{Code: "clock-changed"})
		},
		"image, users unknown": func(c *certify.Certificate) {
			c.Disk.Medium = "image"
			c.Exceptions = []certify.Exception{{Code: "users-unknown"}, {Code: "direct-io-unknown"}}
		},
		"image, no direct I/O": func(c *certify.Certificate) { c.Disk.Medium, c.Disk.Node.Direct, c.Exceptions = "image", false, nil },
		"scheme of a later version": func(c *certify.Certificate) {
			c.Plan.Scheme, c.Plan.SchemeSHA256 = "triple-random", strings.Repeat("17", 32)
			c.Passes = append(c.Passes, c.Passes[0], c.Passes[0])
		},
		"unknown code on a failure": as("failed", "flux-inverted"),
		"clock set back":            func(c *certify.Certificate) { c.Ended, c.Seconds = when.Add(-time.Minute), -60 },
	} {
		t.Run(name, func(t *testing.T) {
			c := certificate(t, pub)
			if change(&c); c.CheckConsistency() != nil {
				t.Error(c.CheckConsistency())
			}
		})
	}
}

// Whatever a certificate says that denies its claim is found, and by the rule for it. Every rule has its case.
func TestContradiction(t *testing.T) {
	t.Parallel()
	_, pub := signer(t)
	type change = func(c *certify.Certificate)
	last := func(f func(p *certify.Pass)) change { return func(c *certify.Certificate) { f(c.Last()) } }
	then := func(first change, f func(c *certify.Certificate)) change {
		return func(c *certify.Certificate) { first(c); f(c) }
	}
	except := func(code string) change {
		return func(c *certify.Certificate) { c.Exceptions = append(c.Exceptions, certify.Exception{Code: code}) }
	}
	cases := map[string]map[string]change{
		"words": {
			"outcome in free text":       func(c *certify.Certificate) { c.Outcome, c.Level, c.Passes = "verified, all of it", "none", nil },
			"outcome and a zero width":   func(c *certify.Certificate) { c.Outcome, c.Level, c.Passes = "verified\u200b", "none", nil },
			"assurance in free text":     func(c *certify.Certificate) { c.Station.Assurance = "software\x1b[1Blog good" },
			"no outcome":                 func(c *certify.Certificate) { c.Outcome, c.Level = "", "none" },
			"plan with another level":    func(c *certify.Certificate) { c.Level, c.Plan.Level = "destroy", "destroy" },
			"level of another word":      func(c *certify.Certificate) { c.Level = "Clear" },
			"plan with verification":     func(c *certify.Certificate) { c.Plan.Verify = "quick" },
			"pass with verification":     last(func(p *certify.Pass) { p.Verify = "quick" }),
			"pass of a failure, as well": then(as("failed", "mismatched"), last(func(p *certify.Pass) { p.Verify = "" })),
		},
		"numbers": {
			"disk":         func(c *certify.Certificate) { c.Disk.Size, c.Passes[0].Written, c.Passes[0].Verified = -1, -1, -1 },
			"written":      then(as("failed", "refused"), last(func(p *certify.Pass) { p.Written = -512 })),
			"sum of two":   last(func(p *certify.Pass) { p.UnwrittenCount, p.FlushErrors = 1, -1 }),
			"speed":        last(func(p *certify.Pass) { p.VerifySpeed = -1 }),
			"markers":      then(purged, func(c *certify.Certificate) { c.Firmware.Markers.Unconfirmed = -1 }),
			"interruption": func(c *certify.Certificate) { c.Interruptions = []certify.Interruption{{Reason: "vanished", Low: -1}} },
			"evidence":     func(c *certify.Certificate) { c.Evidence = []certify.File{{Name: "x", Size: -1}} },
			"sample":       then(sampled, last(func(p *certify.Pass) { p.Sample.Places = -1 })),
		},
		"times": {
			"ended before it started": func(c *certify.Certificate) { c.Ended = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) },
			"shorter than it was":     func(c *certify.Certificate) { c.Seconds = 1 },
			"negative duration":       func(c *certify.Certificate) { c.Seconds = -3 },
		},
		"level": {
			"another than planned":       func(c *certify.Certificate) { c.Level = "purge" },
			"none":                       func(c *certify.Certificate) { c.Level = "none" },
			"of a failure":               func(c *certify.Certificate) { c.Outcome = "failed" },
			"purge without firmware":     func(c *certify.Certificate) { c.Level, c.Plan.Level = "purge", "purge" },
			"purge by sample":            then(purged, sampled),
			"clear with firmware":        then(purged, func(c *certify.Certificate) { c.Level, c.Plan.Level = "clear", "clear" }),
			"failed purge without drive": func(c *certify.Certificate) { as("failed", "refused")(c); c.Plan.Level = "purge" },
		},
		"scheme": {
			"another table":       func(c *certify.Certificate) { c.Plan.SchemeSHA256 = strings.Repeat("00", 32) },
			"more passes":         func(c *certify.Certificate) { c.Passes = append(c.Passes, c.Passes[0]) },
			"more, and a failure": then(as("failed", "refused"), func(c *certify.Certificate) { c.Passes = append(c.Passes, c.Passes[0]) }),
		},
		"pattern": {
			"another than the scheme": last(func(p *certify.Pass) { p.Pattern, p.Key = "zero", "" }),
			"unknown":                 last(func(p *certify.Pass) { p.Pattern, p.Key = "bananas", "" }),
			"no key":                  last(func(p *certify.Pass) { p.Key = "" }),
			"short key":               last(func(p *certify.Pass) { p.Key = "0f" }),
			"key in capitals":         last(func(p *certify.Pass) { p.Key = strings.Repeat("0F", 32) }),
			"key of a constant":       then(characters, last(func(p *certify.Pass) { p.Key = strings.Repeat("0f", 32) })),
			"complement with its own": then(flashClear, last(func(p *certify.Pass) { p.Key = strings.Repeat("17", 32) })),
			"complement of another":   then(characters, last(func(p *certify.Pass) { p.Pattern = "bytes:be" })),
			"character of two bytes":  then(characters, func(c *certify.Certificate) { c.Passes[0].Pattern = "bytes:1718" }),
			"passes in another order": then(flashClear, func(c *certify.Certificate) { slices.Reverse(c.Passes) }),
			"unknown, later scheme":   func(c *certify.Certificate) { c.Plan.Scheme = "later"; c.Passes[0].Pattern = "ones" },
			"of a job that broke off": then(as("interrupted", "interrupted"), last(func(p *certify.Pass) { p.Pattern, p.Key = "zero", "" })),
		},
		"verification": {
			"sample of full":             func(c *certify.Certificate) { sampled(c); c.Plan.Verify = "full" },
			"full of none":               then(as("completed-with-exceptions", "not-verified"), func(c *certify.Certificate) { c.Plan.Verify = "none" }),
			"pass that is not read back": then(characters, func(c *certify.Certificate) { c.Passes[0].Verify, c.Passes[0].Verified = "full", c.Disk.Size }),
		},
		"sample": {
			"without places": func(c *certify.Certificate) { sampled(c); c.Passes[0].Sample = nil },
			"with full": last(func(p *certify.Pass) {
				p.Sample = &certify.Sample{Seed: strings.Repeat("17", 32), Sections: 1000, Places: 2002, Bytes: 1 << 20}
			}),
			"of nothing":       then(sampled, last(func(p *certify.Pass) { p.Sample, p.Verified = &certify.Sample{}, 0 })),
			"of a few bytes":   then(sampled, last(func(p *certify.Pass) { p.Sample.Bytes, p.Verified = 512, 512 })),
			"more than a disk": then(sampled, last(func(p *certify.Pass) { p.Sample.Bytes, p.Verified = 2<<20, 2<<20 })),
			"without a seed":   then(sampled, last(func(p *certify.Pass) { p.Sample.Seed = "" })),
		},
		"counts": {
			"list without count":    last(func(p *certify.Pass) { p.Unwritten = []certify.Extent{{Offset: 0, Length: 1<<20 - 512}} }),
			"count without bytes":   then(broken, last(func(p *certify.Pass) { p.UnwrittenBytes = 0 })),
			"bytes without count":   last(func(p *certify.Pass) { p.MismatchedBytes = 512 }),
			"list of more bytes":    then(broken, last(func(p *certify.Pass) { p.Unreadable[0].Length = 1024 })),
			"beyond the disk":       then(broken, last(func(p *certify.Pass) { p.Unreadable[0].Offset = 1 << 20 })),
			"offset that overflows": then(broken, last(func(p *certify.Pass) { p.Unreadable[0] = certify.Extent{Offset: 1<<63 - 1, Length: 512} })),
			"empty extent":          then(broken, last(func(p *certify.Pass) { p.Unreadable[0].Length, p.UnreadableBytes = 0, 0 })),
			"out of order": then(broken, last(func(p *certify.Pass) {
				p.Unwritten = append(p.Unwritten, certify.Extent{Offset: 0, Length: 512})
				p.UnwrittenCount, p.UnwrittenBytes = 2, 1024
			})),
			"written twice":           then(broken, last(func(p *certify.Pass) { p.Written += 512 })),
			"more written than disk":  last(func(p *certify.Pass) { p.Written += 512 }),
			"more read than disk":     then(broken, last(func(p *certify.Pass) { p.Verified += 2048 })),
			"read, but not read back": then(as("completed-with-exceptions", "not-verified"), last(func(p *certify.Pass) { p.Verify = "none" })),
			"smaller disk":            func(c *certify.Certificate) { c.Disk.Size /= 2 },
			"interruption behind it": func(c *certify.Certificate) {
				c.Interruptions = []certify.Interruption{{Reason: "vanished", Low: 2 << 20}}
			},
		},
		"firmware": {
			"not planned":    func(c *certify.Certificate) { purged(c); c.Plan.Level, c.Level, c.Plan.Method = "clear", "clear", "" },
			"another method": then(purged, func(c *certify.Certificate) { c.Firmware.Method = "nvme-format-user" }),
			"more markers":   then(purged, func(c *certify.Certificate) { c.Firmware.Markers.Gone = 8192 }),
			"kept of none":   then(purged, func(c *certify.Certificate) { c.Firmware.Markers.KeptCount = 1 }),
		},
		"exceptions": {
			"unwritten":               except("unwritten"),
			"unknown code":            except("flux-inverted"),
			"opened by others":        except("opened-by-others"),
			"keyed blocks not kept":   except("not-kept"),
			"users unknown, no image": except("users-unknown"),
			"no direct I/O, no image": except("direct-io-unknown"),
			"no code":                 except(""),
		},
		"complete": {
			"nothing done":       func(c *certify.Certificate) { c.Passes = nil },
			"a pass less":        then(flashClear, func(c *certify.Certificate) { c.Passes = c.Passes[:1] }),
			"nothing read":       last(func(p *certify.Pass) { p.Verify, p.Verified = "none", 0 }),
			"not all written":    last(func(p *certify.Pass) { p.Written -= 512 }),
			"not all read":       last(func(p *certify.Pass) { p.Verified -= 512 }),
			"not all of sample":  then(sampled, last(func(p *certify.Pass) { p.Verified -= 512 })),
			"block not written":  last(func(p *certify.Pass) { p.Written -= 512; p.UnwrittenCount, p.UnwrittenBytes = 1, 512 }),
			"flush that failed":  last(func(p *certify.Pass) { p.FlushErrors = 1 }),
			"a disk of no bytes": func(c *certify.Certificate) { c.Disk.Size, c.Passes[0].Written, c.Passes[0].Verified = 0, 0, 0 },
		},
		"erase": {
			"nothing done":      then(purged, func(c *certify.Certificate) { c.Firmware = nil }),
			"failed":            then(purged, func(c *certify.Certificate) { c.Firmware.Outcome = "failed" }),
			"of level clear":    then(purged, func(c *certify.Certificate) { c.Firmware.Level = "clear" }),
			"drive is not done": then(purged, func(c *certify.Certificate) { c.Firmware.After.Phase = "running" }),
			"not seen to end":   then(purged, func(c *certify.Certificate) { c.Firmware.Ended = nil }),
			"marker kept": then(purged, func(c *certify.Certificate) {
				m := &c.Firmware.Markers
				m.KeptCount, m.KeptBytes, m.Gone = 1, 512, 3584
			}),
			"marker not readable": then(purged, func(c *certify.Certificate) {
				m := &c.Firmware.Markers
				m.UnreadableCount, m.UnreadableBytes, m.Gone = 1, 512, 3584
			}),
			"no markers":           then(purged, func(c *certify.Certificate) { c.Firmware.Markers = certify.Markers{} }),
			"marker not confirmed": then(purged, func(c *certify.Certificate) { c.Firmware.Markers.Unconfirmed = 512 }),
		},
	}
	if got, want := slices.Sorted(maps.Keys(cases)), slices.Sorted(slices.Values(certify.ConsistencyRules())); !slices.Equal(got, want) {
		t.Errorf("cases of the rules %v, and the rules are %v", got, want)
	}
	for rule, of := range cases {
		for name, change := range of {
			t.Run(rule+"/"+name, func(t *testing.T) {
				c := certificate(t, pub)
				change(&c)
				var found *certify.Contradiction
				if err := c.CheckConsistency(); !errors.As(err, &found) || found.Rule != rule {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// What version 1 signed in good faith stays good.
func TestVersion1IsConsistent(t *testing.T) {
	t.Parallel()
	n := 0
	for _, dir := range []string{"testdata/v1", "testdata/v1/purge", "testdata/0.1.0", "testdata/0.1.0/sample"} {
		files, err := filepath.Glob(dir + "/*.certificate")
		if err != nil {
			t.Fatal(err)
		}
		check := goldenKey(t, dir)
		for _, name := range files {
			e, err := check(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Certificate.CheckConsistency(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			n++
		}
	}
	if n < 15 {
		t.Errorf("%d certificates", n)
	}
}

// Every code that package wipe gives to an exception is in the table of what it limits.
func TestCodes(t *testing.T) {
	t.Parallel()
	if certify.Limits("hidden-areas-not-examined", "magnetic") || !certify.Limits("users-unknown", "magnetic") || certify.Limits("users-unknown", "image") || !certify.Limits("", "image") {
		t.Error("the table of codes is wrong")
	}
	format, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range certify.Codes() {
		if !strings.Contains(string(format), "`"+code+"`") {
			t.Errorf("FORMAT.md does not have the code %s", code)
		}
	}
}
