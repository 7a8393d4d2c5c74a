package health

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// Kind is which self-test a drive makes.
type Kind string

const (
	Short Kind = "short" // some minutes
	Long  Kind = "long"  // the whole medium: hours
)

// ErrNoSelfTest means that the drive has no self-test, or cannot be asked for one.
var ErrNoSelfTest = message.New("the drive makes no self-tests")

// StartSelfTest has a claimed drive begin a test of itself, and returns how many minutes the drive says that it takes; 0 if it does not say.
// The drive goes on serving commands, and the test runs on when this program ends; [ReadClaimed] reports how it stands. The error is
// [ErrNoSelfTest], with the reason, where none was begun because the drive has none.
func StartSelfTest(ctx context.Context, h devices.Handle, k Kind) (minutes int, err error) {
	d, port := h.Disk(), h.Port()
	if why, code := unaskable(d); code != "" {
		return 0, message.Errorf("%w: %s", ErrNoSelfTest, why)
	}
	l := &line{}
	switch {
	case port.SCSI() != nil && (d.Protocol == devices.ProtocolATA || d.Bus == devices.USB):
		return startATA(ctx, d.Carried(ata.OverSCSI(limitedSCSI{l, port.SCSI()})), k)
	case port.SCSI() != nil && d.Protocol == devices.ProtocolSCSI:
		t := scsi.ShortTest
		if k == Long {
			t = scsi.ExtendedTest
		}
		return 0, startSCSI(ctx, limitedSCSI{l, port.SCSI()}, t)
	case port.NVMe() != nil && d.Protocol == devices.ProtocolNVMe:
		return startNVMe(ctx, limitedNVMe{l, port.NVMe()}, k)
	}
	return 0, ErrNoSelfTest
}

// ReadClaimed is [Read] for a claimed disk.
func ReadClaimed(ctx context.Context, h devices.Handle) Report {
	d := h.Disk()
	if why, code := unaskable(d); code != "" {
		return unknown(code, why)
	}
	return read(ctx, &line{}, h.Port(), d) // the claim keeps the port open
}

func startATA(ctx context.Context, t ata.Transport, k Kind) (int, error) {
	raw, err := ata.IdentifyDrive(ctx, t)
	if err != nil {
		return 0, err
	}
	s, err := ata.ParseSMARTSupport(raw)
	if err != nil {
		return 0, err
	}
	if !s.Enabled {
		return 0, ErrNoSelfTest
	}
	data, err := ata.ReadSMART(ctx, t)
	if err != nil && !(refused(err) && len(data.Attributes) > 0) { // without thresholds
		return 0, err
	}
	test, minutes := ata.ShortTest, data.Short
	if k == Long {
		test, minutes = ata.ExtendedTest, data.Extended
	}
	switch {
	case !data.Tests:
		return 0, ErrNoSelfTest
	case data.SelfTest == ata.SelfTestRunning: // the drive would end it for ours
		return 0, errTesting
	}
	return minutes, begun(ata.StartSelfTest(ctx, t, test))
}

var errTesting = message.New("the drive is at a self-test already")

func startNVMe(ctx context.Context, t nvme.Transport, k Kind) (int, error) {
	c, err := nvme.IdentifyController(ctx, t)
	if err != nil {
		return 0, err
	}
	if !c.SelfTest {
		return 0, ErrNoSelfTest
	}
	if k == Long {
		return int(c.SelfTestMinutes), begun(nvme.StartSelfTest(ctx, t, nvme.ExtendedTest))
	}
	return 2, begun(nvme.StartSelfTest(ctx, t, nvme.ShortTest)) // Base 2.1: a short one takes two minutes or less
}

func startSCSI(ctx context.Context, t scsi.Transport, test scsi.SelfTest) error {
	if err := scsi.TestReady(ctx, t); err != nil { // collects unit attentions too
		return err
	}
	return begun(scsi.StartSelfTest(ctx, t, test))
}

// begun says what a refusal means. No registers came back from some adapters: the drive accepted it.
func begun(err error) error {
	var status *nvme.StatusError
	var sense *scsi.SenseError
	switch {
	case errors.Is(err, ata.ErrNoRegisters):
		return nil
	case errors.As(err, &status) && status.Code() == nvme.SelfTestInProgress:
		return errTesting
	case errors.As(err, &sense) && sense.Key == 2 && sense.ASC == 4 && sense.ASCQ == 9:
		return errTesting
	case refused(err), errors.Is(err, ata.ErrNotCarried):
		return message.Errorf("%w: %w", ErrNoSelfTest, err)
	}
	return err
}
