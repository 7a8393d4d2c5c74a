package devicetest

import (
	"encoding/binary"

	"rasure/devices/nvme"
	"rasure/devices/tcg"
)

// sanitizeLog is what the Sanitize Status log has.
type sanitizeLog struct {
	state    nvme.SanitizeLog
	progress uint16
	passes   int
	erased   bool
	cdw10    uint32
}

// OldSuccess makes the log say that an operation went well, as after one before the drive came here. Nothing is erased.
func (n *NVMe) OldSuccess(op nvme.Sanitize) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.log = sanitizeLog{state: nvme.SanitizeDone, progress: 0xffff, erased: true, cdw10: op.CDW10()}
}

// FailedBefore makes the log say that a sanitize failed before the drive came here: it accepts nothing but another one.
func (n *NVMe) FailedBefore(op nvme.Sanitize) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.log = sanitizeLog{state: nvme.SanitizeFailed, progress: 0xffff, cdw10: op.CDW10()}
}

// getLog answers Get Log Page, Base 2.1, 5.1.12; a running sanitize advances with each answer.
func (n *NVMe) getLog(c nvme.Command) uint16 {
	page, size := c.CDW[0]&0xff, 4*(int(c.CDW[0]>>16)+1)
	if size != len(c.Data) {
		return nvme.InvalidField
	}
	b := c.Data
	clear(b)
	switch {
	case page == 0x05 && size == 4096:
		for opcode, on := range map[int]bool{opIdentify: true, opGetLog: true, opFormat: n.traits.OACS&2 != 0, opSanitize: n.traits.SANICAP&7 != 0} {
			if on {
				binary.LittleEndian.PutUint32(b[4*opcode:], 1)
			}
		}
	case page == 0x02 && size == 512 && n.smart != nil:
		n.smart.wait()
		copy(b, n.smart.Log)
	case page == 0x06 && size == 564 && n.smart != nil && n.traits.OACS&0x10 != 0:
		n.selfTestLog(b)
	case page != 0x81 || size != 512 || n.traits.SANICAP&7 == 0 || n.lies(NVMeNoLog):
		return nvme.InvalidLogPage | noRetry
	case !n.lies(NVMeBlankLog):
		n.tick()
		n.putLog(b)
	}
	return 0
}

func (n *NVMe) tick() {
	if n.late > 0 {
		if n.late--; n.late == 0 {
			n.log, n.left, n.exited = sanitizeLog{state: nvme.SanitizeRunning, cdw10: n.next}, n.traits.Polls, false
		}
		return
	}
	if n.log.state != nvme.SanitizeRunning {
		return
	}
	if n.lies(NVMeStuck) {
		n.log.progress = 655
		return
	}
	if n.left > 0 {
		n.log.progress = uint16(65536 * (n.traits.Polls - n.left + 1) / (n.traits.Polls + 1))
		n.left--
		return
	}
	n.finish()
}

// finish ends the operation that runs.
func (n *NVMe) finish() {
	n.log.progress = 0xffff
	if n.lies(NVMeFails) {
		n.log.state, n.exited = nvme.SanitizeFailed, false
		return
	}
	n.log.state, n.log.erased, n.log.passes = nvme.SanitizeDone, true, int(n.log.cdw10>>4&0x0f)
	if n.lies(NVMeDeallocates) && n.log.cdw10&0x200 != 0 {
		n.log.state = nvme.SanitizeDeallocated
	}
	for id, d := range n.spaces {
		if id == 1 || !n.lies(NVMeErasesOne) {
			n.erase(d, n.log.cdw10&0x07 == uint32(nvme.SanitizeCrypto) && n.log.cdw10&0x200 != 0)
		}
	}
}

// erase leaves noise where the key was changed and the blocks stay mapped, else zeros: overwriting is simulated with that
// pattern alone.
func (n *NVMe) erase(d *Drive, noise bool) {
	end := d.size
	switch {
	case n.lies(NVMeErasesNothing):
		return
	case n.lies(NVMeErasesPart):
		end /= 2
	}
	d.scrub(0, end, noise)
}

func (n *NVMe) putLog(b []byte) {
	sstat := uint16(n.log.state) | uint16(n.log.passes)<<3
	if n.log.erased && !n.lies(NVMeNoErased) {
		sstat |= 0x100
	}
	cdw10 := n.log.cdw10
	if n.lies(NVMeMasks) {
		cdw10 &= 0x07
	}
	if n.lies(NVMeOtherOperation) {
		cdw10 ^= 0x06 // block erase for cryptographic erase, and the other way round
	}
	if n.lies(NVMeOddState) {
		sstat |= 0x07
	}
	binary.LittleEndian.PutUint16(b, n.log.progress)
	binary.LittleEndian.PutUint16(b[2:], sstat)
	binary.LittleEndian.PutUint32(b[4:], cdw10)
	for i := range 6 {
		binary.LittleEndian.PutUint32(b[8+4*i:], 0xffffffff)
	}
	binary.LittleEndian.PutUint32(b[12:], 30) // a block erase: half a minute
	if n.traits.SANICAP>>30 == 2 {
		for i := range 3 {
			binary.LittleEndian.PutUint32(b[20+4*i:], 60) // with the media modified afterwards
		}
	}
}

