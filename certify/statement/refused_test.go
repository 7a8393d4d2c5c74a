package statement

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify/internal/canon"
)

// refusal is a text that is not read, made of a vector by a change.
type refusal struct {
	name, vector string
	change       func(b Body)
	because      string // part of the error
}

// of makes a change of a kind's type.
func of[B Body](change func(b B)) func(Body) { return func(b Body) { change(b.(B)) } }

// refusedAs checks the refusals and their files in testdata.
func refusedAs(t *testing.T, all []refusal, read func(text string) error) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.name] {
			t.Errorf("%s is there twice", r.name)
		}
		seen[r.name] = true
		body := vectors(t)[r.vector]
		if body == nil {
			t.Fatalf("%s: no vector %s", r.name, r.vector)
		}
		r.change(body)
		if s, ok := body.(interface{ act() *Act }); ok && !strings.HasPrefix(r.name, "act-says") {
			s.act().Says = SayingOf(body).String()
		}
		text, err := canon.Write(kindFor(body).Line, body)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		compareFile(t, r.name, text)
		if err := read(text); err == nil || !strings.Contains(err.Error(), r.because) {
			t.Errorf("%s: %v, not %q", r.name, err, r.because)
		}
	}
}

func compareFile(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(dir, "refused", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != text {
		t.Errorf("%s is another text, %v", file, err)
	}
}

// Every file of texts that are refused belongs to a test, and is refused.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(filepath.Join(dir, "refused"))
	if err != nil || len(files) < 150 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, "refused", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(string(text))
		if err != nil {
			continue
		}
		if c, ok := s.Body.(*Certificate); !ok || c.CheckConsistency() == nil {
			t.Errorf("%s is taken", f.Name())
		}
	}
}

