package devices

import (
	"slices"

	"rasure/cmd/message"
)

// Groups of methods that a fact is about.
var (
	cryptoErases   = []MethodID{ATASanitizeCrypto, NVMeSanitizeCrypto, SCSISanitizeCrypto, NVMeFormatCrypto, TCGPSIDRevert}
	securityErases = []MethodID{ATASecurityErase, ATASecurityEraseEnhanced}
	ataErases      = append([]MethodID{ATASanitizeCrypto, ATASanitizeBlock, ATASanitizeOverwrite}, securityErases...)
	nvmeErases     = []MethodID{NVMeSanitizeCrypto, NVMeSanitizeBlock, NVMeSanitizeOverwrite, NVMeFormatCrypto, NVMeFormatUser}
	everyErase     = append(append([]MethodID{SCSISanitizeCrypto, SCSISanitizeBlock, SCSISanitizeOverwrite, MMCEraseSanitize, TCGPSIDRevert}, ataErases...), nvmeErases...)
)

// Methods returns all methods that erase.
func Methods() []MethodID { return slices.Clone(everyErase) }

var (
	p4510 = []string{"*P4510", "*P4610", "*SSDPE2KX", "*SSDPE2KE"}

	// X300, X300s, X400 and X600. They report their order number; that it begins so was not seen in a capture.
	sanDiskX = []string{"SANDISK X300", "SANDISK X400", "SANDISK X600", "SANDISK SD7SB", "SANDISK SD7SN", "SANDISK SD7TB", "SANDISK SD7TN", "SANDISK SD7UB",
		"SANDISK SD7UN", "SANDISK SD8SB", "SANDISK SD8SN", "SANDISK SD8TB", "SANDISK SD8TN", "SANDISK SD9SB", "SANDISK SD9SN", "SANDISK SD9TB", "SANDISK SD9TN"}

	keepsData       = message.Of("its own erase is known to leave data")
	byController    = message.Of("its adapter passes its own time limits to the drive: erase it with the controller's tool (perccli or storcli, start erase crypto)")
	bootVolume      = message.Of("it is a mirror or stripe set of an adapter for boot drives")
	takesA1h        = message.Of("its bridge takes opcode A1h for a vendor command, and hangs at ATA PASS-THROUGH (12)")
	inventsIdentify = message.Of("its bridge invents the IDENTIFY data, and passes no erase command to the NVMe drive behind it")
	brokenHPA       = message.Of("drives of this model break when their host protected area is changed")
	oneTooMany      = message.Of("drives of this model report one native sector more than they have")
	resetsHurt      = message.Of("drives of this firmware have been destroyed by a reset during a change of their format")
	waitsForReset   = message.Of("it has been seen to refuse a format until the machine was suspended and resumed, or the drive unlocked")
)

