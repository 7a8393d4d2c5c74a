package statement

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"rasure/certify/internal/canon"
)

func parseHash(s string) (Hash, bool) { return canon.ParseHash(s) }

func stationLeast(t testing.TB) *StationStatement {
	s := &StationStatement{ByStation: byStation(t, 0), PublicKey: publicKey(t), Host: Host{Name: "s7", Kernel: "6.1.0"}, Zone: "Asia/Shanghai"}
	s.Log = Head{Origin: origin}
	s.Keys = []StationKey{{"statement", algorithm, s.PublicKey, true}}
	return s
}

// stationFull is the first entry of a log whose station succeeds another.
func stationFull(t testing.TB) *StationStatement {
	s := stationLeast(t)
	s.ByStation = inTPM(s.ByStation)
	s.Software.Attested, s.Software.Boot = "none", nil // there is no entry before
	s.Draft, s.Roots, s.Annex = true, sum("roots"), sum("annex")
	s.Keys = append(s.Keys, StationKey{"second", "ed25519", Bytes("another key"), false})
	s.TPM = &TPM{"IFX", "SLB9670", "7.85", Bytes("TPMT_PUBLIC"), Bytes("TPMS_NV_PUBLIC"), sum("policy")}
	s.Host = Host{"s7", "LENOVO", "ThinkStation P3", "6.1.0"}
	s.Succeeds = &Head{"s6.archive.example", sum("old first"), 88, sum("old root")}
	return s
}

// cutOver begins version 2 in a log of version 1.
func cutOver(t testing.TB) *StationStatement {
	s := stationFull(t)
	s.Log, s.Succeeds, s.Replaces, s.From = head(20), nil, refTo(0), 21
	return s
}

func work() Work {
	d := disk()
	d.Serial, d.SerialSource = "WD-0001", "ata-identify"
	return Work{Job: job, Operator: Operator{Account: "zhang", By: "flag"}, Disk: d, Identified: "serial", Plan: plan("clear-random")}
}

func wholeWork() Work {
	return Work{Job: job, Operator: Operator{Person: "张三", By: "token"}, Disk: wholeDisk(), Identified: "bay", Port: "bay 3", Plan: plan("clear-random"),
		Medium: &MediumUse{"密-2026/017", "PC-0412", ref(7), "inside", refTo(9)}, Policy: refTo(2), Order: "2026-11", Batch: "box 4", Source: "二处", SourceHost: "PC-0412"}
}

func beginLeast(t testing.TB) *Begin {
	return &Begin{ByStation: byStation(t, 12), Work: work(), Confirmation: Confirmation{Typed: "serial", Seconds: 4}, Seed: sha256.Sum256(seed[:])}
}

func beginFull(t testing.TB) *Begin {
	b := &Begin{ByStation: inTPM(byStation(t, 12)), Work: wholeWork(), Confirmation: Confirmation{Intake: "bay 3"}, Offline: &Offline{true, 1, 2, when}, Seed: sha256.Sum256(seed[:]),
		Cosigned: &Cosigned{10, "witness.example", when, sum("line")}, Health: wholeHealth(), ApprovalShown: true, StationEnd: StationEnd{sum("annex")}}
	b.Plan.Caution = "the drive is worn"
	return b
}

// beginOutside is of a disk that is not in the register.
func beginOutside(t testing.TB) *Begin {
	b := beginLeast(t)
	b.Disk, b.Identified, b.Port, b.Asset, b.Confirmation = disk(), "port", "usb 1-2.3", "PC-0412", Confirmation{Scanned: "port"}
	return b
}

// beginReplugged is of a disk that was pulled out and plugged in again to show which one is meant.
func beginReplugged(t testing.TB) *Begin {
	b := beginOutside(t)
	b.Confirmation = Confirmation{Replugged: "port", Seconds: 1}
	return b
}

// beginImage is of an image that the command line named, by the account of the login.
func beginImage(t testing.TB) *Begin {
	b := beginLeast(t)
	b.Disk, b.Identified, b.Operator.By, b.Confirmation = disk(), "image", "login", Confirmation{Flag: "name"}
	b.Disk.MediumType, b.Disk.Hidden, b.Disk.Direct = "image", "not-applicable", "unknown"
	return b
}

var seed = sum("seed")

// anchorOf is the anchor of a job whose begin is entry 12. Its line is no signature: that is for others to check.
func anchorOf(c *Certificate) *Anchor {
	a := &Anchor{Size: 13, Root: sum("root at the begin"), Line: bytes.Repeat([]byte{0xa5}, softwareLine)}
	if c.Station.Counter != nil {
		a.Line = bytes.Repeat([]byte{0xa5}, recordBytes)
	}
	a.SHA256 = sha256.Sum256(append([]byte(a.Checkpoint(c.Log.Origin)), a.Line...))
	return a
}

