package health

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// readATA asks an ATA drive.
func readATA(ctx context.Context, t ata.Transport, d devices.Disk, f *findings) {
	raw, err := ata.IdentifyDrive(ctx, t)
	if f.failed(err, message.Of("IDENTIFY DEVICE")) {
		return
	}
	id, err := ata.ParseIdentify(raw)
	support, err2 := ata.ParseSMARTSupport(raw)
	other := d.OtherSerial(id.Serial)
	switch {
	case errors.Join(err, err2) != nil:
		f.miss(Malformed, message.Of("its IDENTIFY DEVICE data are malformed"))
		return
	case !other.IsZero() && (d.SerialSource == devices.SerialATA || d.Bridge.Carries(ata.PartIdentify)):
		f.miss(Malformed, message.Of("another drive answered: %v", other))
		return
	case !support.Supported:
		f.miss(NotOffered, message.Of("the drive has no SMART"))
		return
	case !support.Enabled:
		f.miss(NotOffered, message.Of("SMART is switched off in the drive"))
		return
	}
	if id.Rotation == 1 && f.medium == devices.MediumUnknown {
		f.medium = devices.Flash // behind a bridge that does not tell
	}
	a, err := ata.ParseAbilities(raw)
	if err == nil && a.Sanitize {
		s, err := ata.AskSanitize(ctx, t, false)
		if err == nil && s.Running {
			f.miss(NotAsked, erasing)
			return
		}
		if err != nil && !refused(err) && !noRegisters(err) && f.failed(err, message.Of("SANITIZE STATUS EXT")) {
			return
		}
	}
	tests := f.smart(ctx, t, id.Model, a.Sectors)
	if support.SelfTest = support.SelfTest || tests; !f.silent {
		f.logs(ctx, t, support)
	}
}

// erasing is why a drive is left alone.
var erasing = message.Of("the drive is erasing itself")

// smart reads the drive's own verdict and its attributes, and reports whether the drive says there that it has self-tests: some leave the
// bit of IDENTIFY DEVICE out.
func (f *findings) smart(ctx context.Context, t ata.Transport, model string, sectors uint64) (tests bool) {
	failing, noStatus := ata.SMARTFailing(ctx, t)
	switch {
	case noStatus == nil && failing:
		f.flag(StatusFailing, message.Of("the drive reports that it is about to fail (SMART status)"))
	case noStatus != nil && !errors.Is(noStatus, ata.ErrNoStatus) && !noRegisters(noStatus) && !refused(noStatus):
		if f.failed(noStatus, message.Of("SMART RETURN STATUS")); f.silent {
			return false
		}
	}
	data, err := ata.ReadSMART(ctx, t)
	if len(data.Attributes) == 0 {
		if f.failed(err, message.Of("SMART READ DATA")) {
			return false
		}
	}
	if err != nil && (noStatus != nil || !refused(err)) { // thresholds are obsolete, and the status says the same
		f.failed(err, message.Of("SMART READ THRESHOLDS"))
	}
	f.attributes(data.Attributes, model, sectors)
	if f.SelfTest = nil; data.SelfTest == ata.SelfTestRunning {
		f.SelfTest = &Test{Kind: "other", Result: Running, Percent: 100 - data.Remaining}
	}
	return data.Tests
}

// noRegisters reports whether the drive's registers do not come back from what is in front of it, or may not.
func noRegisters(err error) bool {
	return errors.Is(err, ata.ErrNoRegisters) || errors.Is(err, ata.ErrNotCarried)
}

// logs reads what the general purpose logs have, and the self-test log.
func (f *findings) logs(ctx context.Context, t ata.Transport, s ata.SMARTSupport) {
	var dir ata.Directory
	var err error
	if s.Logs {
		if dir, err = ata.ReadDirectory(ctx, t); f.optional(err, message.Of("the log directory")) {
			return
		}
	}
	if dir.Statistics() {
		statistics, err := ata.ReadStatistics(ctx, t)
		if f.optional(err, message.Of("the device statistics")) {
			return
		}
		f.statistics(statistics)
	}
	if s.SelfTest {
		r, ok, err := ata.ReadTestResult(ctx, t, dir)
		if f.optional(err, message.Of("the self-test log")) {
			return
		}
		if err == nil && ok {
			f.selfTest(r)
		}
	}
	if s.ErrorLog {
		n, err := ata.ReadErrorCount(ctx, t, dir)
		switch {
		case err == nil:
			f.LoggedErrors = number(n)
		case !refused(err): // some SSDs have a malformed one for ever: how many errors it logged decides nothing
			f.note(Undecoded, message.Of("its error log cannot be used: %v", err))
		}
	}
}

// statistics are defined by the standard, so they come before the vendor's attributes.
func (f *findings) statistics(s ata.Statistics) {
	replace := func(n **int64, by *uint64) {
		if by != nil {
			*n = count(by)
		}
	}
	replace(&f.PowerOnHours, s.PowerOnHours)
	replace(&f.PowerCycles, s.PowerOnResets)
	replace(&f.Reallocated, s.Reallocated)
	replace(&f.Pending, s.Candidates)
	replace(&f.MediaErrors, s.Uncorrectable)
	replace(&f.CRCErrors, s.InterfaceCRC)
	replace(&f.PercentageUsed, s.PercentUsed)
	if s.Celsius != nil {
		f.Celsius = new(int64(*s.Celsius))
	}
	if s.MaxCelsius != nil && *s.MaxCelsius > 0 {
		f.CelsiusLimit = new(int64(*s.MaxCelsius))
	}
}

func (f *findings) selfTest(r ata.TestResult) {
	if f.SelfTest != nil { // one that runs
		return
	}
	test := Test{Kind: kindOf(uint8(r.Test)), Hours: number(r.Hours), Percent: 100, Result: Aborted}
	switch {
	case r.Status == ata.SelfTestPassed:
		test.Result = Passed
	case r.Status == ata.SelfTestRunning:
		test.Result = Running
	case r.Status.Failed():
		test.Result = Failed
	}
	f.tested(test)
}

// tested takes the newest self-test.
func (f *findings) tested(t Test) {
	f.SelfTest = &t
	if t.Result == Failed {
		f.flag(SelfTestFailed, message.Of("its newest self-test found a fault"))
	}
}

// kindOf names a self-test; all standards have the same two numbers.
func kindOf(n uint8) string {
	switch n {
	case uint8(ata.ShortTest):
		return string(Short)
	case uint8(ata.ExtendedTest):
		return string(Long)
	}
	return "other"
}

// failed reports whether a question that must be answered was not, and says so.
func (f *findings) failed(err error, what message.Text) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, ErrSilent):
		f.silent = true
		f.miss(NoAnswer, message.Of("%v", ErrSilent))
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		f.silent = true
		f.miss(NotAsked, message.Of("the question was given up"))
	case errors.Is(err, ata.ErrNotCarried):
		f.miss(NotAsked, message.Of("%s: %v", what, err))
	case refused(err):
		f.miss(NoAnswer, devices.PrintableText(message.Of("%s: %v", what, err)))
	case malformed(err):
		f.miss(Malformed, devices.PrintableText(message.Of("%s: %v", what, err)))
	default: // it did not get there, or no answer came back
		f.silent = true
		f.miss(NoAnswer, devices.PrintableText(message.Of("%s: %v", what, err)))
	}
	return true
}

// optional is failed for what a drive need not have: that it refuses is no failure. It reports whether the drive is silent.
func (f *findings) optional(err error, what message.Text) bool {
	if err != nil && !refused(err) {
		f.failed(err, what)
	}
	return f.silent
}
