package firmware

import (
	"context"
	"sync"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/nvme"
)

// nvmeDriver erases an NVMe drive with its own commands, sent through the claimed namespace.
type nvmeDriver struct {
	handle devices.Handle
	disk   devices.Disk
	t      nvme.Transport

	mu        sync.Mutex // guards what follows: a call that was given up may still run
	sanitize  sanitizeTracker
	formatted bool // the drive answered a format of ours without an error
	revert    revert
}

func newNVMeDriver(h devices.Handle) *nvmeDriver {
	f := &nvmeDriver{handle: h, disk: h.Disk(), t: h.Port().NVMe()}
	f.revert.port, _ = h.Port().(reverter)
	return f
}

var (
	nvmeSanitizes = []devices.MethodID{devices.NVMeSanitizeCrypto, devices.NVMeSanitizeBlock, devices.NVMeSanitizeOverwrite}
	nvmeFormats   = []devices.MethodID{devices.NVMeFormatCrypto, devices.NVMeFormatUser}
)

// Methods lists sanitize before format: it reaches what belongs to no namespace, and the drive reports how it ended.
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
		if log, noLog = nvme.ReadSanitizeStatus(ctx, f.t); noLog != nil {
			log = nvme.SanitizeStatus{}
		}
	}
	var all []devices.Method
	foreign := f.foreign(ctx, c)
	for _, id := range nvmeSanitizes {
		m := f.sanitizeMethod(id, c, others, log, noLog)
		if m.Unusable.IsZero() {
			m.Unusable = foreign
		}
		all = append(all, m)
	}
	for _, id := range nvmeFormats {
		all = append(all, f.formatMethod(id, c, n, others, log))
	}
	if c.Security {
		all = append(all, f.revertMethod(ctx, others))
	}
	return all, nil
}

// sanitizeMethod describes a sanitize. log is the zero value where noLog is set or the drive offers no sanitize.
func (f *nvmeDriver) sanitizeMethod(id devices.MethodID, c nvme.Controller, others []other, log nvme.SanitizeStatus, noLog error) devices.Method {
	m := f.method(id, others)
	op, offered := sanitizeOperation(id, c.Sanitize, log)
	switch {
	case !offered:
		m.Unusable = notOffered
	case noLog != nil:
		m.Unusable = message.Of("the drive does not report the result of a sanitize: %v", noLog)
	case log.State == nvme.SanitizeRunning:
		m.Unusable = reasonSanitizing
	default:
		m.Estimate, m.Unusable = log.Takes(op), unclaimable(others, m.AlsoErases)
	}
	return m
}

func (f *nvmeDriver) formatMethod(id devices.MethodID, c nvme.Controller, n nvme.Namespace, others []other, log nvme.SanitizeStatus) devices.Method {
	if !c.FormatFor.AllOnErase {
		others = nil
	}
	m := f.method(id, others)
	m.Blocking = true
	switch {
	case !c.Format, id == devices.NVMeFormatCrypto && !c.FormatFor.Crypto:
		m.Unusable = notOffered
	case log.State == nvme.SanitizeRunning:
		m.Unusable = reasonSanitizing
	case log.State == nvme.SanitizeFailed:
		m.Unusable = errSanitizeOnly.Message()
	case n.Protected:
		m.Unusable = message.Of("the namespace is write-protected")
	default:
		m.Unusable = unclaimable(others, m.AlsoErases)
	}
	return m
}

func (f *nvmeDriver) revertMethod(ctx context.Context, others []other) devices.Method {
	m := f.method(devices.TCGPSIDRevert, others)
	m.Blocking = true
	d, err := discover(ctx, f.t)
	m.Locked = d.Locked
	if m.Unusable = f.revert.unusable(d, err); m.Unusable.IsZero() {
		m.Unusable = unclaimable(others, m.AlsoErases)
	}
	return m
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

// Begin sends the command, unless it would reach a namespace that is not among m.AlsoErases. The drive answers a sanitize at once and
// continues by itself; it answers a format when it is done.
func (f *nvmeDriver) Begin(ctx context.Context, m devices.Method, s devices.Secret) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sanitize, f.formatted = sanitizeTracker{}, false
	c, err := nvme.IdentifyController(ctx, f.t)
	if err != nil {
		return err
	}
	n, others, err := f.namespaces(ctx)
	if err != nil {
		return err
	}
	format := m.ID == devices.NVMeFormatUser || m.ID == devices.NVMeFormatCrypto
	if reason := unclaimable(others, m.AlsoErases); !reason.IsZero() && (!format || c.FormatFor.AllOnErase) {
		return methodError(m.ID, reason)
	}
	if reason := f.foreign(ctx, c); !reason.IsZero() && (!format || c.FormatFor.AllOnErase) {
		return methodError(m.ID, reason)
	}
	switch m.ID {
	case devices.NVMeFormatUser:
		return f.format(ctx, n, nvme.EraseUser)
	case devices.NVMeFormatCrypto:
		return f.format(ctx, n, nvme.EraseCrypto)
	case devices.TCGPSIDRevert:
		return f.revert.begin(s)
	}
	return f.sanitize.begin(ctx, f.t, m.ID, c.Sanitize)
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

// State reads the log of sanitize operations. The drive keeps no record of a format: only its answer says how it ended.
func (f *nvmeDriver) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch m.ID {
	case devices.NVMeFormatUser, devices.NVMeFormatCrypto:
		return f.formatState(ctx)
	case devices.TCGPSIDRevert:
		d, err := discover(ctx, f.t)
		return f.revert.state(d), err
	}
	return f.sanitize.state(ctx, f.t, m.ID)
}

func (f *nvmeDriver) formatState(ctx context.Context) (devices.EraseState, error) {
	n, _, err := f.namespaces(ctx)
	switch {
	case err != nil:
		return devices.EraseState{}, err
	case n.Formatting > 0:
		return devices.EraseState{Phase: devices.EraseRunning, Progress: 65536 * int(100-n.Formatting) / 100, Raw: []byte{}}, nil
	case !f.formatted:
		return devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: []byte{},
			Detail: message.Of("the drive keeps no record of formats, and its answer to this one was not received")}, nil
	}
	return devices.EraseState{Phase: devices.EraseDone, Progress: -1, Raw: []byte{0, 0}, Detail: message.Of("the drive answered the format without an error (status 000h)")}, nil
}

// Recover leaves the state after a failed sanitize. That works only if the sanitize command allowed it; rasure's does not.
func (f *nvmeDriver) Recover(ctx context.Context, _ devices.Method, _ devices.Secret) error {
	log, err := nvme.ReadSanitizeStatus(ctx, f.t)
	if err != nil || log.State != nvme.SanitizeFailed {
		return err
	}
	_, err = f.t.Admin(ctx, nvme.Sanitize{Action: nvme.ExitFailure}.Command())
	return err
}