func TestRefusedParts(t *testing.T) {
	t.Parallel()
	refusedAs(t, []refusal{
		{"head-half", "station.least", of(func(b *StationStatement) { b.Log.Size = 1 }), "first_sha256, size and root"},
		{"act-no-head", "loss.least", of(func(b *Loss) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"act-says-another-kind", "loss.least", of(func(b *Loss) { b.Says = "These media were lost and are found. 这些丢失的载体已找回。" }), "must be: These media are lost."},
		{"act-says-another-variant", "result.least", of(func(b *Result) { b.Statement = "not-done" }), "must be: This erasure was not done."},
		{"act-says-one-language", "loss.least", of(func(b *Loss) { b.Says = "These media are lost." }), "must be"},
		{"act-id", "loss.least", of(func(b *Loss) { b.ID = "01jkb2m8v0zzzzzzzzzzzzzzzz" }), "not a ULID"},
		{"act-happened-later", "loss.full", of(func(b *Loss) { b.Happened = after(1e9) }), "after it was signed"},
		{"act-happened-then", "loss.full", of(func(b *Loss) { b.Happened = after(0) }), "only if that was earlier"},
		{"act-signer-twice", "handover.least", of(func(b *Handover) { b.Signers[1].Person = "王五" }), "named twice as a signer"},
		{"act-signer-of-another-role", "loss.least", of(func(b *Loss) { b.Signers[0].Role = "witness" }), "has the role"},
		{"act-signer-missing", "destruction.least", of(func(b *Destruction) { b.Signers = b.Signers[:1] }), "at least 1 must sign as witness"},
		{"act-signer-too-many", "result.least", of(func(b *Result) { b.Signers = append(b.Signers, Signer{"technician", "李四", ""}) }), "at most 1 may sign"},
		{"act-ref-behind-head", "policy.full", of(func(b *Policy) { b.Replaces.Index = 40 }), "refers to entry 40, and names a log of 40"},
		{"act-target-behind-head", "witness.least", of(func(b *Witness) { b.Target.Index = 40 }), "refers to entry 40"},
		{"act-list-behind-head", "approval.lists", of(func(b *Approval) { b.Lists[1].Index = 40 }), "refers to entry 40"},
		{"act-finding-behind-head", "closure.least", of(func(b *Closure) { b.Finding.Index = 40 }), "refers to entry 40"},
		{"act-registration-behind-head", "loss.least", of(func(b *Loss) { b.Media[0].Registration.Index = 41 }), "refers to entry 41"},
		{"target-kind", "witness.least", of(func(b *Witness) { b.Target.Kind = "rasure/certificate/v3" }), "unknown kind of statement"},
		{"target-job", "witness.full", of(func(b *Witness) { b.Target.Job = "1" }), "not a ULID"},
		{"target-number", "witness.full", of(func(b *Witness) { b.Target.Number = "a b" }), "only letters, digits"},
		{"medium-number", "loss.least", of(func(b *Loss) { b.Media[0].Number = "密 1" }), "only letters, digits"},
		{"medium-number-full-width-slash", "loss.least", of(func(b *Loss) { b.Media[0].Number = "密／1" }), "only letters, digits"},
		{"medium-twice", "loss.full", of(func(b *Loss) { b.Media[1].Number = b.Media[0].Number }), "named twice"},
		{"evidence-name", "loss.full", of(func(b *Loss) { b.Evidence[0].Name = "../scan.pdf" }), "not the name of a file"},
		{"station-other-log", "list.least", of(func(b *List) { b.Log.Origin = "s8.archive.example" }), "the log is that of"},
		{"station-id", "list.least", of(func(b *List) { b.ID = "1" }), "not a ULID"},
		{"station-tpm-without-counter", "list.full", of(func(b *List) { b.Station.Counter = nil; b.Software.Attested, b.Software.Boot = "none", nil }), "a key in a TPM has a counter"},
		{"station-software-with-counter", "list.full", of(func(b *List) { b.Station.Assurance = "software" }), "no other key has one"},
		{"software-boot-missing", "list.full", of(func(b *List) { b.Software.Boot = nil }), "there is a boot statement"},
		{"software-boot-too-many", "list.full", of(func(b *List) { b.Software.Attested = "none" }), "and only then"},
		{"software-bound-to-nothing", "list.full", of(func(b *List) { b.Station.Counter.Policy = Hash{} }), "it is bound if the key is"},
		{"software-boot-of-bound", "list.full", of(func(b *List) { b.Software.Attested = "boot" }), "it is bound if the key is"},
		{"list-no-head", "list.least", of(func(b *List) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"list-number-twice", "list.full", of(func(b *List) { b.Rows[2].Number = b.Rows[1].Number }), "named twice"},
		{"list-import-registered", "list.least", of(func(b *List) { b.Rows[0].Registration = refTo(7) }), "and no registration"},
		{"list-import-without-type", "list.least", of(func(b *List) { b.Rows[0].Type = "" }), "a classification and a type"},
		{"list-count-not-registered", "list.full", of(func(b *List) { b.Rows[1].Registration = nil }), "has a registration"},
		{"list-number", "list.full", of(func(b *List) { b.Rows[1].Number = "a+b" }), "only letters, digits"},
		{"list-limit-of-nothing", "list.full", of(func(b *List) { b.Rows[0].Classification = "" }), "a limit and no classification"},
		{"list-limit-missing", "list.full", of(func(b *List) { b.Rows[0].Limit = nil }), "is missing"},
	}, readText)
}

func readText(text string) error {
	_, err := Read(text)
	return err
}

func TestRefusedStations(t *testing.T) {
	t.Parallel()
	refusedAs(t, []refusal{
		{"station-head-in-first-entry", "station.least", of(func(b *StationStatement) { b.Log = head(1) }), "the first entry of a log names no head"},
		{"station-cutover-without-head", "station.cutover", of(func(b *StationStatement) { b.Log = Head{Origin: origin}; b.Replaces.Index = 0 }), "refers to entry 0, and names a log of 0"},
		{"station-cutover-and-new", "station.cutover", of(func(b *StationStatement) { b.Succeeds = &Head{"s6.archive.example", sum("x"), 1, sum("y")} }), "is no new log"},
		{"station-attested-from-missing", "station.cutover", of(func(b *StationStatement) { b.From = 0 }), "attested_from is there"},
		{"station-attested-from-at-first", "station.full", of(func(b *StationStatement) { b.From = 1 }), "and only then"},
		{"station-attested-from-later", "station.cutover", of(func(b *StationStatement) { b.From = 22 }), "attested_from is 22"},
		{"station-tpm-missing", "station.full", of(func(b *StationStatement) { b.TPM = nil }), "has its description"},
		{"station-tpm-of-software", "station.least", of(func(b *StationStatement) { b.TPM = stationFull(t).TPM }), "no other key has one"},
		{"station-policy", "station.full", of(func(b *StationStatement) { b.TPM.Policy = sum("another policy") }), "another policy"},
		{"station-key", "station.least", of(func(b *StationStatement) { b.Station.Key = sum("x") }), "not that of the public key"},
		{"station-succeeds-nothing", "station.full", of(func(b *StationStatement) { b.Succeeds = &Head{Origin: "s6"} }), "has no head"},
		{"station-keys-other", "station.least", of(func(b *StationStatement) { b.Keys[0].Key = Bytes("x") }), "is the public key"},
		{"station-keys-optional", "station.least", of(func(b *StationStatement) { b.Keys[0].Required = false }), "it is required"},
		{"station-keys-algorithm", "station.least", of(func(b *StationStatement) { b.Keys[0].Algorithm = "ed25519" }), "has the algorithm"},
		{"station-keys-none", "station.full", of(func(b *StationStatement) { b.Keys = b.Keys[1:] }), "0 keys sign statements"},
		{"station-keys-two", "station.least", of(func(b *StationStatement) { b.Keys = append(b.Keys, b.Keys[0]) }), "2 keys sign statements"},
		{"boot-no-head", "boot.least", of(func(b *Boot) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"boot-of-software", "boot.least", of(func(b *Boot) { b.Station.Assurance, b.Station.Counter = "software", nil }), "only a station with a TPM"},
		{"boot-no-events", "boot.least", of(func(b *Boot) { b.EventHash = Hash{} }), "event_log is there, or"},
		{"boot-events-twice", "boot.full", of(func(b *Boot) { b.EventHash = sum("events") }), "event_log is there, or"},
		{"boot-firmware", "boot.least", of(func(b *Boot) { b.Firmware = "7.85" }), "16 lower-case"},
		{"boot-pcrs", "boot.least", of(func(b *Boot) { b.PCRs[1].Index = 4 }), "the PCRs are in order"},
		{"begin-no-head", "begin.least", of(func(b *Begin) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"begin-approval-shown", "begin.least", of(func(b *Begin) { b.ApprovalShown = true }), "there is none"},
		{"begin-cosigned-later", "begin.full", of(func(b *Begin) { b.Cosigned.Size = 13 }), "13 entries were cosigned"},
		{"begin-confirmed-twice", "begin.least", of(func(b *Begin) { b.Confirmation.Scanned = "serial" }), "exactly one way"},
		{"begin-replugged-and-typed", "begin.least", of(func(b *Begin) { b.Confirmation.Replugged = "port" }), "exactly one way"},
		{"begin-flag-after-a-question", "begin.image", of(func(b *Begin) { b.Confirmation.Seconds = 1 }), "without a question"},
		{"begin-not-confirmed", "begin.least", of(func(b *Begin) { b.Confirmation.Typed = "" }), "exactly one way"},
		{"begin-operator-twice", "begin.least", of(func(b *Begin) { b.Operator.Person = "张三" }), "the operator is"},
		{"begin-operator-none", "begin.least", of(func(b *Begin) { b.Operator.Account = "" }), "the operator is"},
		{"begin-port-missing", "begin.full", of(func(b *Begin) { b.Port = "" }), "port is there"},
		{"begin-port-too-many", "begin.least", of(func(b *Begin) { b.Port = "bay 1" }), "and only then"},
		{"begin-serial-missing", "begin.least", of(func(b *Begin) { b.Disk.Serial, b.Disk.SerialSource = "", "" }), "which it does not have"},
		{"begin-wwn-missing", "begin.least", of(func(b *Begin) { b.Identified = "wwn" }), "which it does not have"},
		{"begin-image-as-disk", "begin.least", of(func(b *Begin) { b.Disk.MediumType, b.Disk.Hidden = "image", "not-applicable" }), "identified as one"},
		{"begin-disk-as-image", "begin.least", of(func(b *Begin) { b.Identified = "image" }), "nothing else is"},
		{"begin-asset-twice", "begin.full", of(func(b *Begin) { b.Asset = "PC-0412" }), "is in medium"},
		{"begin-job", "begin.least", of(func(b *Begin) { b.Job = "1" }), "not a ULID"},
		{"begin-purpose-without-approval", "begin.full", of(func(b *Begin) { b.Medium.Approval, b.ApprovalShown = nil, false }), "both are there, or none"},
		{"begin-medium-number", "begin.full", of(func(b *Begin) { b.Medium.Number = "a b" }), "only letters"},
		{"disk-serial-without-source", "begin.least", of(func(b *Begin) { b.Disk.SerialSource = "" }), "has a source"},
		{"disk-confirmed-nothing", "begin.outside", of(func(b *Begin) { b.Disk.Confirmed = true }), "is confirmed or shared"},
		{"disk-hidden-of-image", "begin.least", of(func(b *Begin) { b.Disk.Hidden = "not-applicable" }), "only an image"},
		{"disk-namespaces-of-others", "begin.full", of(func(b *Begin) { b.Disk.Namespaces[0].Name = "sdd" }), "not what its bytes consist of"},
		{"disk-namespaces-too-few-bytes", "begin.full", of(func(b *Begin) { b.Disk.Namespaces[1].Size -= 512 }), "not what its bytes consist of"},
		{"disk-namespaces-too-many-bytes", "begin.full", of(func(b *Begin) { b.Disk.Namespaces[1].Size += 512 }), "not what its bytes consist of"},
		{"disk-namespaces-twice", "begin.full", of(func(b *Begin) { b.Disk.Namespaces[1].ID = 1 }), "not what its bytes consist of"},
		{"disk-namespaces-half-a-block", "begin.full", of(func(b *Begin) { b.Disk.Namespaces[0].Size += 256; b.Disk.Namespaces[1].Size -= 256 }), "not what its bytes consist of"},
		{"preparation-no-head", "preparation.least", of(func(b *Preparation) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"preparation-not-verified", "preparation.least", of(func(b *Preparation) { b.Certificate.Outcome = "failed" }), "was verified"},
		{"preparation-order", "preparation.full", of(func(b *Preparation) { b.Changed[1].Offset = 256 }), "not in order"},
		{"preparation-beyond", "preparation.full", of(func(b *Preparation) { b.Changed[1].Length = 1 << 20 }), "not on the disk"},
		{"preparation-of-what", "preparation.least", of(func(b *Preparation) { b.Certificate.Kind = "rasure/begin/v2" }), "is about: certificate"},
		{"retirement-no-head", "retirement.least", of(func(b *Retirement) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"retirement-operator-none", "retirement.least", of(func(b *Retirement) { b.Operator.Account = "" }), "the operator is"},
		{"retirement-operator-unknown", "retirement.least", of(func(b *Retirement) { b.Operator.By = "unknown" }), "who retires a station is known"},
		{"retirement-boot-behind-head", "retirement.full", of(func(b *Retirement) { b.Software.Boot.Index = 30 }), "refers to entry 30"},
		{"certificate-no-head", "certificate.least", of(func(b *Certificate) { b.Log = Head{Origin: origin} }), "only the first entry"},
		{"certificate-begin-behind-head", "certificate.least", of(func(b *Certificate) { b.Begin.Index = 13 }), "refers to entry 13"},
		{"certificate-resumes-before", "certificate.full", of(func(b *Certificate) { b.Resumes.Index = 12 }), "before the job began"},
		{"certificate-seed-missing", "certificate.least", of(func(b *Certificate) { b.Seed = Hash{} }), "both there, or none"},
		{"certificate-anchor-missing", "certificate.least", of(func(b *Certificate) { b.Seed, b.Anchor = Hash{}, nil }), "has an anchor, or the exception"},
		{"certificate-anchor-denied", "certificate.least", of(func(b *Certificate) { b.Exceptions = []Exception{{Code: CodeKeyNotAnchored}} }), "has an anchor, or the exception"},
	}, readText)
}
