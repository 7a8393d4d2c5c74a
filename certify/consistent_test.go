package certify_test

import (
	"testing"

	"rasure/certify"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// Whatever one number of a verified certificate becomes, if it denies the claim it is seen.
func TestACertificateThatDeniesItsOutcomeIsSeen(t *testing.T) {
	t.Parallel()
	_, pub := signer(t)
	good := func() certify.Certificate {
		return certificate(t, pub)
	}
	if c := good(); !c.Verified() || c.CheckConsistency() != nil {
		t.Fatalf("of a good one: %s, %v", c.Outcome, c.CheckConsistency())
	}
	for name, spoil := range map[string]func(c *certify.Certificate){
		"another level":         func(c *certify.Certificate) { c.Level = "purge" },
		"no level":              func(c *certify.Certificate) { c.Level = "none" },
		"a level for a failure": func(c *certify.Certificate) { c.Outcome = "failed" },
		"an exception": func(c *certify.Certificate) {
			c.Exceptions = append(c.Exceptions, certify.Exception{Code: wipe.CodeUnwritten})
		},
		"nothing was done": func(c *certify.Certificate) { c.Plan.SchemeSHA256, c.Passes = "", nil },
		"a pass less": func(c *certify.Certificate) {
			two, _ := scheme.Named("flash-clear")
			c.Plan.Scheme, c.Plan.SchemeSHA256 = two.ID, two.SHA256()
		},
		"a pass that should be read back": func(c *certify.Certificate) {
			two, _ := scheme.Named("flash-clear")
			c.Plan.Scheme, c.Plan.SchemeSHA256 = two.ID, two.SHA256()
			c.Passes = []certify.Pass{c.Passes[0], *c.Last()}
			c.Passes[0].Verify, c.Passes[0].Verified = "none", 0
		},
		"nothing was read":        func(c *certify.Certificate) { c.Plan.SchemeSHA256, c.Last().Verify, c.Last().Verified = "", "none", 0 },
		"not all written":         func(c *certify.Certificate) { c.Passes[0].Written -= 512 },
		"more written than there": func(c *certify.Certificate) { c.Passes[0].Written += 512 },
		"not all read":            func(c *certify.Certificate) { c.Last().Verified -= 512 },
		"a smaller disk":          func(c *certify.Certificate) { c.Disk.Size /= 2 },
		"a mode of its own":       func(c *certify.Certificate) { c.Last().Verify = "quick" },
		"a sample without places": func(c *certify.Certificate) { c.Last().Verify = "sample" },
		"a sample of too much": func(c *certify.Certificate) {
			c.Last().Verify, c.Last().Verified, c.Last().Sample = "sample", 2*c.Disk.Size, &certify.Sample{Bytes: 2 * c.Disk.Size}
		},
		"a block not written":  func(c *certify.Certificate) { c.Passes[0].UnwrittenCount = 1 },
		"a block that differs": func(c *certify.Certificate) { c.Last().MismatchedCount = 1 },
		"a block not readable": func(c *certify.Certificate) { c.Last().UnreadableCount = 1 },
		"a flush that failed":  func(c *certify.Certificate) { c.Passes[0].FlushErrors = 1 },
		"no erase of its own":  func(c *certify.Certificate) { c.Plan.Method = "nvme-sanitize-block" },
		"an erase that failed": func(c *certify.Certificate) {
			c.Plan.Method, c.Firmware = "nvme-sanitize-block", &certify.Firmware{Method: "nvme-sanitize-block", Outcome: "failed"}
		},
		"another erase": func(c *certify.Certificate) {
			c.Plan.Method, c.Firmware = "nvme-sanitize-block", &certify.Firmware{Method: "nvme-format", Outcome: "verified"}
		},
		"a marker that is there": func(c *certify.Certificate) {
			c.Plan.Method, c.Firmware = "nvme-sanitize-block", &certify.Firmware{Method: "nvme-sanitize-block", Outcome: "verified", Markers: certify.Markers{KeptBytes: 512}}
		},
	} {
		c := good()
		if spoil(&c); c.CheckConsistency() == nil {
			t.Errorf("%s: it is not seen", name)
		}
	}
}