// sanitize takes the command, Base 2.1, 5.1.22.
func (n *NVMe) sanitize(c nvme.Command) uint16 {
	action, cdw10 := nvme.Action(c.CDW[0]&0x07), c.CDW[0]
	offered := map[nvme.Action]uint32{nvme.SanitizeCrypto: 0x01, nvme.SanitizeBlock: 0x02, nvme.SanitizeFill: 0x04}
	failed := n.log.state == nvme.SanitizeFailed && !n.exited
	switch {
	case n.traits.SANICAP&7 == 0:
		return nvme.InvalidOpcode | noRetry
	case c.NSID != 0: // as some drives do
		return nvme.InvalidNamespace | noRetry
	case n.lies(NVMeDenies):
		return nvme.OperationDenied | noRetry
	case n.lies(NVMeLocked):
		return nvme.AccessDenied | noRetry
	case n.lies(NVMePMR):
		return nvme.SanitizeProhibited | noRetry
	case action == nvme.ExitFailure && failed && n.log.cdw10&0x08 == 0:
		return nvme.SanitizeHasFailed
	case action == nvme.ExitFailure:
		n.exited = true
		return 0
	case n.traits.SANICAP&offered[action] == 0, c.CDW[1] != 0:
		return nvme.InvalidField | noRetry
	case cdw10&0x200 != 0 && (n.traits.SANICAP&(1<<29) != 0 || n.lies(NVMeNoKeep)):
		return nvme.InvalidField | noRetry
	case n.lies(NVMeSilent):
		return 0
	}
	if n.lies(NVMeSlowLog) && n.late == 0 {
		n.late, n.next = 100, cdw10
		return 0
	}
	n.log = sanitizeLog{state: nvme.SanitizeRunning, cdw10: cdw10}
	n.left, n.exited = n.traits.Polls, false
	return 0
}

// format carries Format NVM out, Base 2.1, 5.1.10: at once, because its answer comes when it is done.
func (n *NVMe) format(c nvme.Command) uint16 {
	ses := c.CDW[0] >> 9 & 0x07
	all := c.NSID == nvme.AllNamespaces || n.traits.FNA&0x02 != 0 || n.lies(NVMeErasesOthers)
	switch {
	case n.traits.OACS&0x02 == 0:
		return nvme.InvalidOpcode | noRetry
	case n.lies(NVMeDenies):
		return nvme.OperationDenied | noRetry
	case n.lies(NVMeLocked):
		return nvme.AccessDenied | noRetry
	case n.lies(NVMeWornOut), n.traits.ReadOnly:
		return 0x2000 | nvme.WriteProtected
	case c.NSID == nvme.AllNamespaces && n.traits.FNA&0x08 != 0, !all && n.spaces[c.NSID] == nil:
		return nvme.InvalidNamespace | noRetry
	case c.CDW[0]&0x0f != 0:
		return nvme.InvalidFormat | noRetry
	case ses == 2 && n.traits.FNA&0x04 == 0, ses > 2 && !n.lies(NVMeErasesNothing): // QEMU takes SES 7 and says that it went well
		return nvme.InvalidField | noRetry
	}
	for id, d := range n.spaces {
		switch {
		case !all && id != c.NSID:
		case n.lies(NVMeHalfFormat):
			d.scrub(0, d.size/2, false)
		default:
			n.erase(d, ses == 2)
		}
	}
	if n.lies(NVMeHalfFormat) {
		return lost
	}
	return 0
}

// discovery is Level 0 Discovery, TCG Core 2.01, 3.3.6.4: that of an Opal drive that has a PSID.
func (n *NVMe) discovery() []byte {
	if n.traits.PSID == "" {
		return n.traits.Discovery
	}
	return levelZero(!n.freed)
}

// RevertPSID is what the kernel's ioctl does.
func (p *nvmePort) RevertPSID(psid string) error {
	if err := tcg.CheckPSID(psid); err != nil {
		return err
	}
	n := p.nvme
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.traits.PSID != psid {
		return &tcg.StatusError{Status: tcg.NotAuthorized}
	}
	n.freed = !n.lies(NVMeKeepsOwner)
	for _, d := range n.spaces {
		n.erase(d, true)
	}
	return nil
}