// known are the facts that rasure comes with. Names in upper case, because a model is compared so.
var known = []Known{
	// Firmware that erases badly, and models that do not erase.
	{Kind: Outdated, Models: p4510, Firmware: "VDV1DP", Oldest: "VDV1DP25", Methods: nvmeErases, What: keepsData, Source: "Dell DSA-2022-203"},
	{Kind: Outdated, Models: p4510, Firmware: "VDV10", Oldest: "VDV10184", Methods: nvmeErases, What: keepsData, Source: "INTEL-SA-00535, SOLIDIGM-SA-00563"},
	{Kind: Refuses, Models: sanDiskX, Methods: cryptoErases,
		What: message.Of("keys may stay on the media, so that a cryptographic erase proves nothing"), Source: "CVE-2019-11686, WDC-19006, WDC-19007: SanDisk"},
	{Kind: Refuses, Models: []string{"*HSCP0920S5X"}, Firmware: "3P02", Methods: everyErase,
		What: message.Of("after a format or sanitize it refuses every access until its Admin SP is reverted with the PSID"), Source: "mrgecko.org 2026: HGST in HPE 3PAR"},
	{Kind: Refuses, Models: []string{"*RUGGED SSD4"}, Methods: ataErases[:3], What: message.Of("its maker has disabled sanitize"),
		Source: "opensea-operations src/sanitize.c"},

	// Adapters.
	{Kind: Refuses, Adapter: "megaraid_sas", Methods: ataErases, What: byController, Source: "Linux megaraid_sas_fusion.c, cryptoerase: PERC H355 and H730P"},

	// Trouble that is warned of.
	{Kind: Trouble, Models: []string{"INTEL SSDPEKNW"}, What: message.Of("its progress has been seen to stay at 1 %% (655 of 65536) for ever while it sanitizes"),
		Source: "nvme-cli issues 752, 1784, 3027: Intel 660p"},
	{Kind: Trouble, Models: []string{"INTEL SSDPEKKF256G8L"}, What: message.Of("it has been seen dead after a format or sanitize"), Source: "nvme-cli issue 2677"},
	{Kind: Trouble, Models: []string{"KINGSTON SEDC1500M"}, What: message.Of("it has been seen dead after it lost power during a format"), Source: "nvme-cli issue 2072"},
	{Kind: Trouble, Models: []string{"WDC PC SN730"}, What: message.Of("it has been seen to deny all access after a PSID revert"), Source: "sedutil issue 507"},
	{Kind: Trouble, Models: []string{"*PC801"}, What: message.Of("it has been seen to have trouble with sanitize"), Source: "nvme-cli issue 2710: SK hynix"},
	{Kind: Trouble, Models: []string{"*PC601", "*MZVKV512", "SAMSUNG SSD 970 EVO PLUS"}, What: waitsForReset, Source: "nvme-cli issues 84, 627, 779, 816"},
	{Kind: Trouble, Models: []string{"*SX8000NP"}, Firmware: "C2.3.7A", What: message.Of("it has been seen to answer a format with a sequence error"), Source: "nvme-cli issue 423: ADATA"},
	{Kind: Trouble, Models: []string{"*KCMYXRUG3T84"}, Firmware: "1UETE104", What: message.Of("it has been seen dead after a format or sanitize"), Source: "TUM-DSE issue 1796: KIOXIA"},
	{Kind: Trouble, Models: []string{"ST24000NM002H"}, Firmware: "SE03", What: resetsHurt, Source: "openSeaChest issue 148"},
	{Kind: Trouble, Models: []string{"ST24000NM002H"}, Firmware: "SE04", What: resetsHurt, Source: "openSeaChest issue 148"},
	{Kind: Trouble, Bridge: "152d:0562", What: takesA1h, Source: "opensea-transport src/common_public.c, a1NeverSupported: JMicron"},
	{Kind: Trouble, Bridge: "152d:0583", What: takesA1h, Source: "opensea-transport src/common_public.c, a1NeverSupported: JMicron"},
	{Kind: Trouble, Bridge: "174c:2362", What: inventsIdentify, Source: "smartmontools drivedb.h, sntasmedia: ASMedia"},
	{Kind: Trouble, Bridge: "0bda:9210", What: inventsIdentify, Source: "smartmontools drivedb.h, sntrealtek: Realtek"},

	// Boot drives that are two drives. The strings of the last three were not seen in a capture.
	{Kind: RAIDVolume, Models: []string{"*DELL*BOSS", "*BOSS*DELL"}, What: bootVolume, Source: "yast-storage-ng pull request 1329: Dell BOSS"},
	{Kind: RAIDVolume, Models: []string{"*H/W RAID"}, What: bootVolume, Source: "smartmontools issue 216: JMicron"},
	{Kind: RAIDVolume, Models: []string{"*NS204I"}, What: bootVolume, Source: "HPE NS204i, by its name"},
	{Kind: RAIDVolume, Models: []string{"*THINKSYSTEM M.2 VD"}, What: bootVolume, Source: "Lenovo ThinkSystem M.2, by its name"},
	{Kind: RAIDVolume, Models: []string{"*MV RAID"}, What: bootVolume, Source: "Marvell, by its name"},

	// Host protected areas, Linux drivers/ata/libata-core.c, ATA_HORKAGE_BROKEN_HPA and HPA_SIZE.
	{Kind: KeepsMax, Models: []string{"HDS724040KLSA80"}, Firmware: "KFAOA20N", What: brokenHPA, Source: "Linux libata-core.c"},
	{Kind: KeepsMax, Models: []string{"WDC WD3200JD-00KLB0", "WDC WD2500JD-00HBB0", "MAXTOR 6L080L4"}, What: brokenHPA, Source: "Linux libata-core.c"},
	{Kind: KeepsMax, Models: []string{"OCZ-VERTEX"}, Firmware: "1.30", What: brokenHPA, Source: "Linux libata-core.c"},
	{Kind: NativeHigh, Models: []string{"ST340823A", "ST320413A", "ST310211A"}, What: oneTooMany, Source: "Linux libata-core.c"},
}
