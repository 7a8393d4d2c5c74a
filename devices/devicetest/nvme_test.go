package devicetest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
)

// capable can do everything.
func capable(lies ...devicetest.NVMeLie) devicetest.NVMeTraits {
	return devicetest.NVMeTraits{Serial: "NVME0001", Model: "SIMULATED", Firmware: "1", OACS: 0x02, SANICAP: 0x07, FNA: 0x04, Polls: 3, Lies: lies}
}

// written makes a drive with that many namespaces, each full of 55h.
func written(t *testing.T, spaces int, traits devicetest.NVMeTraits) *devicetest.NVMe {
	t.Helper()
	var drives []*devicetest.Drive
	for range spaces {
		drives = append(drives, devicetest.NewDrive(1<<20, 512))
	}
	n := devicetest.NewNVMe(traits, drives...)
	for i := range spaces {
		p := n.Port(uint32(i + 1))
		if _, err := p.WriteAt(devicetest.Aligned(1<<20, 0x55), 0); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// left says how much of a namespace still is as it was written: 0, 0.5 or 1.
func left(n *devicetest.NVMe, nsid uint32) float64 {
	b := make([]byte, 1<<20)
	n.Space(nsid).Peek(b, 0)
	return float64(bytes.Count(b, []byte{0x55})*2/(1<<20)) / 2
}

var crypto = nvme.Sanitize{Action: nvme.SanitizeCrypto, NoDeallocate: true}

// sanitize sends the command and asks for the log until it does not run, or for a hundred times.
func sanitize(t *testing.T, n *devicetest.NVMe, op nvme.Sanitize) (log nvme.SanitizeStatus, polls int) {
	t.Helper()
	if _, err := n.Admin(context.Background(), op.Command()); err != nil {
		t.Fatal(err)
	}
	for polls = 1; ; polls++ {
		log, err := nvme.ReadSanitizeStatus(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		if log.State != nvme.SanitizeRunning || polls == 100 {
			return log, polls
		}
	}
}

// TestNVMe: an NVMe drive is a port.
func TestNVMe(t *testing.T) {
	t.Parallel()
	devicetest.TestPort(t, func(t *testing.T) devices.Port {
		return devicetest.NewNVMe(capable(), devicetest.NewDrive(1<<20, 512)).Port(1)
	})
}

// TestNVMe_Sanitize: a sanitize erases every namespace.
func TestNVMe_Sanitize(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]nvme.Sanitize{"crypto": crypto, "block": {Action: nvme.SanitizeBlock}, "overwrite": {Action: nvme.SanitizeFill, Passes: 2}} {
		n := written(t, 2, capable())
		log, polls := sanitize(t, n, op)
		if log.State != nvme.SanitizeDone || log.CDW10 != op.CDW10() || log.Progress != 0xffff || !log.Erased || polls != 4 || int(log.Passes) != op.Passes {
			t.Errorf("%s: %+v after %d polls", name, log, polls)
		}
		if left(n, 1)+left(n, 2) != 0 {
			t.Errorf("%s: %v and %v are left", name, left(n, 1), left(n, 2))
		}
	}
}

// TestNVMe_SanitizeRunning: nothing else is done while a sanitize runs.
func TestNVMe_SanitizeRunning(t *testing.T) {
	t.Parallel()
	n := written(t, 1, capable())
	ctx, p := context.Background(), n.Port(1)
	if _, err := n.Admin(ctx, crypto.Command()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []nvme.Command{crypto.Command(), nvme.Format(1, nvme.Namespace{}, nvme.EraseUser)} {
		var e *nvme.StatusError
		if _, err := n.Admin(ctx, c); !errors.As(err, &e) || e.Code() != nvme.SanitizeInProgress {
			t.Errorf("command %02x: %v", c.Opcode, err)
		}
	}
	if _, err := p.ReadAt(devicetest.Aligned(512, 0), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("a read answers %v", err)
	}
	if _, err := nvme.IdentifyController(ctx, n); err != nil {
		t.Errorf("Identify answers %v", err)
	}
	n.PowerLoss()
	if log, _ := nvme.ReadSanitizeStatus(ctx, n); log.State != nvme.SanitizeRunning {
		t.Errorf("after a loss of power: %+v", log)
	}
	if _, err := p.ReadAt(devicetest.Aligned(512, 0), 0); !devices.Lost(err) {
		t.Errorf("what was open answers %v", err)
	}
}

// TestNVMe_SanitizeFailed: a failed sanitize is left only by another one.
func TestNVMe_SanitizeFailed(t *testing.T) {
	t.Parallel()
	n := written(t, 1, capable(devicetest.NVMeFails))
	ctx := context.Background()
	if log, _ := sanitize(t, n, crypto); log.State != nvme.SanitizeFailed || log.Progress != 0xffff || left(n, 1) != 1 {
		t.Errorf("%+v, %v left", log, left(n, 1))
	}
	for _, c := range []nvme.Command{nvme.Sanitize{Action: nvme.ExitFailure}.Command(), nvme.Format(1, nvme.Namespace{}, nvme.EraseUser)} {
		var e *nvme.StatusError
		if _, err := n.Admin(ctx, c); !errors.As(err, &e) || e.Code() != nvme.SanitizeHasFailed {
			t.Errorf("command %02x: %v", c.Opcode, err)
		}
	}
	if _, err := n.Port(1).WriteAt(devicetest.Aligned(512, 0), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("a write answers %v", err)
	}
	n.Change(func(t *devicetest.NVMeTraits) { t.Lies = nil })
	if log, _ := sanitize(t, n, crypto); log.State != nvme.SanitizeDone || left(n, 1) != 0 {
		t.Errorf("%+v, %v left", log, left(n, 1))
	}
	// With AUSE set it can be left.
	n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{devicetest.NVMeFails} })
	unrestricted := crypto.Command()
	unrestricted.CDW[0] |= 8
	if _, err := n.Admin(ctx, unrestricted); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		nvme.ReadSanitizeStatus(ctx, n)
	}
	if _, err := n.Admin(ctx, nvme.Sanitize{Action: nvme.ExitFailure}.Command()); err != nil {
		t.Errorf("exit failure: %v", err)
	}
	if _, err := n.Port(1).WriteAt(devicetest.Aligned(512, 0), 0); err != nil {
		t.Errorf("a write afterwards: %v", err)
	}
}

