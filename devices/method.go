package devices

import "time"

// Level is how far an erasure reaches, in the words of NIST SP 800-88.
type Level string

const (
	Clear Level = "clear" // every block the host can address is overwritten
	Purge Level = "purge" // the drive's own erase, which also reaches what cannot be addressed
)

// Method is one erasure that a drive's firmware offers, as the drive described it.
type Method struct {
	ID         MethodID      `json:"id"`
	Level      Level         `json:"level"`    // the most it may claim on this medium: [LevelOf]
	Estimate   time.Duration `json:"takes_ns"` // the drive's own estimate; 0 where it tells none
	Blocking   bool          `json:"blocking"` // the drive answers nothing until it is done, and [Target.Begin] returns only then
	AlsoErases []string      `json:"others"`   // kernel names of other disks that it erases too: further namespaces, logical units, boot partitions
	Unusable   string        `json:"why"`      // "" if it can be used; else why not, one sentence that tells the operator what to do
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
	TCGPSIDRevert            MethodID = "tcg-psid-revert"             // TCG Opal, RevertSP by the PSID on the label; never alone
)

// LevelOf is the most that a method may claim on a medium, by what IEEE 2883 is read to say of each command
// (as labelled by opensea-operations, src/operations.c; the standard's own text was not at hand). It decides by the method, never by what was asked for:
//
//	SANITIZE of all kinds            purge
//	ATA security erase, enhanced     purge on magnetic media; clear on flash, and where the medium is not known
//	ATA security erase, normal       clear: reallocated sectors and hidden areas stay
//	NVMe Format, SES 1 and 2         clear: the standard does not say how the controller does it
//	eMMC erase and sanitize          purge
//	TCG revert by PSID               clear: nothing tells that every byte was encrypted since the first write
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

// HiddenKind says how an area escapes those who address blocks.
type HiddenKind string

const (
	HPA             HiddenKind = "hpa"              // ATA host protected area: READ NATIVE MAX above IDENTIFY
	DCO             HiddenKind = "dco"              // ATA device configuration overlay
	AMAC            HiddenKind = "amac"             // ATA accessible maximum address below the native one
	NVMeUnallocated HiddenKind = "nvme-unallocated" // capacity in no namespace (UNVMCAP)
	NVMeNamespaces  HiddenKind = "nvme-namespaces"  // namespaces that are allocated and not attached here
	MMCBoot         HiddenKind = "mmc-boot"         // boot partitions
	MMCGeneral      HiddenKind = "mmc-general"      // general-purpose partitions
	MMCRPMB         HiddenKind = "mmc-rpmb"         // replay protected memory block, which no command erases
)

// HiddenArea is what is known of one kind of hidden area of a disk. That there is none is told too, with 0 bytes.
type HiddenArea struct {
	Kind       HiddenKind `json:"kind"`
	Bytes      int64      `json:"bytes"`      // hidden; 0: looked for and none; -1: could not be examined, and Detail says why
	Restorable bool       `json:"restorable"` // [Target.Restore] can make it addressable
	Detail     string     `json:"detail"`     // for people, one line
}

// Covers reports whether a method erases that kind of area too, by the text of its standard. ATA SANITIZE and the enhanced
// security erase reach all sectors the drive has (ACS-4 7.35, 7.38), NVMe Sanitize the whole subsystem; nothing erases an RPMB.
func (id MethodID) Covers(k HiddenKind) bool {
	switch id {
	case ATASanitizeCrypto, ATASanitizeBlock, ATASanitizeOverwrite, ATASecurityEraseEnhanced:
		return k == HPA || k == DCO || k == AMAC
	case NVMeSanitizeCrypto, NVMeSanitizeBlock, NVMeSanitizeOverwrite:
		return k == NVMeUnallocated || k == NVMeNamespaces
	case MMCEraseSanitize:
		return k == MMCBoot || k == MMCGeneral
	}
	return false
}
