package devicetest

import "encoding/binary"

// security is the state of the security feature set, ACS-4 4.18.
type security struct {
	enabled, locked, frozen bool
	prepared                bool // SECURITY ERASE PREPARE was the command before
	eraseOnly               bool // it accepts no UNLOCK before an erase
	tries                   int  // wrong passwords that it still takes in this power cycle
	password                [32]byte
}

// word is word 128 of IDENTIFY DEVICE.
func (s security) word() uint16 {
	w := uint16(0x0021) // supported, and the enhanced erase
	for bit, set := range map[int]bool{1: s.enabled, 2: s.locked, 3: s.frozen, 4: s.tries == 0} {
		if set {
			w |= 1 << bit
		}
	}
	return w
}

// secure carries out F1h to F6h.
func (s *SATA) secure(t *taskfile, prepared bool) output {
	x := &s.security
	if x.frozen {
		return abort
	}
	if t.command == 0xf3 {
		x.prepared = true
		return output{}
	}
	if t.command == 0xf5 {
		x.frozen = true
		return output{}
	}
	if t.protocol != 5 || len(t.data) != 512 || t.data[0]&1 != 0 { // bit 0: the master password, which no test needs
		return abort
	}
	switch t.command {
	case 0xf1:
		if x.locked {
			return abort
		}
		x.enabled, x.password = true, [32]byte(t.data[2:34])
		return output{}
	case 0xf2:
		if !x.locked {
			return output{}
		}
		if x.eraseOnly || !s.opens(t) {
			return abort
		}
		x.locked = false
		return output{}
	case 0xf4:
		if !prepared || !x.enabled || !s.opens(t) {
			return abort
		}
		return s.eraseUnit(t.data[0]&2 != 0)
	case 0xf6:
		if x.locked || [32]byte(t.data[2:34]) != x.password && x.enabled {
			return abort
		}
		x.enabled, x.locked = false, false
		return output{}
	}
	return abort
}

// opens compares the password, and counts a wrong one.
func (s *SATA) opens(t *taskfile) bool {
	x := &s.security
	if x.tries == 0 {
		return false
	}
	if [32]byte(t.data[2:34]) != x.password {
		x.tries--
		return false
	}
	return true
}

// eraseUnit is SECURITY ERASE UNIT. The normal one erases what can be addressed, the enhanced one what the drive has.
func (s *SATA) eraseUnit(enhanced bool) output {
	end := s.bytes(s.current)
	if enhanced {
		end = s.bytes(s.factory)
	}
	x := &s.security
	switch s.Lie {
	case ResetMidway, PowerLoss, RefusesUnlock:
		x.eraseOnly = s.Lie == RefusesUnlock
		s.unit.drive.scrub(0, end/2, enhanced)
		if x.locked = true; s.Lie == PowerLoss {
			s.gone = true
		}
		s.Lie = Honest // the next try goes well
		return output{reset: true}
	case Fails, FailsOpen:
		s.unit.drive.scrub(0, end/2, enhanced)
		return abort
	case StillLocked:
		s.unit.drive.scrub(0, end, enhanced)
		x.locked = true
		return output{}
	}
	s.lyingScrub(end, enhanced)
	x.enabled, x.locked, x.eraseOnly = false, false, false
	return output{}
}

// lyingScrub erases up to end, or what the lie leaves of that.
func (s *SATA) lyingScrub(end int64, crypto bool) { lyingScrub(s.unit.drive, s.Lie, end, crypto) }

func lyingScrub(d *Drive, lie Lie, end int64, crypto bool) {
	switch lie {
	case NothingErased, OldSuccess:
		end = 0
	case ErasesPart:
		end /= 2
	case LeavesLast:
		end = d.size - int64(d.block)
	}
	d.scrub(0, end, crypto)
}

func (s *SATA) bytes(sectors uint64) int64 { return int64(sectors) * int64(s.unit.drive.block) }

// sanitize is the state of the sanitize feature set, ACS-4 4.17: SD0 if all are false.
type sanitize struct {
	running   bool // SD2
	failed    bool // SD3
	completed bool // SD4
	frozen    bool // SD1
	exit      bool // failure mode: SANITIZE STATUS EXT may lead out of SD3
	crypto    bool
	left      int
}

