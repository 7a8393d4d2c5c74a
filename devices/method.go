package devices

import (
	"time"

	"rasure/cmd/message"
)

// Level is how far an erasure reaches, in the terms of NIST SP 800-88.
type Level string

const (
	Clear Level = "clear" // every block the host can address is overwritten
	Purge Level = "purge" // the drive's own erase, which also reaches what cannot be addressed
)

// Method is one erasure that a drive's firmware offers, as the drive described it.
type Method struct {
	ID         MethodID      `json:"id"`
	Level      Level         `json:"level"`                      // the most it may claim on this medium: [LevelOf]
	Estimate   time.Duration `json:"takes_ns"`                   // by the drive; 0 where it gives no estimate
	Blocking   bool          `json:"blocking"`                   // the drive answers no command until it has ended, and [Target.Begin] returns only then
	AlsoErases []string      `json:"others"`                     // kernel names of other disks that it erases too: further namespaces, logical units, boot partitions
	Locked     bool          `json:"locked,omitempty"`           // of [TCGPSIDRevert]: the drive is locked now, and nothing else erases what its owner locked
	Frozen     bool          `json:"frozen,omitempty"`           // it cannot be used until the drive loses its power, which the firmware of the machine brought about
	Unreadable bool          `json:"unreadable_after,omitempty"` // after it the drive answers reads with errors until it is written, as it reports itself
	Unusable   message.Text  `json:"why"`                        // why it cannot be used and what to do; empty if it can
}

// MethodID names a method on certificates, so it never changes.
type MethodID string

const (
	ATASanitizeCrypto        MethodID = "ata-sanitize-crypto"         // ACS-4 7.35, CRYPTO SCRAMBLE EXT
	ATASanitizeBlock         MethodID = "ata-sanitize-block"          // ACS-4 7.35, BLOCK ERASE EXT
	ATASanitizeOverwrite     MethodID = "ata-sanitize-overwrite"      // ACS-4 7.35, OVERWRITE EXT
	ATASecurityErase         MethodID = "ata-security-erase"          // ACS-4 7.38, SECURITY ERASE UNIT, normal
	ATASecurityEraseEnhanced MethodID = "ata-security-erase-enhanced" // the same, enhanced
	NVMeSanitizeCrypto       MethodID = "nvme-sanitize-crypto"        // NVMe Base 2.1, Sanitize with SANACT 100b
	NVMeSanitizeBlock        MethodID = "nvme-sanitize-block"         // SANACT 010b
	NVMeSanitizeOverwrite    MethodID = "nvme-sanitize-overwrite"     // SANACT 011b
	NVMeFormatUser           MethodID = "nvme-format-user"            // Format NVM with SES 001b, user data erase
	NVMeFormatCrypto         MethodID = "nvme-format-crypto"          // SES 010b, cryptographic erase
	SCSISanitizeCrypto       MethodID = "scsi-sanitize-crypto"        // SBC-4 5.33, CRYPTOGRAPHIC ERASE
	SCSISanitizeBlock        MethodID = "scsi-sanitize-block"         // BLOCK ERASE
	SCSISanitizeOverwrite    MethodID = "scsi-sanitize-overwrite"     // OVERWRITE
	MMCEraseSanitize         MethodID = "mmc-erase-sanitize"          // JESD84-B51 6.6.9 and 6.6.13: erase of all areas, then SANITIZE
	TCGPSIDRevert            MethodID = "tcg-psid-revert"             // TCG Opal, RevertSP by the PSID on the label; never the only erase
)

// LevelOf returns the highest level that a method may claim on a medium, by the reading of IEEE 2883 in opensea-operations
// (src/operations.c; we do not have the text of the standard). The method decides, never the level that was asked for:
//
//	SANITIZE of all kinds            purge
//	ATA security erase, enhanced     purge on magnetic media; clear on flash and where the medium is unknown
//	ATA security erase, normal       clear: reallocated sectors and hidden areas stay
//	NVMe Format, SES 1 and 2         clear: the standard does not say how the controller does it
//	eMMC erase and sanitize          purge
//	TCG revert by PSID               clear: nothing shows that every byte was encrypted since the first write
func LevelOf(id MethodID, m Medium) Level {
	switch id {
	case ATASanitizeCrypto, ATASanitizeBlock, ATASanitizeOverwrite, NVMeSanitizeCrypto, NVMeSanitizeBlock, NVMeSanitizeOverwrite,
		SCSISanitizeCrypto, SCSISanitizeBlock, SCSISanitizeOverwrite, MMCEraseSanitize:
		return Purge
	case ATASecurityEraseEnhanced:
		if m == Magnetic {
			return Purge
		}
	}
	return Clear
}

