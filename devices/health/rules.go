package health

import (
	"slices"

	"rasure/cmd/message"
	"rasure/devices"
)

// Code names a fact about a drive, on certificates and in JSON.
type Code string

// The drive's own flags, then what its numbers mean, then why nothing is known, then what does not count.
const (
	StatusFailing    Code = "status-failing"
	AttributeFailing Code = "attribute-failing"
	AttributeFailed  Code = "attribute-failed-once"
	AttributeOld     Code = "attribute-old"
	FailurePredicted Code = "failure-predicted"
	DriveWarns       Code = "drive-warns"
	SpareLow         Code = "spare-low"
	Unreliable       Code = "unreliable"
	ReadOnlyMedia    Code = "read-only-media"
	BackupFailed     Code = "backup-failed"
	SelfTestFailed   Code = "self-test-failed"
	EndOfLife        Code = "end-of-life"
	LifeWarning      Code = "life-warning"

	Pending       Code = "pending"
	Uncorrectable Code = "uncorrectable"
	Reallocated   Code = "reallocated"
	MediaErrors   Code = "media-errors"
	Wear          Code = "wear"

	NotAsked   Code = "not-asked"   // nothing was sent to the drive
	NoAnswer   Code = "no-answer"   // it was asked and did not answer, or not with what it reports to a host
	NotOffered Code = "not-offered" // the drive does not watch itself
	Malformed  Code = "malformed"   // it answered what cannot be true

	Cable     Code = "cable"
	TooWarm   Code = "too-warm"
	Undecoded Code = "undecoded" // a number of the drive that means nothing, and that the verdict does not need
)

// Rule says what a flag or a number of a drive means.
type Rule struct {
	Code    Code
	Verdict Verdict
	From    int64  // of a number: the smallest that counts; 0: the rule is about a flag that the drive sets
	Flash   bool   // the rule holds for flash too, where blocks are replaced as a matter of course
	Source  string // who says so

	value func(*Numbers) *int64
	text  func(n int64) message.Text
}

// Rules is all that verdicts are made by. Of the rules of one code the first that fits counts. The drive's own flags come first; where the
// source is "our choice", no standard says at which number a drive should not be used any more.
var Rules = []Rule{
	{Code: StatusFailing, Verdict: Failing, Source: "ATA8-ACS, SMART RETURN STATUS: the device has detected a threshold exceeded condition"},
	{Code: AttributeFailing, Verdict: Failing, Source: "SFF-8035i revision 2: a pre-failure attribute at its threshold predicts imminent loss of data"},
	{Code: FailurePredicted, Verdict: Failing, Source: "SPC-5, Informational Exceptions log page: additional sense code 5Dh, failure prediction threshold exceeded"},
	{Code: SpareLow, Verdict: Failing, Source: "NVMe Base 2.1, log 02h, critical warning bit 0"},
	{Code: Unreliable, Verdict: Failing, Source: "NVMe Base 2.1, log 02h, critical warning bit 2: the NVM subsystem reliability has been degraded"},
	{Code: ReadOnlyMedia, Verdict: Failing, Source: "NVMe Base 2.1, log 02h, critical warning bit 3"},
	{Code: BackupFailed, Verdict: Failing, Source: "NVMe Base 2.1, log 02h, critical warning bit 4; that it is worth a drive is our choice"},
	{Code: SelfTestFailed, Verdict: Failing, Source: "ATA8-ACS self-test status 3 to 8, NVMe Base 2.1 log 06h result 5 to 7, SPC-5 log page 10h result 3 to 7"},
	{Code: EndOfLife, Verdict: Failing, Source: "JESD84-B51A, PRE_EOL_INFO 3, urgent: 90 % of the reserved blocks are used"},
	{Code: AttributeOld, Verdict: Worn, Source: "SFF-8035i revision 2: an advisory attribute at its threshold has exceeded its design life"},
	{Code: AttributeFailed, Verdict: Worn, Source: "our choice, of SFF-8035i's worst value"},
	{Code: DriveWarns, Verdict: Worn, Source: "SPC-5, Informational Exceptions log page: additional sense code 0Bh, warning, except 01h, temperature"},
	{Code: LifeWarning, Verdict: Worn, Source: "JESD84-B51A, PRE_EOL_INFO 2, warning: 80 % of the reserved blocks are used; or DEVICE_LIFE_TIME_EST 0Bh"},

	{Code: Pending, Verdict: Failing, From: 100, Flash: true, Source: "our choice", value: func(n *Numbers) *int64 { return n.Pending }, text: pendingText},
	{Code: Pending, Verdict: Worn, From: 1, Flash: true, Source: "our choice", value: func(n *Numbers) *int64 { return n.Pending }, text: pendingText},
	{Code: Uncorrectable, Verdict: Failing, From: 100, Flash: true, Source: "our choice", value: func(n *Numbers) *int64 { return n.Uncorrectable }, text: uncorrectableText},
	{Code: Uncorrectable, Verdict: Worn, From: 1, Flash: true, Source: "our choice", value: func(n *Numbers) *int64 { return n.Uncorrectable }, text: uncorrectableText},
	{Code: Reallocated, Verdict: Failing, From: 1000, Source: "our choice", value: func(n *Numbers) *int64 { return n.Reallocated }, text: reallocatedText},
	{Code: Reallocated, Verdict: Worn, From: 1, Source: "our choice", value: func(n *Numbers) *int64 { return n.Reallocated }, text: reallocatedText},
	{Code: Reallocated, Verdict: Worn, Source: "our choice: the drive lists replaced blocks without a number of them"},
	{Code: MediaErrors, Verdict: Worn, From: 1, Flash: true, Source: "our choice: they may be of years ago", value: func(n *Numbers) *int64 { return n.MediaErrors }, text: mediaText},
	{Code: Wear, Verdict: Worn, From: 100, Flash: true, Source: "NVMe Base 2.1, ACS-4 and SBC-4, percentage used: 100 is the life that the maker expects, and no failure",
		value: func(n *Numbers) *int64 { return n.PercentageUsed }, text: wearText},
	{Code: Wear, Verdict: Worn, From: 90, Flash: true, Source: "our choice", value: func(n *Numbers) *int64 { return n.PercentageUsed }, text: wearText},
}