// sanitizeDevice carries out B4h.
func (s *SATA) sanitizeDevice(t *taskfile) output {
	x := &s.sanitize
	key, crypto := uint64(0), false
	switch t.feature {
	case 0x0000:
		return s.sanitizeStatus(t.count&1 != 0)
	case 0x0011:
		key, crypto = 0x43727970, true
	case 0x0012:
		key = 0x426b4572
	case 0x0014:
		if t.lba>>32 != 0x4f57 {
			return abort
		}
	default:
		return output{err: 0x04, lba: 2}
	}
	switch {
	case x.frozen:
		return output{err: 0x04, lba: 3}
	case t.feature != 0x0014 && t.lba != key, s.security.locked, x.running:
		return abort
	}
	*x = sanitize{running: true, exit: t.count&0x10 != 0, crypto: crypto, left: s.Steps, completed: false}
	switch s.Lie {
	case OldSuccess: // the command is taken, and nothing comes of it
		*x = sanitize{completed: true}
	case ErasesTwice:
		s.lyingScrub(s.bytes(s.factory), crypto)
		*x = sanitize{completed: true}
	}
	return s.sanitizeRegisters()
}

// sanitizeStatus is SANITIZE STATUS EXT. Each asking brings the drive a step forward.
func (s *SATA) sanitizeStatus(clear bool) output {
	x := &s.sanitize
	if x.running && s.Lie == PowerLoss {
		s.Lie, s.gone = Honest, true // until PowerCycle
		return output{}
	}
	if x.running && s.Lie != Stuck {
		if x.left--; x.left < 0 {
			x.running = false
			if s.Lie == Fails || s.Lie == FailsOpen || s.FailsAgain {
				s.unit.drive.scrub(0, s.bytes(s.factory)/2, x.crypto)
				x.failed = true
			} else {
				s.lyingScrub(s.bytes(s.factory), x.crypto)
				x.completed = true
			}
		}
	}
	if x.failed && clear && (x.exit || s.Lie == FailsOpen) {
		x.failed = false
	}
	if s.NoReason != 0 && (x.failed || s.NoReason > 0 && x.running) {
		s.NoReason--
		return output{err: 0x04}
	}
	if x.failed {
		return output{err: 0x04, lba: 1}
	}
	return s.sanitizeRegisters()
}

func (s *SATA) sanitizeRegisters() output {
	x, o := s.sanitize, output{lba: 0xffff}
	if x.completed {
		o.count |= 0x8000
	}
	if x.running {
		o.count |= 0x4000
		if o.lba = uint64(65536 * (s.Steps - x.left) / (s.Steps + 1)); s.Lie == Stuck {
			o.lba = 655 // where the Intel 660p stays, nvme-cli issue 752
		}
	}
	if x.frozen {
		o.count |= 0x2000
	}
	return o
}

// hidden carries out the commands that tell and set what can be addressed.
func (s *SATA) hidden(t *taskfile, askedMax bool) output {
	switch {
	case t.command == 0x27 && t.extended && t.protocol == 3 && !s.amac:
		s.askedMax = true
		return output{lba: s.native - 1}
	case t.command == 0xf8 && !t.extended && t.protocol == 3 && s.Short:
		s.askedMax = true
		return output{lba: s.native - 1}
	case t.command == 0xf9 && !t.extended && t.protocol == 3 && t.feature == 0 && s.Short:
		if !askedMax || s.maxSet || t.lba >= s.native {
			return abort
		}
		s.maxSet, s.current = true, t.lba+1
		return output{lba: t.lba}
	case t.command == 0x37 && t.extended && t.protocol == 3 && !s.amac:
		if !askedMax || s.maxSet || t.lba >= s.native {
			return abort
		}
		s.maxSet, s.current = true, t.lba+1
		return output{lba: t.lba}
	case t.command == 0x78 && t.extended && t.protocol == 3 && s.amac && t.feature == 0:
		return output{lba: s.native - 1}
	case t.command == 0x78 && t.extended && t.protocol == 3 && s.amac && t.feature == 1:
		if s.maxSet || t.lba >= s.native {
			return abort
		}
		s.maxSet, s.current = true, t.lba+1
		return output{lba: t.lba}
	case t.command == 0xb1 && t.feature == 0xc2 && t.protocol == 4 && !s.amac && s.Lie != OverlayFrozen:
		binary.LittleEndian.PutUint64(t.data[6:], s.factory-1)
		t.data[0] = 2
		seal(t.data[:512])
		return output{}
	case t.command == 0xb1 && t.feature == 0xc0 && t.protocol == 3 && !s.amac && s.Lie != OverlayFrozen:
		if s.current != s.native {
			return abort // a host protected area is set
		}
		s.current, s.native = s.factory, s.factory
		return output{}
	}
	return abort
}

// Password returns the true security state, about which IDENTIFY DEVICE may lie.
func (s *SATA) Password() (enabled, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.security.enabled, s.security.locked
}

// Bytes is how much of the drive can be addressed now.
func (s *SATA) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes(s.current)
}
