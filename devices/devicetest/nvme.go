package devicetest

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"syscall"

	"rasure/devices"
	"rasure/devices/nvme"
)

// NVMe is a simulated NVMe drive, below the codec: it takes the words of admin commands and answers bytes, as NVM
// Express Base 2.1 says, or as its [NVMeTraits] have it. Its namespaces are [Drive]s, numbered from 1.
//
// Time passes when it is asked for its Sanitize Status log, and not otherwise.
type NVMe struct {
	mu     sync.Mutex // guards what follows
	traits NVMeTraits
	spaces map[uint32]*Drive

	log     sanitizeLog
	left    int  // log pages that still say that it runs
	exited  bool // of a failed one's state
	freed   bool // its owner was reverted away
	dropped bool // the answer that [NVMeResets] loses is lost
	sent    []nvme.Command
	smart   *SMART // nil: no log page 02h
	test    selfTest
	late    int    // how often the log is read before it shows the sanitize
	next    uint32 // its command word
}

// NVMeTraits say what a drive is like.
type NVMeTraits struct {
	Serial, Model, Firmware string

	OACS        uint16 // what it can do: 02h format, 08h namespace management
	SANICAP     uint32
	FNA         uint8
	CMIC        uint8
	Unallocated uint64 // UNVMCAP, bytes
	Unattached  []uint32
	Elsewhere   map[uint32][]uint16 // of these, the controllers of another host that have them
	FPI         uint8               // byte 32 of Identify Namespace: 80h and the per cent of a format that remain
	ReadOnly    bool                // the namespace is write protected, by NSATTR
	Discovery   []byte              // what Security Receive gives for Level 0 Discovery; none: no such command, unless there is a PSID
	PSID        string              // of an Opal drive that encrypts, and that somebody has locked

	Polls int // so many times a sanitize says that it runs
	Lies  []NVMeLie
}

// NVMeLie is something a drive does otherwise than it says.
type NVMeLie string

const (
	NVMeErasesNothing  NVMeLie = "erases-nothing"    // all says that it went well
	NVMeErasesPart     NVMeLie = "erases-part"       // the upper half of every namespace stays
	NVMeErasesOne      NVMeLie = "erases-one"        // namespace 1 and no other, although a sanitize concerns all
	NVMeErasesOthers   NVMeLie = "erases-others"     // a format erases all namespaces, and FNA did not say so
	NVMeStuck          NVMeLie = "stuck"             // runs for ever at 655 of 65536, as Intel's 660p does
	NVMeFails          NVMeLie = "fails"             // a sanitize ends as failed
	NVMeDeallocates    NVMeLie = "deallocates"       // although the command asked not to
	NVMeSilent         NVMeLie = "silent"            // a sanitize is accepted, and never begins
	NVMeOtherOperation NVMeLie = "other-operation"   // the log repeats another command than was sent
	NVMeBlankLog       NVMeLie = "blank-log"         // the log page is zeros, as libnvme 1.12 had it for some nodes
	NVMeNoLog          NVMeLie = "no-log"            // there is no such page
	NVMeOddState       NVMeLie = "odd-state"         // the log reports a reserved state
	NVMeResets         NVMeLie = "resets"            // the controller is reset in the middle: the answer to a command is lost, once
	NVMeHalfFormat     NVMeLie = "half-format"       // a format is cut off in its middle by a reset
	NVMeForgets        NVMeLie = "forgets"           // a sanitize does not go on after a loss of power
	NVMeDenies         NVMeLie = "denies"            // 15h to format and sanitize: the firmware of the machine froze it
	NVMeLocked         NVMeLie = "locked"            // by another's TCG password: 286h
	NVMeWornOut        NVMeLie = "worn-out"          // 2020h: at the end of its life it can only be read
	NVMeUnlisted       NVMeLie = "unlisted"          // namespace 1 is not among those that are active
	NVMeStale          NVMeLie = "stale"             // Identify Controller is what it was when the drive was new
	NVMePMR            NVMeLie = "persistent-memory" // 123h to sanitize
	NVMeKeepsOwner     NVMeLie = "keeps-owner"       // a revert erases, and the drive stays locked
	NVMeNoErased       NVMeLie = "no-gde"            // Global Data Erased is always 0
	NVMeMasks          NVMeLie = "masks"             // SCDW10 of the log has only the action of the command
	NVMeSlowLog        NVMeLie = "slow-log"          // the log shows a sanitize only when it was read a hundred times
	NVMeNoKeep         NVMeLie = "no-keep"           // refuses NDAS, and SANICAP did not say so
)