// HiddenKind is the mechanism that hides an area from the host.
type HiddenKind string

const (
	HPA             HiddenKind = "hpa"              // ATA host protected area: READ NATIVE MAX above IDENTIFY
	DCO             HiddenKind = "dco"              // ATA device configuration overlay
	AMAC            HiddenKind = "amac"             // ATA accessible maximum address below the native one
	SCSICapacity    HiddenKind = "scsi-capacity"    // blocks that a MODE SELECT took away
	NVMeUnallocated HiddenKind = "nvme-unallocated" // capacity that belongs to no namespace (UNVMCAP)
	NVMeNamespaces  HiddenKind = "nvme-namespaces"  // namespaces that are allocated and not attached to this controller
	MMCBoot         HiddenKind = "mmc-boot"         // boot partitions
	MMCGeneral      HiddenKind = "mmc-general"      // general-purpose partitions
	MMCRPMB         HiddenKind = "mmc-rpmb"         // replay protected memory block, which no command erases
)

// HiddenArea describes the hidden areas of one kind, also where the drive has none (0 bytes).
type HiddenArea struct {
	Kind       HiddenKind   `json:"kind"`
	Bytes      int64        `json:"bytes"`      // 0: the drive was examined and hides nothing; -1: it could not be examined, Detail has the reason
	Restorable bool         `json:"restorable"` // [Target.Restore] can make it addressable
	Detail     message.Text `json:"detail"`     // for people, one line; empty if there is nothing to add
}

// Covers reports whether the method also erases areas of kind k, by its standard. ATA SANITIZE and the enhanced security erase
// reach all sectors of the drive (ACS-4 7.35, 7.38), SCSI SANITIZE all of its medium (SBC-4 4.11), NVMe Sanitize the whole subsystem; no command
// erases an RPMB.
func (id MethodID) Covers(k HiddenKind) bool {
	switch id {
	case ATASanitizeCrypto, ATASanitizeBlock, ATASanitizeOverwrite, ATASecurityEraseEnhanced:
		return k == HPA || k == DCO || k == AMAC
	case SCSISanitizeCrypto, SCSISanitizeBlock, SCSISanitizeOverwrite:
		return k == SCSICapacity
	case NVMeSanitizeCrypto, NVMeSanitizeBlock, NVMeSanitizeOverwrite:
		return k == NVMeUnallocated || k == NVMeNamespaces
	case MMCEraseSanitize:
		return k == MMCBoot || k == MMCGeneral
	}
	return false
}

// ErasePhase is where a drive is in an erase.
type ErasePhase string

const (
	EraseIdle    ErasePhase = "idle"    // no erase was begun since the drive was made or switched on, as far as it reports
	EraseRunning ErasePhase = "running" // it is erasing
	EraseDone    ErasePhase = "done"    // the last erase was this method, and it completed without error
	EraseFailed  ErasePhase = "failed"  // the drive reports a failure, or another command than ours
	EraseLocked  ErasePhase = "locked"  // locked by a password: an interrupted erase, or its owner's
	EraseUnknown ErasePhase = "unknown" // its answer cannot be decoded
)

// EraseState is what a drive reports about an erase. Only the phase is our judgement; Raw is the answer itself.
type EraseState struct {
	Phase    ErasePhase   `json:"phase"`
	Progress int          `json:"progress"` // in 65536ths, as all command sets count; -1 where the drive reports none
	Detail   message.Text `json:"detail"`   // for people, one line; empty if there is nothing to add
	Raw      []byte       `json:"raw"`      // registers, log page or sense data; at most 64 bytes of it
}

// Secret is a password for a drive, or a PSID. It prints as a placeholder, so that no message shows it.
type Secret string

func (Secret) String() string   { return "(secret)" }
func (Secret) GoString() string { return "(secret)" }

// ATAPassword locks a drive while it erases itself by SECURITY ERASE UNIT. It is fixed and public: it protects nothing, and
// anybody who finds a drive that lost power in the middle can unlock it with any tool.
const ATAPassword Secret = "rasure"
