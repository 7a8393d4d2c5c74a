package statement

import (
	"reflect"
	"testing"
	"time"
)

// acts are the values of the vectors by people, by the name of the vector.
func acts() map[string]Body {
	number17 := []Medium{medium("密-2026/017")}
	all := []Medium{wholeMedium(), medium("𮯰-1"), medium("𲎰-2")} // extensions I and J
	lists := []ListRef{{20, sum("list"), 150}, {21, sum("another list"), 7}}
	c1, c2 := act(custodian, "王五"), act(custodian, "王五", custodian, "赵六")
	m := map[string]Body{
		"roster.least": &Roster{Act: act(root, "局长"), Number: 1, Threshold: 1, Roots: []string{`局长 namespaces="rasure-roster" ssh-ed25519 AAAA1`}},
		"roster.full": &Roster{Act: act(root, "局长", root, "副局长"), Number: 2, Previous: sum("roster 1"), Threshold: 2,
			Roots: []string{`局长 namespaces="rasure-roster" ssh-ed25519 AAAA1`, `副局长 namespaces="rasure-roster" ssh-ed25519 AAAA2`},
			People: []RosterPerson{{"王五", []string{`王五 namespaces="rasure-custodian,rasure-witness" sk-ssh-ed25519@openssh.com AAAA3`}, "主任", "档案处", "2027-01-31", true, true},
				{Person: "张三", Keys: []string{`张三 namespaces="rasure-technician" ssh-ed25519 AAAA4`, `张三 namespaces="rasure-witness" ssh-ed25519 AAAA5`}}},
			Drops: []Drop{{"赵六", "retired"}}},
		"policy.least":    &Policy{Act: act(approve, "局长", secrecy, "保密员"), Name: "office", Source: "保密局〔2026〕3号", Lines: []string{"witnesses = 1"}},
		"policy.full":     &Policy{Act: act(approve, "局长", secrecy, "保密员"), Name: "office", Source: "保密局〔2026〕4号", Lines: []string{`name = "a \ b"`, "witnesses = 2"}, Replaces: refTo(5)},
		"enrolment.least": &Enrolment{Act: act(enrol, "省局"), Station: Enrolled{origin, sum("key"), head(40).First, Counter{Index: 0x01800aa0}, 1}, EK: EK{Certificate: Bytes("certificate"), Public: sum("ek")}, TPM: Chip{"IFX", "SLB9670", "7.85"}, Roots: []Hash{sum("vendor")}, Checked: []string{"chain"}, Until: "2031-02-03"},
		"enrolment.full": &Enrolment{Act: act(enrol, "省局"), Station: Enrolled{origin, sum("key"), head(40).First, Counter{0x01800aa0, 1000, sum("policy")}, 21}, EK: EK{Bytes("certificate"), []Bytes{Bytes("intermediate")}, sum("ek")},
			TPM: Chip{"IFX", "SLB9670", "7.85"}, Roots: []Hash{sum("vendor"), sum("another vendor")}, Policy: sum("policy"), Checked: []string{"chain", "roca"}, Until: "2031-02-03", CRLs: []Hash{sum("crl")}},
		"registration.least": &Registration{Act: c1, Number: "密-2026/017", Classification: "none", Type: "unknown", Custodian: "王五", Source: "采购"},
		"registration.full": &Registration{Act: c1, Number: "𮯰𲎰/017", Classification: "top-secret", Type: "tape", Custodian: "王五", Source: "二处", Limit: &Limit{Years: 30}, Marked: "2026-01-01",
			IssuingUnit: "市委办", DocumentCode: "市密发〔2026〕1号", CopyOf: "密-2026/016", CopyNumber: 2, Capacity: "2.5 TB", Size: 2500000000000, Asset: "PC-0412", Serial: "T-1", Model: "LTO-6", Maker: "IBM",
			Place: "二号楼三层", Holders: []string{"张三", "李四"}, CarrierOf: "PC-0412", InService: "2026-01-02"},
		"registration.lists": &Registration{Act: c1, Custodian: "王五", Source: "接管", Lists: lists},
		"approval.least":     &Approval{Act: act(approve, "局长"), Media: number17, Purpose: "destroy", Technician: "张三", From: when, Until: when.Add(time.Hour)},
		"approval.full": &Approval{Act: act(approve, "局长", approve, "副局长"), Media: all, Purpose: "send", Technician: "张三", From: when, Until: when.AddDate(0, 1, 0), Reason: "移交", Destination: "省局", Escorts: []string{"李四"},
			Channel: "confidential-courier", Copies: 1, Permit: "京-1", Conditions: "密封"},
		"approval.lists":    &Approval{Act: act(approve, "局长"), Purpose: "inside", Technician: "张三", From: when, Until: when.Add(time.Hour), Lists: lists},
		"handover.least":    &Handover{Act: c2, Media: number17, From: "王五", To: "赵六"},
		"handover.full":     &Handover{Act: c2, Media: all, From: "王五", To: "赵六", Approval: targetTo("approval"), Due: after(time.Hour), Place: "库房", SealOut: "S-1", SealIn: "S-1", Escorts: []string{"李四"}, Channel: "dedicated-person", Everything: true},
		"handover.outside":  &Handover{Act: c1, Media: number17, From: "王五", Receiver: &Outside{"销毁中心"}},
		"carry.least":       &Carry{Act: c1, Media: number17, Carrier: "王五", Approval: target("approval"), Destination: "省局", Due: when.AddDate(0, 0, 3)},
		"carry.full":        &Carry{Act: act(custodian, "王五", witness, "李四"), Media: all, Carrier: "王五", Approval: wholeTarget("approval"), Destination: "省局", Due: when.AddDate(0, 0, 3), Escorts: []string{"李四"}, Seal: "S-3"},
		"back.least":        &Back{Act: act(custodian, "王五", secrecy, "保密员"), Media: number17, Carrier: "王五", Carried: target("carry")},
		"back.full":         &Back{Act: act(custodian, "王五", witness, "李四"), Media: all, Carrier: "王五", Carried: wholeTarget("carry"), Sealed: true, Condition: "完好"},
		"return.least":      &Return{Act: c1, Media: number17, From: "王五", Receiver: Outside{"市委办"}, Receipt: "R-1"},
		"return.full":       &Return{Act: act(custodian, "王五", secrecy, "保密员"), Media: all, From: "王五", Receiver: Outside{"市委办"}, Receipt: "R-1", Seal: "S-2"},
		"transfer.least":    &Transfer{Act: act(approve, "局长", custodian, "赵六", witness, "李四"), Media: number17, From: "王五", To: "赵六", Reason: "ill"},
		"transfer.full":     &Transfer{Act: act(approve, "局长", custodian, "赵六", witness, "李四"), Media: all, From: "王五", To: "赵六", Reason: "dead"},
		"result.least":      &Result{Act: act(technician, "张三"), Target: target("certificate"), Statement: "done"},
		"result.full":       &Result{Act: act(technician, "张三"), Target: wholeTarget("certificate"), Statement: "irregular", Irregularity: "断电一次"},
		"witness.least":     &Witness{Act: act(witness, "李四"), Target: target("certificate"), Present: "end-only", Saw: "屏幕显示完成"},
		"witness.full":      &Witness{Act: act(witness, "李四", witness, "钱七"), Target: wholeTarget("destruction"), Present: "all", Saw: "粉碎", Place: "销毁中心"},
		"validation.least":  &Validation{Act: act(validate, "钱七"), Target: target("certificate"), Decision: "accept", Reason: "抽查一致"},
		"validation.full":   &Validation{Act: act(validate, "钱七"), Target: wholeTarget("certificate"), Decision: "reject", Reason: "不一致", Residual: "备用块", Next: "destroy", Secondary: &Secondary{"dd", "9.1", false, 4096}, Destination: "destroy"},
		"destruction.least": &Destruction{Act: act(technician, "张三", witness, "李四"), Media: number17, Approval: target("approval"), Method: "shred", Place: "销毁中心"},
		"destruction.full": &Destruction{Act: act(technician, "张三", witness, "李四", witness, "钱七"), Media: all, Approval: wholeTarget("approval"), Erasure: targetTo("certificate"), Method: "other", Words: "熔化后粉碎", Place: "销毁中心",
			Machine: &Machine{"HSM", "Powerline 100", "M-1", "2026-01-05"}, Standard: "BMB21", Security: "H-5", Particle: 2000, Field: 1800, Weights: &Weights{512, 498}, Contractor: &Contractor{"某公司", "L-1", "A-1"}, Residue: "回炉", Escorts: []string{"李四"}},
		"inventory.least":  &Inventory{Act: c1, Scope: Scope{All: true}, CountedBy: "王五"},
		"inventory.full":   &Inventory{Act: act(custodian, "王五", witness, "李四"), Scope: Scope{Person: "王五"}, Found: []string{"A-1", "A-2"}, Missing: []string{"A-3"}, Unexpected: []string{"B-1"}, CountedBy: "李四", Lists: lists},
		"inventory.place":  &Inventory{Act: c1, Scope: Scope{Place: "库房"}, CountedBy: "王五"},
		"loss.least":       &Loss{Act: c1, Media: number17, Noticed: when, Circumstances: "清点时发现"},
		"loss.full":        &Loss{Act: act(custodian, "王五", secrecy, "保密员"), Media: all, Noticed: when.Add(-time.Hour), Circumstances: "出差途中", Place: "火车站"},
		"report.least":     &Report{Act: act(secrecy, "保密员"), Target: target("loss"), Receivers: []Receiver{{"市保密局", when, "1"}}},
		"report.full":      &Report{Act: act(secrecy, "保密员"), Target: wholeTarget("incident"), Receivers: []Receiver{{"市保密局", when, "1"}, {"省局", when, "2"}}, Measures: "已封存"},
		"found.least":      &Found{Act: act(custodian, "王五", witness, "李四"), Media: number17, Loss: target("loss"), Where: "抽屉"},
		"found.full":       &Found{Act: act(custodian, "王五", witness, "李四"), Media: all, Loss: wholeTarget("loss"), Where: "抽屉", Sealed: true, Condition: "完好"},
		"reclassify.least": &Reclassify{Act: act(approve, "局长", secrecy, "保密员"), Media: number17, From: "secret", To: "none", Basis: "解密审核〔2026〕1号"},
		"reclassify.full":  &Reclassify{Act: act(approve, "局长", secrecy, "保密员"), Media: all, From: "secret", To: "confidential", Basis: "变更〔2026〕1号", Limit: &Limit{Months: 6}},
		"retype.least":     &Retype{Act: act(custodian, "王五", approve, "局长"), Medium: medium("A-1"), From: "magnetic", To: "hybrid", Reason: "误登"},
		"retype.full":      &Retype{Act: act(custodian, "王五", approve, "局长"), Medium: wholeMedium(), From: "magnetic", To: "ssd", Reason: "误登", SerialSeen: "WD-0001"},
		"correction.least": &Correction{Act: act(custodian, "王五", approve, "局长"), Target: target("witness"), Reason: "误签", Withdraws: true},
		"correction.full":  &Correction{Act: act(custodian, "王五", approve, "局长"), Target: wholeTarget("registration"), Reason: "笔误", Changes: []Change{{"serial", "WD-0001", "WD-0007"}, {"model", "", "WD40"}, {"place", "库房", ""}}},
		"void.least":       &Void{Act: c1, Target: target("handover"), Reason: "误签"},
		"void.full":        &Void{Act: act(technician, "张三", witness, "李四"), Target: wholeTarget("destruction"), Reason: "误签"},
		"equipment.least":  &Equipment{Act: c1, Number: "PR-1", Kind: "printer", Status: "leaves"},
		"equipment.full": &Equipment{Act: act(custodian, "王五", secrecy, "保密员"), Number: "SH-1", Kind: "destruction-machine", Status: "in-use", Maker: "HSM", Model: "Powerline 100", Serial: "M-1", Place: "销毁间", Storage: true,
			Inspected: "2026-01-04", Inspector: "保密办", Tested: "2026-01-05", Particle: 2000, Standard: "BMB21"},
		"incident.least":   &Incident{Act: act(secrecy, "保密员"), Noticed: when, Kind: "seal-broken", Measures: "已封存"},
		"incident.full":    &Incident{Act: act(secrecy, "保密员"), Noticed: when.Add(-time.Hour), Kind: "seal-broken", Media: all, Target: targetTo("handover"), Measures: "已封存", Reported: after(0)},
		"closure.least":    &Closure{Act: act(root, "局长"), Finding: Finding{"key-reused", 12, "", sum("finding")}, Measure: "重新清除", By: "张三", Until: "2026-03-01"},
		"closure.full":     &Closure{Act: act(approve, "局长", secrecy, "保密员"), Finding: Finding{"overdue", 12, "密-2026/017", sum("finding")}, Measure: "追回", By: "张三", Until: "2026-03-01"},
		"recount.least":    &Recount{Act: act(root, "局长", secrecy, "保密员"), Reason: "断电", OldBase: 1000, NewBase: 1001, Size: 40, Root: sum("root"), Attestation: make(Bytes, recordBytes)},
		"succession.least": &Succession{Act: act(root, "局长"), Old: head(40), New: Head{"s8.archive.example", sum("new first"), 1, sum("new root")}, Reason: "主板损坏", Media: 812, Carried: sum("register")},
		"audit.least":      &Audit{Act: act(auditor, "省局"), Audited: head(40), Policy: sum("policy"), Findings: sum("findings")},
		"audit.full":       &Audit{Act: act(auditor, "省局"), Audited: head(40), From: 20, Policy: sum("policy"), Findings: sum("findings"), Open: 2, Closed: 1, Cosigner: "auditor+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ReportSum: sum("report")},
	}
	m["recount.full"] = &Recount{Act: act(root, "局长", root, "副局长", secrecy, "保密员"), Reason: "断电", OldBase: 1000, NewBase: 1003, Size: 39, Root: sum("root"), Attestation: make(Bytes, recordBytes)}
	m["succession.full"] = &Succession{Act: act(root, "局长"), Old: Head{"s6.archive.example", sum("old first"), 88, sum("old root")}, New: head(40), Reason: "更换工作站", Media: 812, Carried: sum("register")}
	m["result.not-done"] = &Result{Act: act(technician, "张三"), Target: target("certificate"), Statement: "not-done"}
	m["witness.begin-and-end"] = &Witness{Act: act(witness, "李四"), Target: target("certificate"), Present: "begin-and-end", Saw: "屏幕显示完成"}
	m["registration.until-a-day"] = &Registration{Act: c1, Number: "A-1", Classification: "secret", Type: "sd", Custodian: "王五", Source: "采购", Limit: &Limit{Day: "2026-12-31"}, Marked: "2026-01-01"}
	m["registration.until-then"] = &Registration{Act: c1, Number: "A-2", Classification: "secret", Type: "sd", Custodian: "王五", Source: "采购", Limit: &Limit{Condition: "公布后"}, Marked: "2026-01-01"}
	for _, purpose := range []string{"outside", "borrow", "carry", "abroad", "repair", "copy"} {
		m["approval."+purpose] = &Approval{Act: act(approve, "局长"), Media: number17, Purpose: purpose, Technician: "张三", From: when, Until: when.Add(time.Hour)}
	}
	for name, b := range m {
		s := Statement{Body: b}
		if isFull(name) {
			whole(s.Act(), reflect.ValueOf(b).Elem().FieldByName("ActEnd").Addr().Interface().(*ActEnd))
		}
		s.Act().Says = SayingOf(b).String()
	}
	return m
}

func targetTo(kind string) *Target {
	t := wholeTarget(kind)
	return &t
}

func isFull(vector string) bool { return len(vector) > 5 && vector[len(vector)-5:] == ".full" }

// vectors are all values of the vectors.
func vectors(t testing.TB) map[string]Body {
	m := acts()
	m["station.least"], m["station.full"], m["station.cutover"] = stationLeast(t), stationFull(t), cutOver(t)
	m["boot.least"], m["boot.full"] = bootLeast(t), bootFull(t)
	m["begin.least"], m["begin.full"] = beginLeast(t), beginFull(t)
	m["begin.outside"] = beginOutside(t)
	m["begin.replugged"] = beginReplugged(t)
	m["begin.image"] = beginImage(t)
	m["certificate.least"], m["certificate.full"] = certificateLeast(t), certificateFull(t)
	m["certificate.failed"], m["certificate.begun-in-v1"] = certificateFailed(t), certificateOfVersion1(t)
	m["certificate.zoned"] = certificateZoned(t)
	m["certificate.sampled"] = certificateSampled(t)
	m["certificate.complement"] = certificateOf(t, "flash-clear", Pass{Pattern: "random", Verify: "full", Verified: 1 << 20}, Pass{Pattern: "random-complement"})
	m["certificate.two-passes"] = certificateOf(t, "gost", Pass{Pattern: "zero", Verify: "none"}, Pass{Pattern: "random"})
	m["preparation.least"], m["preparation.full"] = preparationLeast(t), preparationFull(t)
	m["list.least"], m["list.full"] = listLeast(t), listFull(t)
	m["retirement.least"], m["retirement.full"] = retirementLeast(t), retirementFull(t)
	return m
}
