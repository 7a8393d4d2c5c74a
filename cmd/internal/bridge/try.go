package bridge

import (
	"bytes"
	"context"
	"errors"
	"syscall"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/health"
	"rasure/devices/scsi"
)

// trial is one test of a bridge.
type trial struct {
	t       ata.Transport
	d       devices.Disk
	checks  []Check
	stopped bool // a command was not answered

	raw     []byte // IDENTIFY DEVICE data, once they can be believed
	support ata.SMARTSupport
	logs    ata.Directory
}

// Why something was not tried.
var (
	silent     = message.Of("the command was not answered")
	afterThat  = message.Of("a command before it was not answered")
	noIdentity = message.Of("IDENTIFY DEVICE does not arrive as it should")
	noEcho     = message.Of("count and address do not arrive as sent")
	noSense    = message.Of("the registers do not come back whole")
	notOffered = message.Of("the drive does not offer it")
	noWay      = message.Of("no public command carries NVMe commands over USB")
	shortDrive = message.Of("the drive has no 48-bit commands")
)

// try makes all checks, in an order in which each relies on what was shown before.
func try(ctx context.Context, t ata.Transport, d devices.Disk) []Check {
	x := &trial{t: t, d: d}
	x.check(ata.PartIdentify, devices.UnlistableBridge(d.Bridge.ID()), func() (Result, message.Text) { return x.identify(ctx) })
	missing := message.Text{}
	if x.raw == nil {
		missing = noIdentity
	}
	x.check(ata.PartSense, missing, func() (Result, message.Text) { return x.sense(ctx) })
	x.check(ata.PartSMART, first(missing, unless(x.support.Enabled)), func() (Result, message.Text) {
		_, err := ata.ReadSMART(ctx, x.t)
		return judged(err)
	})
	x.check(ata.PartLogs, first(missing, unless(x.support.Logs)), func() (Result, message.Text) { return x.directory(ctx) })
	x.check(ata.PartStatistics, first(missing, unless(x.support.Logs && x.logs.Statistics())), func() (Result, message.Text) {
		_, err := ata.ReadStatistics(ctx, x.t)
		return judged(err)
	})
	sense := x.carried(ata.PartSense)
	x.check(ata.PartEcho, first(missing, or(sense, noSense)), func() (Result, message.Text) { return x.echo(ctx) })
	a, _ := ata.ParseAbilities(x.raw)
	x.check(ata.PartAddress, first(missing, or(sense, noSense), or(x.carried(ata.PartEcho), noEcho), or(a.Extended, shortDrive)), func() (Result, message.Text) {
		return judged(ata.EchoAddress(ctx, x.t, a.Sectors))
	})
	return append(x.checks, Check{NVMe, NotTested, noWay})
}

// check makes a check, if nothing says why it cannot be made.
func (x *trial) check(p ata.Part, why message.Text, make func() (Result, message.Text)) {
	switch {
	case x.stopped:
		why = afterThat
	case why.IsZero():
		result, detail := make()
		x.stopped = detail.Format == silent.Format
		x.checks = append(x.checks, Check{p, result, devices.PrintableText(detail)})
		return
	}
	x.checks = append(x.checks, Check{p, NotTested, why})
}

func (x *trial) carried(p ata.Part) bool {
	for _, c := range x.checks {
		if c.Part == p {
			return c.Result == Carried
		}
	}
	return false
}

func first(all ...message.Text) message.Text {
	for _, t := range all {
		if !t.IsZero() {
			return t
		}
	}
	return message.Text{}
}

func or(ok bool, why message.Text) message.Text {
	if ok {
		return message.Text{}
	}
	return why
}

func unless(offered bool) message.Text { return or(offered, notOffered) }

// judged is what the error of a command says about the way to the drive.
func judged(err error) (Result, message.Text) {
	var altered *ata.AlteredError
	var refused *ata.RefusedError
	var sense *scsi.SenseError
	var short *ata.ShortError
	var errno syscall.Errno
	detail := message.Of("%v", err)
	switch {
	case err == nil:
		return Carried, message.Text{}
	case errors.As(err, &altered) && altered.Lost, errors.Is(err, ata.ErrNoRegisters), errors.Is(err, ata.ErrNoStatus):
		return Dropped, detail
	case altered != nil, errors.As(err, &short):
		return Altered, detail
	case errors.Is(err, ata.ErrNoVerify), errors.Is(err, ata.ErrNoAddress):
		return NotTested, detail
	case errors.As(err, &refused), errors.As(err, &sense):
		return Refused, detail
	case errors.As(err, &errno), errors.Is(err, health.ErrSilent), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Dropped, silent
	}
	return Altered, detail // an answer that cannot be read
}

// identify asks twice, and compares the answers with each other and with what the kernel knows.
func (x *trial) identify(ctx context.Context) (Result, message.Text) {
	raw, err := ata.IdentifyDrive(ctx, x.t)
	if err != nil {
		return judged(err)
	}
	again, err := ata.IdentifyDrive(ctx, x.t)
	if err != nil {
		return judged(err)
	}
	id, err := ata.ParseIdentify(raw)
	a, err2 := ata.ParseAbilities(raw)
	support, err3 := ata.ParseSMARTSupport(raw)
	other := first(x.d.OtherSerial(id.Serial), x.d.OtherSize(int64(a.Sectors)*a.Sector))
	switch {
	case !bytes.Equal(raw, again):
		return Altered, message.Of("two answers differ")
	case errors.Join(err, err2, err3) != nil:
		return Altered, message.Of("%v", errors.Join(err, err2, err3))
	case raw[510] != 0xa5:
		return Altered, message.Of("its data have no checksum")
	case !other.IsZero():
		return Altered, other
	}
	x.raw, x.support = raw, support
	if !x.d.Unrecognizable().IsZero() {
		return Carried, message.Of("serial number %s; INQUIRY does not report the drive's to compare it with", devices.Printable(id.Serial))
	}
	return Carried, message.Text{}
}

// sense sends a command that a drive must abort, and looks at what comes back.
func (x *trial) sense(ctx context.Context) (Result, message.Text) {
	r, err := ata.Abort(ctx, x.t, 0, 0)
	switch {
	case err != nil:
		return judged(err)
	case !r.Refused():
		return Altered, message.Of("a command that a drive must abort succeeds")
	case !r.Whole:
		return Altered, message.Of("the registers come back in the fixed format, without the high bytes of count and address")
	}
	return Carried, message.Text{}
}

// directory reads which logs there are. A drive lists the host's own, 80h to 9Fh, which are in the second half of the page.
func (x *trial) directory(ctx context.Context) (Result, message.Text) {
	dir, err := ata.ReadDirectory(ctx, x.t)
	if err != nil {
		return judged(err)
	}
	if !dir.SecondHalf() {
		return Altered, message.Of("the second half of the log directory is empty")
	}
	x.logs = dir
	return Carried, message.Text{}
}

// echo tries count and address by NOP, and the feature by SMART RETURN STATUS, which is another command without it.
func (x *trial) echo(ctx context.Context) (Result, message.Text) {
	err := ata.Echo(ctx, x.t)
	if err == nil && x.support.Enabled {
		if _, err = ata.SMARTFailing(ctx, x.t); err != nil {
			result, detail := judged(err)
			if detail.Format != silent.Format {
				result, detail = Altered, message.Of("SMART RETURN STATUS does not arrive as sent: %v", err)
			}
			return result, detail
		}
	}
	return judged(err)
}
