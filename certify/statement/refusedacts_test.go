package statement

import (
	"testing"
	"time"
)

func TestRefusedMedia(t *testing.T) {
	t.Parallel()
	refusedAs(t, []refusal{
		{"registration-of-nothing", "registration.least", of(func(b *Registration) { b.Number = "" }), "or of lists"},
		{"registration-of-both", "registration.lists", of(func(b *Registration) { b.Number = "A-1" }), "or of lists"},
		{"registration-custodian", "registration.least", of(func(b *Registration) { b.Custodian = "赵六" }), "not among the signers"},
		{"registration-lists-serial", "registration.lists", of(func(b *Registration) { b.Serial = "1" }), "are in the lists"},
		{"registration-lists-class", "registration.lists", of(func(b *Registration) { b.Classification = "none" }), "are in the lists"},
		{"registration-type", "registration.least", of(func(b *Registration) { b.Type = "" }), "classification and type"},
		{"registration-class", "registration.least", of(func(b *Registration) { b.Classification = "" }), "classification and type"},
		{"registration-number", "registration.least", of(func(b *Registration) { b.Number = "A 1" }), "only letters"},
		{"registration-copy-of", "registration.full", of(func(b *Registration) { b.CopyOf = "A 1" }), "only letters"},
		{"limit-of-none", "registration.least", of(func(b *Registration) { b.Limit = &Limit{Years: 1} }), "has no limit"},
		{"limit-marked-of-none", "registration.least", of(func(b *Registration) { b.Marked = "2026-01-01" }), "has no limit"},
		{"limit-missing", "registration.full", of(func(b *Registration) { b.Limit = nil }), "is missing"},
		{"limit-marked-missing", "registration.full", of(func(b *Registration) { b.Marked = "" }), "marked_on is missing"},
		{"limit-too-long", "registration.full", of(func(b *Registration) { b.Classification = "secret" }), "at most 20 years"},
		{"limit-months-too-long", "registration.full", of(func(b *Registration) { b.Classification, b.Limit = "confidential", &Limit{Months: 121} }), "at most 10 years"},
		{"limit-two", "registration.full", of(func(b *Registration) { b.Limit.Months = 1 }), "exactly one"},
		{"limit-empty", "registration.until-a-day", of(func(b *Registration) { b.Limit = &Limit{Condition: "x", Day: "2027-01-01"} }), "exactly one"},
		{"limit-ended", "registration.until-a-day", of(func(b *Registration) { b.Limit.Day = "2026-01-01" }), "not after the day of marking"},
		{"reclassify-same", "reclassify.full", of(func(b *Reclassify) { b.To = "secret" }), "does not change"},
		{"reclassify-other", "reclassify.full", of(func(b *Reclassify) { b.From = "top-secret" }), "has the classification secret"},
		{"reclassify-limit-missing", "reclassify.full", of(func(b *Reclassify) { b.Limit = nil }), "is missing"},
		{"reclassify-limit-of-none", "reclassify.least", of(func(b *Reclassify) { b.Limit = &Limit{Years: 1} }), "has no limit"},
		{"reclassify-twice", "reclassify.full", of(func(b *Reclassify) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"retype-same", "retype.full", of(func(b *Retype) { b.To = "magnetic" }), "does not change"},
		{"retype-other", "retype.full", of(func(b *Retype) { b.From = "tape" }), "is of the type magnetic"},
		{"inventory-of-nothing", "inventory.least", of(func(b *Inventory) { b.Scope.All = false; b.Scope.Place, b.Scope.Person = "x", "y" }), "exactly one"},
		{"inventory-twice", "inventory.full", of(func(b *Inventory) { b.Missing = []string{"A-1"} }), "named twice"},
		{"inventory-number", "inventory.full", of(func(b *Inventory) { b.Unexpected = []string{"A 1"} }), "only letters"},
		{"correction-of-nothing", "correction.least", of(func(b *Correction) { b.Withdraws = false }), "has changes, or"},
		{"correction-of-both", "correction.full", of(func(b *Correction) { b.Withdraws = true }), "has changes, or"},
		{"correction-without-change", "correction.full", of(func(b *Correction) { b.Changes[0].New = b.Changes[0].Old }), "does not change"},
		{"correction-twice", "correction.full", of(func(b *Correction) { b.Changes[1].Field = "serial" }), "changes twice"},
		{"correction-of-certificate", "correction.full", of(func(b *Correction) { b.Target.Kind = "rasure/certificate/v2" }), "is about"},
		{"correction-of-correction", "correction.full", of(func(b *Correction) { b.Target.Kind = "rasure/correction/v1" }), "is about"},
		{"void-of-certificate", "void.least", of(func(b *Void) { b.Target.Kind = "rasure/certificate/v2" }), "cannot be taken back"},
		{"void-of-roster", "void.least", of(func(b *Void) { b.Target.Kind = "rasure/roster/v2" }), "cannot be taken back"},
		{"void-of-void", "void.least", of(func(b *Void) { b.Target.Kind = "rasure/void/v2" }), "cannot be taken back"},
	}, readText)
}

func TestRefusedActs(t *testing.T) {
	t.Parallel()
	refusedAs(t, []refusal{
		{"approval-of-nothing", "approval.least", of(func(b *Approval) { b.Media = nil }), "of media or of lists"},
		{"approval-of-both", "approval.lists", of(func(b *Approval) { b.Media = []Medium{medium("A-1")} }), "of media or of lists"},
		{"approval-backwards", "approval.least", of(func(b *Approval) { b.Until = b.From }), "ends before it begins"},
		{"approval-over", "approval.least", of(func(b *Approval) { b.From, b.Until = when.Add(-2*time.Hour), when }), "ends before it begins"},
		{"approval-of-own-work", "approval.least", of(func(b *Approval) { b.Technician = "局长" }), "their own work"},
		{"approval-twice", "approval.full", of(func(b *Approval) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"handover-to-nobody", "handover.least", of(func(b *Handover) { b.To, b.Signers = "", b.Signers[:1] }), "or to a receiver"},
		{"handover-to-two", "handover.least", of(func(b *Handover) { b.Receiver = &Outside{"x"} }), "or to a receiver"},
		{"handover-to-oneself", "handover.least", of(func(b *Handover) { b.To, b.Signers = "王五", b.Signers[:1] }), "to themselves"},
		{"handover-signed-by-one", "handover.least", of(func(b *Handover) { b.Signers = b.Signers[:1] }), "must sign"},
		{"handover-signed-by-another", "handover.least", of(func(b *Handover) { b.Signers[1].Person = "钱七" }), "must sign"},
		{"handover-outside-signed-by-two", "handover.outside", of(func(b *Handover) { b.Signers = append(b.Signers, Signer{"custodian", "赵六", ""}) }), "no other custodian"},
		{"handover-approval", "handover.full", of(func(b *Handover) { b.Approval.Kind = "rasure/loss/v2" }), "is about: approval"},
		{"handover-twice", "handover.full", of(func(b *Handover) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"return-signer", "return.least", of(func(b *Return) { b.From = "赵六" }), "not among the signers"},
		{"return-twice", "return.full", of(func(b *Return) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"transfer-to-oneself", "transfer.least", of(func(b *Transfer) { b.From = "赵六" }), "from themselves"},
		{"transfer-signer", "transfer.least", of(func(b *Transfer) { b.To = "钱七" }), "not among the signers"},
		{"transfer-signed-by-giver", "transfer.least", of(func(b *Transfer) { b.From = "李四" }), "cannot sign either"},
		{"transfer-twice", "transfer.full", of(func(b *Transfer) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"result-irregularity-missing", "result.full", of(func(b *Result) { b.Irregularity = "" }), "and only then"},
		{"result-irregularity-too-many", "result.least", of(func(b *Result) { b.Irregularity = "x" }), "and only then"},
		{"result-of-what", "result.least", of(func(b *Result) { b.Target.Kind = "rasure/begin/v1" }), "is about: certificate"},
		{"witness-of-what", "witness.least", of(func(b *Witness) { b.Target.Kind = "rasure/begin/v2" }), "is about: certificate, destruction"},
		{"validation-of-what", "validation.least", of(func(b *Validation) { b.Target.Kind = "rasure/destruction/v2" }), "is about: certificate"},
		{"destruction-method", "destruction.full", of(func(b *Destruction) { b.Words = "" }), "method_words"},
		{"destruction-words", "destruction.least", of(func(b *Destruction) { b.Words = "x" }), "method_words"},
		{"destruction-approval", "destruction.least", of(func(b *Destruction) { b.Approval.Kind = "rasure/loss/v2" }), "is about: approval"},
		{"destruction-erasure", "destruction.full", of(func(b *Destruction) { b.Erasure.Kind = "rasure/loss/v2" }), "is about: certificate"},
		{"destruction-twice", "destruction.full", of(func(b *Destruction) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"loss-noticed-later", "loss.least", of(func(b *Loss) { b.Noticed = when.Add(1e9) }), "noticed after it was signed"},
		{"found-what", "found.least", of(func(b *Found) { b.Loss.Kind = "rasure/incident/v2" }), "is about: loss"},
		{"found-twice", "found.full", of(func(b *Found) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
		{"report-later", "report.least", of(func(b *Report) { b.Receivers[0].At = when.Add(1e9) }), "after it was signed"},
		{"report-of-what", "report.least", of(func(b *Report) { b.Target.Kind = "rasure/witness/v2" }), "is about: loss, incident"},
		{"incident-noticed-later", "incident.least", of(func(b *Incident) { b.Noticed = when.Add(1e9) }), "out of order"},
		{"incident-reported-before", "incident.full", of(func(b *Incident) { b.Reported = after(-2 * time.Hour) }), "out of order"},
		{"incident-reported-later", "incident.full", of(func(b *Incident) { b.Reported = after(1e9) }), "out of order"},
		{"incident-twice", "incident.full", of(func(b *Incident) { b.Media[2].Number = b.Media[1].Number }), "named twice"},
	}, readText)
}

func TestRefusedOffice(t *testing.T) {
	t.Parallel()
	refusedAs(t, []refusal{
		{"roster-root-twice", "roster.full", of(func(b *Roster) { b.Roots[1] = b.Roots[0] }), "is there twice"},
		{"roster-line-twice", "roster.full", of(func(b *Roster) { b.People[1].Keys[0] = b.People[0].Keys[0] }), "is there twice"},
		{"roster-person-twice", "roster.full", of(func(b *Roster) { b.People[1].Person = "王五" }), "in the roster twice"},
		{"roster-dropped-and-kept", "roster.full", of(func(b *Roster) { b.Drops[0].Person = "王五" }), "and dropped"},
		{"roster-first-with-previous", "roster.least", of(func(b *Roster) { b.Previous = sum("x") }), "has the number 1"},
		{"roster-second-without-previous", "roster.full", of(func(b *Roster) { b.Previous = Hash{} }), "has the number 1"},
		{"roster-threshold", "roster.least", of(func(b *Roster) { b.Threshold = 2 }), "the threshold is 2"},
		{"policy-empty", "policy.least", of(func(b *Policy) { b.Lines = nil }), "has lines"},
		{"enrolment-other-log", "enrolment.least", of(func(b *Enrolment) { b.Station.First = sum("x") }), "has another log"},
		{"enrolment-other-name", "enrolment.least", of(func(b *Enrolment) { b.Station.Name = "s8" }), "has another log"},
		{"enrolment-over", "enrolment.least", of(func(b *Enrolment) { b.Until = "2026-02-03" }), "ends before it begins"},
		{"closure-by-one", "closure.full", of(func(b *Closure) { b.Signers = b.Signers[:1] }), "approve and secrecy together"},
		{"closure-mixed", "closure.full", of(func(b *Closure) { b.Signers[0].Role = "roster" }), "by the roots alone"},
		{"closure-all", "closure.full", of(func(b *Closure) { b.Signers = append(b.Signers, Signer{"roster", "书记", ""}) }), "by the roots alone"},
		{"closure-medium", "closure.full", of(func(b *Closure) { b.Finding.Medium = "A 1" }), "only letters"},
		{"recount-backwards", "recount.least", of(func(b *Recount) { b.NewBase = 1000 }), "never counts back"},
		{"recount-later", "recount.least", of(func(b *Recount) { b.Size = 41 }), "was read at 41"},
		{"recount-attestation", "recount.least", of(func(b *Recount) { b.Attestation = b.Attestation[1:] }), "has 213 bytes"},
		{"succession-of-nothing", "succession.least", of(func(b *Succession) { b.New = Head{Origin: "s8"} }), "heads of both logs"},
		{"succession-of-itself", "succession.least", of(func(b *Succession) { b.New.First = b.Old.First }), "cannot continue itself"},
		{"succession-elsewhere", "succession.least", of(func(b *Succession) { b.Old.First = sum("x") }), "neither of the two"},
		{"audit-other-log", "audit.least", of(func(b *Audit) { b.Audited.First = sum("x") }), "another log was audited"},
		{"audit-later", "audit.least", of(func(b *Audit) { b.Audited.Size = 41 }), "41 entries were audited"},
		{"audit-from", "audit.least", of(func(b *Audit) { b.From = 40 }), "begins at entry 40"},
	}, readText)
}