func certificateLeast(t testing.TB) *Certificate {
	c := &Certificate{ByStation: byStation(t, 13), Work: work(), Begin: ref(12), Seed: seed, Outcome: "verified", Level: "clear",
		Passes: []Pass{{Pattern: "random", Written: 1 << 20, Verified: 1 << 20, Verify: "full", Started: when, Ended: when.Add(2 * time.Second),
			Elapsed: 2000, Writing: 900, Verifying: 1000}},
		Sessions: []Session{{Boot: sum("boot"), Started: when, Ended: when.Add(3 * time.Second), Elapsed: 3000}}}
	anchor(c)
	return c
}

// anchor derives the keys of the job (RFC 5869) as FORMAT.md says.
func anchor(c *Certificate) {
	c.Anchor = anchorOf(c)
	derive := func(label string, n int) Hash {
		info := binary.BigEndian.AppendUint32([]byte(label+"\x00"+c.Job), uint32(n))
		key, err := hkdf.Key(sha256.New, c.Seed[:], c.Anchor.SHA256[:], string(info), 32)
		if err != nil {
			panic(err)
		}
		return Hash(key)
	}
	for i := range c.Passes {
		c.Passes[i].Key = derive("rasure/pass/v2", i+1)
		if s := c.Passes[i].Sample; s != nil {
			s.Seed = derive("rasure/sample/v2", i+1)
		}
	}
	if c.Firmware != nil {
		c.Firmware.Markers.Key = derive("rasure/markers/v2", 2)
	}
}

// certificateFull is of a drive that erased itself and a pass behind it.
func certificateFull(t testing.TB) *Certificate {
	c := certificateLeast(t)
	c.ByStation, c.Work = inTPM(c.ByStation), wholeWork()
	c.Log.Size, c.Resumes = 20, refTo(15)
	c.Confirmation = &Confirmation{Scanned: "number", Seconds: 2}
	c.Plan.Level, c.Level, c.Plan.Method = "purge", "purge", "ata-sanitize-block"
	c.Firmware = &Firmware{Method: c.Plan.Method, Level: "purge", Others: []string{"sdc"}, Takes: 60, Before: EraseState{"idle", "no erase was requested", Bytes{0x50, 0}},
		After: EraseState{"done", "sanitize completed", Bytes{0x80, 0}}, Seen: true, Refusal: "busy", Tries: 2,
		Markers: Markers{Bytes: 4096, Confirmed: 4096, Gone: 4096}, Outcome: "verified", Started: when, Ended: after(time.Minute)}
	c.Hidden = []HiddenArea{{"hpa", 0, true, "none"}, {"dco", -1, true, ""}}
	c.Health = &Healths{wholeHealth(), &Health{Verdict: "unknown", Source: "none"}}
	c.Passes[0].WriteProfile, c.Passes[0].VerifyProfile = profile(), profile()
	c.Sessions = []Session{{sum("boot"), when, when.Add(time.Second), 1000, "device-lost", 1, number(0)}, {Boot: sum("boot"), Started: when, Ended: when, Elapsed: 2500}}
	c.Steps = []ClockStep{{when, -3600000}}
	c.Exceptions = []Exception{{"clock-changed", "the clock was set back by an hour"}, {Code: "known-trouble"}}
	c.Limits = []string{"spare-blocks-by-the-drives-word"}
	c.Evidence = []File{{"smart.bin", sum("smart"), 512}}
	c.Destination, c.VerifiedBy, c.Annex = "other-unit", "李四", sum("annex")
	anchor(c)
	return c
}

// certificateZoned is of a disk whose zones do not store all that they are long.
func certificateZoned(t testing.TB) *Certificate {
	c := certificateLeast(t)
	c.Disk.Zones = &Zones{Count: 4, Bytes: 1 << 18, Conventional: 1, Gaps: []Gap{{1<<18 + 3<<16, 1 << 16, 1 << 18, 3}}, GapBytes: 3 << 16}
	c.Passes[0].Written, c.Passes[0].Verified = 1<<20-3<<16, 1<<20-3<<16
	return c
}

// certificateFailed is of a sample with every kind of error.
func certificateFailed(t testing.TB) *Certificate {
	c := certificateLeast(t)
	c.Plan = plan("clear-random")
	c.Plan.Verify = "sample"
	p := &c.Passes[0]
	p.Verify, p.Sample = "sample", &Sample{Sections: 1000, Places: 2002, Bytes: 131072}
	p.Written, p.Verified = 1<<20-512, 131072-1024
	p.Unwritten, p.UnwrittenCount, p.UnwrittenBytes = []Extent{{4096, 512}}, 1, 512
	p.Mismatched, p.MismatchedCount, p.MismatchedBytes = []Extent{{8192, 512}}, 1, 512
	p.Unreadable, p.UnreadableCount, p.UnreadableBytes = []Extent{{0, 512}}, 1, 512
	p.Retries, p.FlushErrors = 3, 1
	c.Outcome, c.Level, c.Exceptions = "completed-with-exceptions", "none", []Exception{{Code: "unwritten"}, {Code: "mismatched"}, {Code: "unreadable"}, {Code: "flush-failed"}}
	anchor(c)
	return c
}

