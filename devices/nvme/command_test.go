package nvme_test

import (
	"testing"

	"rasure/devices/nvme"
)

// TestCommands: commands are the bytes of the specification.
func TestCommands(t *testing.T) {
	t.Parallel()
	extended := nvme.Namespace{Format: 0x13, Extended: true, Protection: 2, ProtectionTop: true}
	for name, c := range map[string]struct {
		got          nvme.Command
		opcode       uint8
		nsid         uint32
		cdw10, cdw11 uint32
	}{
		"format, user data":     {nvme.Format(1, nvme.Namespace{}, nvme.EraseUser), 0x80, 1, 1 << 9, 0},
		"format, by key":        {nvme.Format(3, nvme.Namespace{Format: 1}, nvme.EraseCrypto), 0x80, 3, 2<<9 | 1, 0},
		"format keeps all else": {nvme.Format(nvme.AllNamespaces, extended, nvme.EraseUser), 0x80, 0xffffffff, 1<<12 | 1<<9 | 1<<8 | 2<<5 | 1<<4 | 3, 0},
		"sanitize block":        {nvme.Sanitize{Action: nvme.SanitizeBlock}.Command(), 0x84, 0, 0x002, 0},
		"sanitize crypto, kept": {nvme.Sanitize{Action: nvme.SanitizeCrypto, NoDeallocate: true}.Command(), 0x84, 0, 0x204, 0},
		"overwrite once":        {nvme.Sanitize{Action: nvme.SanitizeFill, Passes: 1, Pattern: 0xa5a5a5a5}.Command(), 0x84, 0, 0x013, 0xa5a5a5a5},
		"overwrite 16 times":    {nvme.Sanitize{Action: nvme.SanitizeFill, Passes: 16, Invert: true}.Command(), 0x84, 0, 0x103, 0},
		"exit failure":          {nvme.Sanitize{Action: nvme.ExitFailure}.Command(), 0x84, 0, 0x001, 0},
		"security receive":      {nvme.SecurityReceive(1, 1, make([]byte, 512)), 0x82, 0, 0x01000100, 512},
		"security send":         {nvme.SecuritySend(1, 0x07fe, make([]byte, 2048)), 0x81, 0, 0x0107fe00, 2048},
	} {
		if g := c.got; g.Opcode != c.opcode || g.NSID != c.nsid || g.CDW != [6]uint32{c.cdw10, c.cdw11} {
			t.Errorf("%s: got %02x nsid %x cdw %x", name, g.Opcode, g.NSID, g.CDW)
		}
	}
}

// A timeout that runs out would reset the controller in the middle.
func TestCommands_Timeout(t *testing.T) {
	t.Parallel()
	if d := (nvme.Sanitize{Action: nvme.SanitizeBlock}).Command().Timeout; d.Minutes() < 60 {
		t.Errorf("timeout %v", d)
	}
	if d := nvme.Format(1, nvme.Namespace{}, nvme.EraseUser).Timeout; d.Hours() < 24 {
		t.Errorf("timeout %v", d)
	}
}

// TestCommands_Invalid: what does not erase cannot be built.
func TestCommands_Invalid(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"format without erasure": func() { nvme.Format(1, nvme.Namespace{}, 0) },
		"format SES 7":           func() { nvme.Format(1, nvme.Namespace{}, 7) },
		"sanitize action 0":      func() { nvme.Sanitize{}.CDW10() },
		"sanitize action 5":      func() { nvme.Sanitize{Action: 5}.CDW10() },
		"no pass":                func() { nvme.Sanitize{Action: nvme.SanitizeFill}.CDW10() },
		"17 passes":              func() { nvme.Sanitize{Action: nvme.SanitizeFill, Passes: 17}.CDW10() },
		"passes of no overwrite": func() { nvme.Sanitize{Action: nvme.SanitizeBlock, Passes: 1}.CDW10() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was made", name)
				}
			}()
			f()
		}()
	}
}