// TestNVMe_GlobalErased: a write clears Global Data Erased.
func TestNVMe_GlobalErased(t *testing.T) {
	t.Parallel()
	n := written(t, 1, capable())
	ctx := context.Background()
	if log, _ := nvme.ReadSanitizeStatus(ctx, n); log.Erased || log.State != nvme.SanitizeNever {
		t.Errorf("before: %+v", log)
	}
	sanitize(t, n, crypto)
	n.Port(1).WriteAt(devicetest.Aligned(512, 1), 0)
	if log, _ := nvme.ReadSanitizeStatus(ctx, n); log.Erased || log.State != nvme.SanitizeDone {
		t.Errorf("after: %+v", log)
	}
}

// TestNVMe_Format: a format erases what FNA says.
func TestNVMe_Format(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fna    uint8
		nsid   uint32
		ses    nvme.EraseSetting
		others float64
	}{
		"one": {0x04, 1, nvme.EraseUser, 1}, "one, by key": {0x04, 1, nvme.EraseCrypto, 1}, "all": {0, nvme.AllNamespaces, nvme.EraseUser, 0},
		"all, because FNA says so": {0x02, 1, nvme.EraseUser, 0},
	} {
		traits := capable()
		traits.FNA = c.fna
		n := written(t, 2, traits)
		if _, err := n.Admin(context.Background(), nvme.Format(c.nsid, nvme.Namespace{}, c.ses)); err != nil || left(n, 1) != 0 || left(n, 2) != c.others {
			t.Errorf("%s: %v, %v and %v are left", name, err, left(n, 1), left(n, 2))
		}
	}
}

// TestNVMe_Lies: every lie is visible.
func TestNVMe_Lies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for lie, c := range map[devicetest.NVMeLie]struct {
		state nvme.SanitizeLog
		cdw10 uint32
		left  [2]float64
	}{
		devicetest.NVMeErasesNothing:  {nvme.SanitizeDone, 0x204, [2]float64{1, 1}},
		devicetest.NVMeErasesPart:     {nvme.SanitizeDone, 0x204, [2]float64{0.5, 0.5}},
		devicetest.NVMeErasesOne:      {nvme.SanitizeDone, 0x204, [2]float64{0, 1}},
		devicetest.NVMeStuck:          {nvme.SanitizeRunning, 0x204, [2]float64{1, 1}},
		devicetest.NVMeFails:          {nvme.SanitizeFailed, 0x204, [2]float64{1, 1}},
		devicetest.NVMeDeallocates:    {nvme.SanitizeDeallocated, 0x204, [2]float64{0, 0}},
		devicetest.NVMeSilent:         {nvme.SanitizeNever, 0, [2]float64{1, 1}},
		devicetest.NVMeOtherOperation: {nvme.SanitizeDone, 0x202, [2]float64{0, 0}},
		devicetest.NVMeBlankLog:       {nvme.SanitizeNever, 0, [2]float64{1, 1}},
		devicetest.NVMeOddState:       {7, 0x204, [2]float64{1, 1}},
	} {
		n := written(t, 2, capable(lie))
		log, _ := sanitize(t, n, crypto)
		if log.State != c.state || log.CDW10 != c.cdw10 || left(n, 1) != c.left[0] || left(n, 2) != c.left[1] {
			t.Errorf("%s: %v of %x, %v and %v are left", lie, log.State, log.CDW10, left(n, 1), left(n, 2))
		}
	}
	format := nvme.Format(1, nvme.Namespace{}, nvme.EraseUser)
	for lie, c := range map[devicetest.NVMeLie]struct {
		sanitize, format uint16 // status; 0: it is done
		left             [2]float64
	}{
		devicetest.NVMeErasesOthers: {0, 0, [2]float64{0, 0}},
		devicetest.NVMeDenies:       {nvme.OperationDenied, nvme.OperationDenied, [2]float64{1, 1}},
		devicetest.NVMeLocked:       {nvme.AccessDenied, nvme.AccessDenied, [2]float64{1, 1}},
		devicetest.NVMeWornOut:      {0, nvme.WriteProtected, [2]float64{1, 1}},
		devicetest.NVMePMR:          {nvme.SanitizeProhibited, 0, [2]float64{0, 1}},
		devicetest.NVMeNoKeep:       {nvme.InvalidField, 0, [2]float64{0, 1}},
	} {
		n := written(t, 2, capable())
		n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{lie} })
		if _, err := n.Admin(ctx, format); code(err) != c.format || left(n, 1) != c.left[0] || left(n, 2) != c.left[1] {
			t.Errorf("%s: format %v, %v and %v are left", lie, err, left(n, 1), left(n, 2))
		}
		if _, err := n.Admin(ctx, crypto.Command()); code(err) != c.sanitize {
			t.Errorf("%s: sanitize %v", lie, err)
		}
	}
}