func pendingText(n int64) message.Text {
	return message.Count(n, "%d block cannot be read and waits to be replaced", "%d blocks cannot be read and wait to be replaced")
}

func uncorrectableText(n int64) message.Text {
	return message.Count(n, "%d uncorrectable error", "%d uncorrectable errors")
}

func reallocatedText(n int64) message.Text {
	return message.Count(n, "%d block was replaced by a spare one", "%d blocks were replaced by spare ones")
}

func mediaText(n int64) message.Text {
	return message.Count(n, "%d error of the medium was reported", "%d errors of the medium were reported")
}

func wearText(n int64) message.Text {
	return message.Of("%d %% of the life that the maker expects is used", n)
}

// findings is what was read of a drive before it is judged.
type findings struct {
	Numbers
	source  Source
	medium  devices.Medium
	flags   []Reason // that the drive set
	unknown []Reason // what could not be read
	silent  bool     // the drive stopped answering, or is left alone: nothing more is asked
	notes   []Reason
}

func (f *findings) flag(c Code, t message.Text) { f.flags = append(f.flags, Reason{c, t}) }
func (f *findings) note(c Code, t message.Text) { f.notes = append(f.notes, Reason{c, t}) }
func (f *findings) miss(c Code, t message.Text) { f.unknown = append(f.unknown, Reason{c, t}) }

// Numbers that cannot be, by our choice: drives that count their hours are 30 years old at most, and no drive answers at such temperatures.
const (
	maxHours   = 30 * 8766
	maxCelsius = 150
)

// dropImpossible leaves numbers out that cannot be what they are called, and by which nothing is decided.
func (f *findings) dropImpossible() {
	if n := f.PowerOnHours; n != nil && *n > maxHours {
		f.note(Undecoded, message.Of("its power-on time of %d is not in hours", *n))
		f.PowerOnHours = nil
	}
	if n := f.Celsius; n != nil && *n > maxCelsius {
		f.note(Undecoded, message.Of("its temperature of %d °C cannot be", *n))
		f.Celsius = nil
	}
}

// judge applies the rules.
func (f *findings) judge() Report {
	f.dropImpossible()
	r := Report{Verdict: Good, Reasons: []Reason{}, Notes: []Reason{}, Source: f.source, Numbers: f.Numbers}
	worst := map[Code]Verdict{}
	add := func(why Reason, v Verdict) {
		if _, ok := worst[why.Code]; !ok || v == Unknown {
			worst[why.Code] = v
		}
		if v.worse(r.Verdict) {
			r.Verdict = v
		}
		r.Reasons = append(r.Reasons, why)
	}
	for _, rule := range Rules {
		if rule.From == 0 {
			for _, why := range f.flags {
				if why.Code == rule.Code {
					add(why, rule.Verdict)
				}
			}
			continue
		}
		n := rule.value(&f.Numbers)
		_, judged := worst[rule.Code]
		if n == nil || *n < rule.From || judged || f.medium == devices.Flash && !rule.Flash {
			continue
		}
		add(Reason{rule.Code, rule.text(*n)}, rule.Verdict)
	}
	for _, why := range f.unknown {
		add(why, Unknown)
	}
	slices.SortStableFunc(r.Reasons, func(a, b Reason) int { return rank[worst[b.Code]] - rank[worst[a.Code]] })
	if n := f.CRCErrors; n != nil && *n > 0 {
		r.Notes = append(r.Notes, Reason{Cable, message.Count(*n, "%d transfer error between computer and drive: a fault of the cable, which does not count against the drive",
			"%d transfer errors between computer and drive: a fault of the cable, which does not count against the drive")})
	}
	if c, limit := f.Celsius, f.CelsiusLimit; c != nil && limit != nil && *c >= *limit {
		r.Notes = append(r.Notes, Reason{TooWarm, message.Of("%d °C, and its limit is %d °C", *c, *limit)})
	}
	r.Notes = append(r.Notes, f.notes...)
	return r
}