// NewNVMe makes a drive with these namespaces.
func NewNVMe(traits NVMeTraits, spaces ...*Drive) *NVMe {
	n := &NVMe{traits: traits, spaces: map[uint32]*Drive{}, log: sanitizeLog{erased: true}}
	for i, d := range spaces {
		n.spaces[uint32(i+1)] = d
	}
	return n
}

// Change changes what the drive is like, from now on.
func (n *NVMe) Change(f func(*NVMeTraits)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(&n.traits)
}

// Port opens the node of a namespace.
func (n *NVMe) Port(nsid uint32) devices.Port { return &nvmePort{n.Space(nsid).Open(), n, nsid} }

// Sent is every admin command so far.
func (n *NVMe) Sent() []nvme.Command {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.sent)
}

// PowerLoss takes the drive's power for a moment: its nodes come back with a new disk sequence, what was open is gone, and a
// sanitize goes on.
func (n *NVMe) PowerLoss() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, d := range n.spaces {
		s := d.state
		s.Seq += 10
		n.spaces[id] = d.Copy()
		n.spaces[id].SetState(s)
		d.vanish()
	}
	if n.log.state == nvme.SanitizeRunning && n.lies(NVMeForgets) {
		n.log = sanitizeLog{progress: 0xffff}
	}
}

// Space is the medium of a namespace as it is now.
func (n *NVMe) Space(nsid uint32) *Drive {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.spaces[nsid]
}

func (n *NVMe) lies(l NVMeLie) bool { return slices.Contains(n.traits.Lies, l) }

type nvmePort struct {
	*Drive
	nvme *NVMe
	nsid uint32
}

func (p *nvmePort) NVMe() nvme.Transport { return nvmeNode{p.nvme, p.nsid} }

// nvmeNode is the node of a namespace, whose admin commands go to its controller.
type nvmeNode struct {
	*NVMe
	nsid uint32
}

func (n nvmeNode) NSID() (uint32, error) { return n.nsid, nil }

func (p *nvmePort) ReadAt(b []byte, off int64) (int, error) {
	if err := p.nvme.io(p.Drive, false); err != nil {
		return 0, err
	}
	return p.Drive.ReadAt(b, off)
}

func (p *nvmePort) WriteAt(b []byte, off int64) (int, error) {
	if err := p.nvme.io(p.Drive, true); err != nil {
		return 0, err
	}
	return p.Drive.WriteAt(b, off)
}

// io is what a read or write meets: the kernel makes EIO of "sanitize in progress" and of "sanitize failed", drivers/nvme/host/core.c.
func (n *NVMe) io(d *Drive, write bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case d.vanished():
		return nil // it will answer for itself
	case n.log.state == nvme.SanitizeRunning, n.log.state == nvme.SanitizeFailed && !n.exited, n.lies(NVMeLocked):
		return syscall.EIO
	case write && n.lies(NVMeWornOut):
		return syscall.EIO
	case write:
		n.log.erased = false
	}
	return nil
}

// Admin carries out an admin command.
func (n *NVMe) Admin(ctx context.Context, c nvme.Command) (uint32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.spaces[1].vanished() {
		return 0, syscall.ENODEV
	}
	if c.Opcode&3 == 0 && len(c.Data) > 0 { // the opcode says that no data goes with it
		return 0, syscall.EINVAL
	}
	n.sent = append(n.sent, c)
	status := n.restricted(c)
	if status == 0 {
		status = n.run(c)
	}
	if c.Opcode == opSanitize && status == 0 && n.lies(NVMeResets) && !n.dropped {
		n.dropped = true
		return 0, nvme.ErrAborted
	}
	if status == lost {
		return 0, nvme.ErrAborted
	}
	if status != 0 {
		return 0, &nvme.StatusError{Opcode: c.Opcode, Status: status}
	}
	return 0, nil
}

const (
	opGetLog   = 0x02
	opIdentify = 0x06
	opSelfTest = 0x14
	opFormat   = 0x80
	opReceive  = 0x82
	opSanitize = 0x84

	noRetry = 0x4000 // DNR, which real drives add to what will not change
	lost    = 0xffff // no status: the answer does not come back
)

