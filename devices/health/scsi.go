package health

import (
	"context"
	"errors"
	"slices"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/scsi"
)

// readSCSI asks a SCSI disk.
func readSCSI(ctx context.Context, t scsi.Transport, f *findings) {
	s, _, err := scsi.RequestSense(ctx, t)
	if f.failed(err, message.Of("REQUEST SENSE")) {
		return
	}
	if s.Sanitizing() || s.Formatting() {
		f.miss(NotAsked, erasing)
		return
	}
	var sense *scsi.SenseError
	if err := scsi.TestReady(ctx, t); err != nil && !errors.As(err, &sense) { // collects unit attentions
		f.failed(err, message.Of("TEST UNIT READY"))
		return
	}
	decisive := f.defects(ctx, t)
	if f.silent {
		return
	}
	pages := f.page(ctx, t, scsi.LogSupported)
	if pages == nil {
		if len(f.unknown) == 0 && !decisive {
			f.miss(NotOffered, message.Of("the drive has no log pages"))
		}
		return
	}
	all, err := scsi.SupportedLogs(pages)
	if f.failed(err, message.Of("log page %02xh", scsi.LogSupported)) {
		return
	}
	for _, p := range scsiPages {
		if !slices.Contains(all, p.page) {
			continue
		}
		b := f.page(ctx, t, p.page)
		if f.silent {
			return
		}
		if b != nil {
			f.failed(p.read(f, b, p.page), message.Of("log page %02xh", p.page))
		}
		decisive = decisive || b != nil && p.decides
	}
	if s.SelfTesting() && f.SelfTest != nil && f.SelfTest.Result == Running && s.HasProgress {
		f.SelfTest.Percent = int(s.Progress) * 100 / 65536
	}
	if !decisive {
		f.miss(NotOffered, message.Of("the drive has no log page about its health"))
	}
}

// defects asks how many blocks the drive has replaced, and reports whether it said so. Flash has no such list as a rule.
func (f *findings) defects(ctx context.Context, t scsi.Transport) bool {
	d, err := scsi.GrownDefects(ctx, t)
	if f.optional(err, message.Of("the list of grown defects")); err != nil {
		return false
	}
	switch own := message.Of("the drive has replaced blocks by spare ones and lists them in a format of its maker, in %d bytes", d.Bytes); {
	case d.Counted:
		f.Reallocated = number(uint64(d.Entries))
	case d.Entries > 0:
		f.flag(Reallocated, message.Of("the drive has replaced %d blocks by spare ones, or more", d.Entries))
	case f.medium == devices.Flash:
		f.note(Undecoded, own)
	default:
		f.flag(Reallocated, own)
	}
	return true
}

// page asks for a log page; nil if the drive refuses it, or does not answer, which is a reason then.
func (f *findings) page(ctx context.Context, t scsi.Transport, page uint8) []byte {
	b, err := scsi.LogSense(ctx, t, page)
	if f.optional(err, message.Of("log page %02xh", page)); err != nil {
		return nil
	}
	return b
}

// scsiPages are the pages that are read, and whether one says anything of a drive's health.
var scsiPages = []struct {
	page    uint8
	decides bool
	read    func(f *findings, b []byte, page uint8) error
}{
	{scsi.LogInformational, true, readInformational},
	{scsi.LogWriteErrors, true, readErrors},
	{scsi.LogReadErrors, true, readErrors},
	{scsi.LogVerifyErrors, true, readErrors},
	{scsi.LogNonMedium, false, readNonMedium},
	{scsi.LogTemperature, false, readTemperature},
	{scsi.LogStartStop, false, func(f *findings, b []byte, _ uint8) error {
		n, err := scsi.ParseStartStop(b)
		f.PowerCycles = count(n)
		return err
	}},
	{scsi.LogSolidState, true, func(f *findings, b []byte, _ uint8) error {
		n, err := scsi.ParseEndurance(b)
		f.PercentageUsed = count(n)
		return err
	}},
	{scsi.LogBackground, false, func(f *findings, b []byte, _ uint8) error {
		g, err := scsi.ParseBackground(b)
		if err == nil {
			f.PowerOnHours, f.Pending = number(g.PowerOnMinutes/60), number(g.Pending)
		}
		return err
	}},
	{scsi.LogSelfTest, false, readSelfTests},
}

func readInformational(f *findings, b []byte, _ uint8) error {
	i, err := scsi.ParseInformational(b)
	if err != nil {
		return err
	}
	if i.Celsius != nil && f.Celsius == nil {
		f.Celsius = new(int64(*i.Celsius))
	}
	switch {
	case i.Predicted():
		f.flag(FailurePredicted, message.Of("the drive predicts its failure (%02xh/%02xh)", i.ASC, i.ASCQ))
	case i.Warned():
		f.flag(DriveWarns, message.Of("the drive warns (%02xh/%02xh)", i.ASC, i.ASCQ))
	}
	return nil
}

func readErrors(f *findings, b []byte, page uint8) error {
	c, err := scsi.ParseErrorCounters(b, page)
	if err != nil || c.Uncorrected == nil {
		return err
	}
	sum := *count(c.Uncorrected)
	if f.Uncorrectable != nil {
		sum = min(sum+*f.Uncorrectable, 1<<53-1)
	}
	f.Uncorrectable = &sum
	return nil
}

func readNonMedium(f *findings, b []byte, _ uint8) error {
	n, err := scsi.ParseNonMedium(b)
	f.LoggedErrors = count(n)
	return err
}

func readTemperature(f *findings, b []byte, _ uint8) error {
	now, limit, err := scsi.ParseTemperature(b)
	if now != nil {
		f.Celsius = new(int64(*now))
	}
	if limit != nil && *limit > 0 {
		f.CelsiusLimit = new(int64(*limit))
	}
	return err
}

func readSelfTests(f *findings, b []byte, _ uint8) error {
	r, ok, err := scsi.ParseTestResult(b)
	if err != nil || !ok {
		return err
	}
	test := Test{Kind: kindOf(uint8(r.Test)), Result: Aborted, Hours: number(r.Hours), Percent: 100}
	switch {
	case r.Status == scsi.TestPassed:
		test.Result = Passed
	case r.Status == scsi.TestRunning:
		test.Result, test.Hours, test.Percent = Running, nil, 0
	case r.Status.Failed():
		test.Result = Failed
	}
	f.tested(test)
	return nil
}
