package firmware

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rasure/devices"
	"rasure/devices/nvme"
)

// nvmeDriver erases an NVMe drive by its own commands, sent through the namespace that is claimed.
type nvmeDriver struct {
	handle devices.Handle
	disk   devices.Disk
	t      nvme.Transport

	sanitized sanitized
	formatted bool // a format of ours was answered without an error
	revert    revert
}

func newNVMeDriver(h devices.Handle) *nvmeDriver {
	f := &nvmeDriver{handle: h, disk: h.Disk(), t: h.Port().NVMe()}
	f.revert.port, _ = h.Port().(reverter)
	return f
}

// Methods lists sanitize before format: it reaches what belongs to no namespace, and the drive tells how it ended.
func (f *nvmeDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	c, err := nvme.IdentifyController(ctx, f.t)
	if err != nil {
		return nil, err
	}
	n, others, err := f.namespaces(ctx)
	if err != nil {
		return nil, err
	}
	var log nvme.SanitizeStatus
	var noLog error
	if s := c.Sanitize; s.Crypto || s.Block || s.Overwrite {
		log, noLog = nvme.ReadSanitizeStatus(ctx, f.t)
	}
	running := noLog == nil && log.State == nvme.SanitizeRunning
	var all []devices.Method
	for _, id := range []devices.MethodID{devices.NVMeSanitizeCrypto, devices.NVMeSanitizeBlock, devices.NVMeSanitizeOverwrite} {
		op, offered := sanitizeOf(id, c.Sanitize)
		m := f.method(id, others)
		switch {
		case !offered:
			m.Unusable = "the drive does not offer it"
		case noLog != nil:
			m.Unusable = "the drive does not tell how a sanitize went: " + noLog.Error()
		case running:
			m.Unusable = "a sanitize is running on the drive already: wait for its end"
		}
		if m.Unusable == "" {
			m.Estimate, m.Unusable = log.Takes(op), elsewhere(others, m.AlsoErases)
		}
		all = append(all, m)
	}
	for _, id := range []devices.MethodID{devices.NVMeFormatCrypto, devices.NVMeFormatUser} {
		var reached []other
		if c.FormatFor.AllOnErase {
			reached = others
		}
		m := f.method(id, reached)
		m.Blocking = true
		switch {
		case !c.Format, id == devices.NVMeFormatCrypto && !c.FormatFor.Crypto:
			m.Unusable = "the drive does not offer it"
		case running:
			m.Unusable = "a sanitize is running on the drive already: wait for its end"
		case noLog == nil && log.State == nvme.SanitizeFailed:
			m.Unusable = "a sanitize failed on the drive: until one succeeds it does nothing else"
		case n.Protected:
			m.Unusable = "the namespace is write protected"
		default:
			m.Unusable = elsewhere(reached, m.AlsoErases)
		}
		all = append(all, m)
	}
	if c.Security {
		m := f.method(devices.TCGPSIDRevert, others)
		m.Blocking = true
		if m.Unusable = f.revert.why(discover(ctx, f.t)); m.Unusable == "" {
			m.Unusable = elsewhere(others, m.AlsoErases)
		}
		all = append(all, m)
	}
	return all, nil
}

func (f *nvmeDriver) method(id devices.MethodID, others []other) devices.Method {
	m := devices.Method{ID: id, Level: devices.LevelOf(id, f.disk.Medium), AlsoErases: []string{}}
	for _, o := range others {
		if o.name != "" {
			m.AlsoErases = append(m.AlsoErases, o.name)
		}
	}
	return m
}

// other is a namespace beside ours that is attached, and the kernel's name of its disk, "" if none is found.
type other struct {
	nsid uint32
	name string
}