// certificateSampled is verified by a sample.
func certificateSampled(t testing.TB) *Certificate {
	c := certificateLeast(t)
	c.Plan.Verify = "sample"
	c.Passes[0].Verify, c.Passes[0].Verified, c.Passes[0].Sample = "sample", 131072, &Sample{Sections: 1000, Places: 2002, Bytes: 131072}
	anchor(c)
	return c
}

// certificateOf is of a scheme of two passes. The first is read back if both say so.
func certificateOf(t testing.TB, scheme string, first, second Pass) *Certificate {
	c := certificateLeast(t)
	p := c.Passes[0]
	c.Plan, c.Passes, c.Sessions[0].Elapsed = plan(scheme), []Pass{p, p}, 4000
	c.Passes[0].Pattern, c.Passes[0].Verify, c.Passes[0].Verified = first.Pattern, first.Verify, first.Verified
	c.Passes[1].Pattern = second.Pattern
	anchor(c)
	switch {
	case second.Pattern == "random-complement":
		c.Passes[1].Key = c.Passes[0].Key
	case first.Pattern != "random":
		c.Passes[0].Key = Hash{}
	}
	return c
}

// certificateOfVersion1 is of a job that began in version 1, on a disk without a serial number.
func certificateOfVersion1(t testing.TB) *Certificate {
	c := certificateLeast(t)
	c.Passes[0].Key = sum("a key that was drawn")
	c.Seed, c.Anchor, c.Exceptions = Hash{}, nil, []Exception{{Code: CodeKeyNotAnchored}}
	c.Disk, c.Identified, c.Port, c.Asset = disk(), "port", "usb 1-2.3", "PC-0412"
	c.Operator.By, c.Sessions[0].Boot = "unknown", Hash{}
	return c
}

func preparationLeast(t testing.TB) *Preparation {
	p := &Preparation{ByStation: byStation(t, 14), Operator: Operator{Account: "zhang", By: "flag"}, Certificate: target("certificate"), Disk: work().Disk, Layout: "gpt-fat32",
		Changed: []Extent{{0, 512}}, Content: sum("content")}
	p.Certificate.Outcome = "verified"
	return p
}

func preparationFull(t testing.TB) *Preparation {
	p := preparationLeast(t)
	p.ByStation, p.Operator, p.Certificate, p.Disk = inTPM(p.ByStation), Operator{Person: "张三", By: "bench"}, wholeTarget("certificate"), wholeDisk()
	p.Label, p.Changed, p.Medium, p.Annex = "空白", []Extent{{0, 512}, {1024, 4096}}, wholeWork().Medium, sum("annex")
	return p
}

func bootLeast(t testing.TB) *Boot {
	b := &Boot{ByStation: inTPM(byStation(t, 30)), Resets: 4, Restarts: 0, Firmware: "0007005500001600", PCRs: []PCR{{4, sum("4")}, {11, sum("11")}},
		Quote: Bytes("quote"), EventHash: sum("events"), Host: Host{Name: "s7", Kernel: "6.1.0"}}
	b.Software.Attested, b.Software.Boot, b.Software.Image = "none", nil, nil
	return b
}

func bootFull(t testing.TB) *Boot {
	b := bootLeast(t)
	b.Events, b.EventHash, b.Annex = Bytes("event log"), Hash{}, sum("annex")
	b.Host = Host{"s7", "LENOVO", "ThinkStation P3", "6.1.0"}
	return b
}

func retirementLeast(t testing.TB) *Retirement {
	return &Retirement{ByStation: byStation(t, 30), Operator: Operator{Account: "zhang", By: "login"}, Reason: "the office closes"}
}

func retirementFull(t testing.TB) *Retirement {
	return &Retirement{ByStation: inTPM(byStation(t, 30)), Operator: Operator{Person: "张三", By: "flag"}, Reason: "设备报废", StationEnd: StationEnd{sum("annex")}}
}

func listLeast(t testing.TB) *List {
	return &List{ByStation: byStation(t, 30), Purpose: "import", Rows: []Row{{Number: "A-1", Classification: "none", Type: "unknown"}}}
}

// listFull has as many rows as a list may have.
func listFull(t testing.TB) *List {
	l := &List{ByStation: inTPM(byStation(t, 30)), Purpose: "count", StationEnd: StationEnd{sum("annex")}}
	l.Rows = []Row{{"密-2026/017", "secret", "magnetic", &Limit{Years: 20}, "2026-01-01", "WD-0001", "WD40EFRX", "Western Digital", 4000787030016, "PC-0412", refTo(7)}}
	for i := range int64(149) {
		l.Rows = append(l.Rows, Row{Number: "A-" + strconv.FormatInt(i, 10), Registration: refTo(7)})
	}
	return l
}