// restricted answers what is not allowed while a sanitize runs or has failed, Base 2.1, 5.1.22.
func (n *NVMe) restricted(c nvme.Command) uint16 {
	if c.Opcode == opGetLog || c.Opcode == opIdentify {
		return 0
	}
	switch {
	case n.log.state == nvme.SanitizeRunning:
		return nvme.SanitizeInProgress
	case n.log.state == nvme.SanitizeFailed && !n.exited && c.Opcode != opSanitize:
		return nvme.SanitizeHasFailed
	}
	return 0
}

func (n *NVMe) run(c nvme.Command) uint16 {
	switch c.Opcode {
	case opIdentify:
		return n.identify(c)
	case opGetLog:
		return n.getLog(c)
	case opFormat:
		return n.format(c)
	case opSanitize:
		return n.sanitize(c)
	case opSelfTest:
		if n.smart == nil || n.traits.OACS&0x10 == 0 {
			return nvme.InvalidOpcode | noRetry
		}
		if n.test.left > 0 {
			return nvme.SelfTestInProgress
		}
		n.test.begin(uint8(c.CDW[0]), n.smart)
		return 0
	case opReceive:
		if len(n.discovery()) == 0 {
			return nvme.InvalidOpcode | noRetry
		}
		copy(c.Data, n.discovery())
		return 0
	}
	return nvme.InvalidOpcode | noRetry
}

func (n *NVMe) identify(c nvme.Command) uint16 {
	if len(c.Data) != 4096 {
		return nvme.InvalidField
	}
	b := c.Data
	clear(b)
	switch c.CDW[0] & 0xff {
	case 0x00:
		d := n.spaces[c.NSID]
		if d == nil {
			return nvme.InvalidNamespace | noRetry
		}
		d.identify(b)
		if b[32] = n.traits.FPI; n.traits.ReadOnly {
			b[99] = 1
		}
	case 0x01:
		n.controller(b)
	case 0x02:
		ids := slices.Sorted(maps.Keys(n.spaces))
		if n.lies(NVMeUnlisted) {
			ids = ids[1:]
		}
		putList(b, ids)
	case 0x10:
		if n.traits.OACS&0x08 == 0 {
			return nvme.InvalidField | noRetry
		}
		putList(b, slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(n.spaces)), n.traits.Unattached...))))
	case 0x12:
		if n.traits.OACS&0x08 == 0 {
			return nvme.InvalidField | noRetry
		}
		ids := n.traits.Elsewhere[c.NSID]
		binary.LittleEndian.PutUint16(b, uint16(len(ids)))
		for i, id := range ids {
			binary.LittleEndian.PutUint16(b[2+2*i:], id)
		}
	default:
		return nvme.InvalidField | noRetry
	}
	return 0
}

func (n *NVMe) controller(b []byte) {
	pad := func(b []byte, s string) {
		for i := range b {
			b[i] = ' '
		}
		copy(b, s)
	}
	t := n.traits
	if n.lies(NVMeStale) {
		t.Serial = "STALE" + t.Serial
	}
	pad(b[4:24], t.Serial)
	pad(b[24:64], t.Model)
	pad(b[64:72], t.Firmware)
	b[76], b[524] = t.CMIC, t.FNA
	binary.LittleEndian.PutUint32(b[80:], 0x20100)
	binary.LittleEndian.PutUint16(b[256:], t.OACS)
	binary.LittleEndian.PutUint64(b[296:], t.Unallocated)
	binary.LittleEndian.PutUint32(b[328:], t.SANICAP)
	binary.LittleEndian.PutUint32(b[516:], uint32(len(n.spaces)+len(t.Unattached)))
	if len(n.discovery()) > 0 {
		b[256] |= 1
	}
	binary.LittleEndian.PutUint64(b[280:], t.Unallocated+n.total())
}

func (n *NVMe) total() uint64 {
	sum := uint64(0)
	for _, d := range n.spaces {
		sum += uint64(d.size)
	}
	return sum
}

// identify is Identify Namespace, NVM Command Set 1.1, 4.1.5.1: one format, without metadata.
func (d *Drive) identify(b []byte) {
	for i := range 3 {
		binary.LittleEndian.PutUint64(b[8*i:], uint64(d.size/int64(d.block)))
	}
	b[33] = 0x01 // deallocated blocks read as zeros
	binary.LittleEndian.PutUint64(b[48:], uint64(d.size))
	for block := d.block; block > 1; block /= 2 {
		b[130]++
	}
}

func putList(b []byte, ids []uint32) {
	for i, id := range ids {
		binary.LittleEndian.PutUint32(b[4*i:], id)
	}
}