func code(err error) uint16 {
	var e *nvme.StatusError
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// TestNVMe_Reset: a reset loses an answer and not the operation.
func TestNVMe_Reset(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := written(t, 1, capable(devicetest.NVMeResets))
	if _, err := n.Admin(ctx, crypto.Command()); !errors.Is(err, nvme.ErrAborted) {
		t.Errorf("sanitize: %v", err)
	}
	if log, _ := nvme.ReadSanitizeStatus(ctx, n); log.State != nvme.SanitizeRunning {
		t.Errorf("the log says %+v", log)
	}
	n = written(t, 1, capable(devicetest.NVMeHalfFormat))
	if _, err := n.Admin(ctx, nvme.Format(1, nvme.Namespace{}, nvme.EraseUser)); !errors.Is(err, nvme.ErrAborted) || left(n, 1) != 0.5 {
		t.Errorf("format: %v, %v left", err, left(n, 1))
	}
	n = written(t, 1, capable(devicetest.NVMeForgets))
	n.Admin(ctx, crypto.Command())
	n.PowerLoss()
	if log, _ := nvme.ReadSanitizeStatus(ctx, n); log.State != nvme.SanitizeNever || left(n, 1) != 1 {
		t.Errorf("after a loss of power the log says %+v", log)
	}
}

// TestNVMe_OldSuccess: an old success is reported and has erased nothing.
func TestNVMe_OldSuccess(t *testing.T) {
	t.Parallel()
	n := written(t, 1, capable())
	n.OldSuccess(crypto)
	log, err := nvme.ReadSanitizeStatus(context.Background(), n)
	if err != nil || log.State != nvme.SanitizeDone || log.CDW10 != 0x204 || left(n, 1) != 1 {
		t.Errorf("%+v, %v, %v left", log, err, left(n, 1))
	}
}

func TestNVMe_Namespaces(t *testing.T) {
	t.Parallel()
	traits := capable(devicetest.NVMeStale)
	traits.OACS, traits.Unattached, traits.Unallocated = 0x0a, []uint32{5}, 4096
	n := written(t, 2, traits)
	ctx := context.Background()
	c, err := nvme.IdentifyController(ctx, n)
	if err != nil || !c.Namespaces || c.Unallocated != 4096 || c.Total != 2<<20+4096 || c.Serial != "STALENVME0001" {
		t.Errorf("%+v, %v", c, err)
	}
	if nsid, err := nvme.NSID(n.Port(2).NVMe()); err != nil || nsid != 2 {
		t.Errorf("the node of namespace 2 is of %d, %v", nsid, err)
	}
	if ids, err := nvme.ActiveNamespaces(ctx, n); err != nil || !slices.Equal(ids, []uint32{1, 2}) {
		t.Errorf("active %v, %v", ids, err)
	}
	if ids, err := nvme.AllocatedNamespaces(ctx, n); err != nil || !slices.Equal(ids, []uint32{1, 2, 5}) {
		t.Errorf("allocated %v, %v", ids, err)
	}
	if ns, err := nvme.IdentifyNamespace(ctx, n, 2); err != nil || ns.Size != 2048 || ns.Block != 512 {
		t.Errorf("%+v, %v", ns, err)
	}
	n.Space(1).Inject(devicetest.Fault{Kind: devicetest.Vanishes})
	n.Port(1).ReadAt(devicetest.Aligned(512, 0), 0)
	if _, err := nvme.IdentifyController(ctx, n); !errors.Is(err, syscall.ENODEV) {
		t.Errorf("a drive that is gone answers %v", err)
	}
}