// elsewhere says why a command that reaches other namespaces is not sent, "" if there are none but known ones: those are disks
// that whoever sends it claims too. One that has no disk here cannot be claimed, and who uses it cannot be seen.
func elsewhere(others []other, known []string) string {
	var words []string
	for _, o := range others {
		if slices.Contains(known, o.name) {
			continue
		}
		word := fmt.Sprintf("%d", o.nsid)
		if o.name != "" {
			word += " (" + o.name + ")"
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return ""
	}
	return fmt.Sprintf("it would erase namespace %s of the drive as well, which cannot be claimed here: delete it first", strings.Join(words, ", "))
}

// namespaces describes the one that is claimed and finds the others that are attached. Those that are attached to nothing are
// no disks: they belong to the drive as its spare blocks do, and Hidden tells of them.
func (f *nvmeDriver) namespaces(ctx context.Context) (nvme.Namespace, []other, error) {
	nsid, err := nvme.NSID(f.t)
	if err != nil {
		return nvme.Namespace{}, nil, err
	}
	n, err := nvme.IdentifyNamespace(ctx, f.t, nsid)
	if err != nil {
		return n, nil, err
	}
	ids, err := nvme.ActiveNamespaces(ctx, f.t)
	if err != nil {
		return n, nil, fmt.Errorf("looking for other namespaces: %w", err)
	}
	if !slices.Contains(ids, nsid) {
		return n, nil, fmt.Errorf("the drive does not list namespace %d, which is claimed", nsid)
	}
	var others []other
	for _, id := range ids {
		if id != nsid {
			others = append(others, other{id, f.handle.Namespace(id)})
		}
	}
	return n, others, nil
}

// Begin sends the command, if it reaches no namespace that is not among m's Others. A sanitize is answered at once and goes on by itself; a format is answered when it is done.
func (f *nvmeDriver) Begin(ctx context.Context, m devices.Method, s devices.Secret) error {
	f.sanitized, f.formatted = sanitized{}, false
	c, err := nvme.IdentifyController(ctx, f.t)
	if err != nil {
		return err
	}
	n, others, err := f.namespaces(ctx)
	if err != nil {
		return err
	}
	format := m.ID == devices.NVMeFormatUser || m.ID == devices.NVMeFormatCrypto
	if why := elsewhere(others, m.AlsoErases); why != "" && (!format || c.FormatFor.AllOnErase) {
		return fmt.Errorf("%s: %s", m.ID, why)
	}
	switch m.ID {
	case devices.NVMeFormatUser:
		return f.format(ctx, n, nvme.EraseUser)
	case devices.NVMeFormatCrypto:
		return f.format(ctx, n, nvme.EraseCrypto)
	case devices.TCGPSIDRevert:
		return f.revert.begin(s)
	}
	return f.sanitized.begin(ctx, f.t, m.ID, c.Sanitize)
}

func (f *nvmeDriver) format(ctx context.Context, n nvme.Namespace, ses nvme.EraseSetting) error {
	nsid, err := nvme.NSID(f.t)
	if err != nil {
		return err
	}
	if _, err := f.t.Admin(ctx, nvme.Format(nsid, n, ses)); err != nil {
		return err
	}
	f.formatted = true
	return nil
}

// State reads the log of sanitize operations. A format leaves no trace in the drive: only its answer tells how it went.
func (f *nvmeDriver) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	switch m.ID {
	case devices.NVMeFormatUser, devices.NVMeFormatCrypto:
		return f.formatState(ctx)
	case devices.TCGPSIDRevert:
		d, err := discover(ctx, f.t)
		return f.revert.state(d), err
	}
	return f.sanitized.state(ctx, f.t, m.ID)
}

func (f *nvmeDriver) formatState(ctx context.Context) (devices.EraseState, error) {
	n, _, err := f.namespaces(ctx)
	switch {
	case err != nil:
		return devices.EraseState{}, err
	case n.Formatting > 0:
		return devices.EraseState{Phase: devices.EraseRunning, Progress: 65536 * int(100-n.Formatting) / 100, Raw: []byte{}}, nil
	case !f.formatted:
		return devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: []byte{}, Detail: "the drive keeps no record of formats, and the answer to this one was not received"}, nil
	}
	return devices.EraseState{Phase: devices.EraseDone, Progress: -1, Raw: []byte{0, 0}, Detail: "the drive answered the format without an error (status 000h)"}, nil
}

// Recover leaves the state after a failed sanitize. It can be left in this way only if whoever started that one allowed it,
// as we do not.
func (f *nvmeDriver) Recover(ctx context.Context, _ devices.Method, _ devices.Secret) error {
	log, err := nvme.ReadSanitizeStatus(ctx, f.t)
	if err != nil || log.State != nvme.SanitizeFailed {
		return err
	}
	_, err = f.t.Admin(ctx, nvme.Sanitize{Action: nvme.ExitFailure}.Command())
	return err
}

// Hidden tells of what the drive has beside the namespaces that are attached.
func (f *nvmeDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	c, err := nvme.IdentifyController(ctx, f.t)
	if err != nil {
		return nil, err
	}
	free := devices.HiddenArea{Kind: devices.NVMeUnallocated, Bytes: int64(min(c.Unallocated, 1<<63-1))}
	if free.Bytes > 0 {
		free.Detail = "capacity that belongs to no namespace, where a deleted one may have been: only a sanitize reaches it"
	}
	return []devices.HiddenArea{free, f.detached(ctx, c)}, nil
}

// detached tells of namespaces that exist and are attached to no controller here. Nothing can ask them for their size.
func (f *nvmeDriver) detached(ctx context.Context, c nvme.Controller) devices.HiddenArea {
	a := devices.HiddenArea{Kind: devices.NVMeNamespaces}
	if !c.Namespaces {
		return a // a drive that cannot detach one
	}
	active, err := nvme.ActiveNamespaces(ctx, f.t)
	if err != nil {
		a.Bytes, a.Detail = -1, err.Error()
		return a
	}
	allocated, err := nvme.AllocatedNamespaces(ctx, f.t)
	if err != nil {
		a.Bytes, a.Detail = -1, err.Error()
		return a
	}
	var ids []string
	for _, id := range allocated {
		if !slices.Contains(active, id) {
			ids = append(ids, fmt.Sprint(id))
		}
	}
	if len(ids) > 0 {
		a.Bytes, a.Detail = -1, "attached to nothing, of unknown size, and reached by a sanitize only: namespace "+strings.Join(ids, ", ")
	}
	return a
}

// Restore has nothing to do: what an NVMe drive hides is erased where it is.
func (f *nvmeDriver) Restore(_ context.Context, a devices.HiddenArea) error {
	return fmt.Errorf("%s cannot be restored", a.Kind)
}
