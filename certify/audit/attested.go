package audit

import (
	"fmt"
	"slices"

	"rasure/certify/internal/pack"
	"rasure/certify/register"
	"rasure/certify/tpm"
	"rasure/cmd/message"
	"rasure/logs"
)

// Rules of the attestations that a log keeps, one for each entry.
const (
	NotAttested    = "not-attested"    // there is none
	BadAttestation = "bad-attestation" // it is not of this log at this size and this value of the counter
)

// attestation is the record of one entry, verified.
type attestation struct {
	there bool
	err   error // it does not verify
	tpm.Attestation
}

func verifyRecord(id logs.Identity, head logs.Checkpoint, record []byte) (a attestation) {
	if a.there = record != nil; !a.there {
		return a
	}
	line, err := id.VerifyRecord(head, record)
	if err == nil {
		a.Attestation, err = tpm.ParseAttestation(line)
	}
	a.err = err
	return a
}

// attestations are what the records of a log say, folded in the order of the log. A record is known by the size of the log that it attests.
type attestations struct {
	first  int64 // size; 0: the log keeps none
	good   int64
	gaps   []gap // behind the first
	epochs []Epoch
}

// gap is a run of sizes without a good record.
type gap struct {
	from, to int64
	why      message.Text // of the first: why it does not verify; zero if there is none
}

func (g gap) follows(o gap) bool { return g.from == o.to+1 && g.why.IsZero() == o.why.IsZero() }

// Epoch is a run of entries during which nothing happened to the TPM that its attestations show. They show how often it was reset,
// suspended and cleared, and never how long something took: its owner can set its clock forward.
type Epoch struct {
	Entry    int64    `json:"entry"` // the first of it
	Counter  uint64   `json:"counter"`
	Resets   uint32   `json:"reset_count"`
	Restarts uint32   `json:"restart_count"`
	Firmware string   `json:"firmware_version"` // two numbers, as in the station statement
	Safe     bool     `json:"clock_safe"`       // the TPM knows that its clock never showed more
	Changes  []string `json:"changes"`          // of the Changed constants; [] in the first
}

// What changed since the epoch before.
const (
	ChangedReset    = "reset"    // the TPM was started
	ChangedRestart  = "restart"  // it was suspended
	ChangedCleared  = "cleared"  // its starts are fewer than before: it was cleared, or is another one
	ChangedFirmware = "firmware" // it runs another firmware
	ChangedClock    = "clock"    // its clock became safe, or is so no longer
)

// add takes the record of the next size.
func (a *attestations) add(size int64, r attestation) {
	if !r.there && a.first == 0 {
		return
	}
	if a.first == 0 {
		a.first = size
	}
	if !r.there || r.err != nil {
		g := gap{from: size, to: size}
		if r.err != nil {
			g.why = said(r.err)
		}
		if n := len(a.gaps); n > 0 && g.follows(a.gaps[n-1]) {
			a.gaps[n-1].to = size
		} else {
			a.gaps = append(a.gaps, g)
		}
		return
	}
	a.good++
	e := Epoch{Entry: size - 1, Counter: r.Counter, Resets: r.ResetCount, Restarts: r.RestartCount, Safe: r.Safe, Changes: []string{},
		Firmware: fmt.Sprintf("%d.%d", r.FirmwareVersion>>32, uint32(r.FirmwareVersion))}
	if len(a.epochs) > 0 {
		if e.Changes = changes(a.epochs[len(a.epochs)-1], e); len(e.Changes) == 0 {
			return
		}
	}
	a.epochs = append(a.epochs, e)
}

// said is the sentence of an error as a cache gives it back: the English one.
func said(err error) (t message.Text) {
	text, _ := message.Of("%v", err).MarshalText()
	_ = t.UnmarshalText(text)
	return t
}

func changes(was, is Epoch) []string {
	all := []string{}
	for _, c := range []struct {
		word string
		yes  bool
	}{
		{ChangedCleared, is.Resets < was.Resets || is.Resets == was.Resets && is.Restarts < was.Restarts},
		{ChangedReset, is.Resets > was.Resets},
		{ChangedRestart, is.Resets == was.Resets && is.Restarts > was.Restarts},
		{ChangedFirmware, is.Firmware != was.Firmware},
		{ChangedClock, is.Safe != was.Safe},
	} {
		if c.yes {
			all = append(all, c.word)
		}
	}
	return all
}

// problems are what is wrong when each size from the first record on must have a good one, or from the size demanded on if the auditor knows
// it. A log that was rewritten later cannot have them: the counter is never again where it was.
func (a *attestations) problems(demanded, size int64, baseAt func(size int64) uint64) []register.Violation {
	all := []register.Violation{}
	wrong := func(g gap, rule string, detail message.Text) {
		all = append(all, register.Violation{Index: g.from - 1, Rule: rule, Detail: detail, Entries: []int64{}})
	}
	gaps := a.gaps
	if end := a.first - 1; demanded > 0 && (a.first == 0 || demanded <= end) {
		if a.first == 0 {
			end = size
		}
		if demanded <= end {
			gaps = append([]gap{{from: demanded, to: end}}, gaps...)
		}
	}
	for _, g := range gaps {
		from, to := baseAt(g.from)+uint64(g.from), baseAt(g.to)+uint64(g.to)
		switch {
		case !g.why.IsZero() && g.from == g.to:
			wrong(g, BadAttestation, message.Of("the attestation at counter %d for the first %d entries does not verify: %s", from, g.from, g.why))
		case !g.why.IsZero():
			wrong(g, BadAttestation, message.Of("the attestations at counters %d to %d for the first %d to %d entries do not verify: %s", from, to, g.from, g.to, g.why))
		case g.from == g.to:
			wrong(g, NotAttested, message.Of("no attestation at counter %d for the first %d entries", from, g.from))
		default:
			wrong(g, NotAttested, message.Of("no attestation at counters %d to %d for the first %d to %d entries", from, to, g.from, g.to))
		}
	}
	return all
}

// Attested is what the attestations that a log keeps show.
type Attested struct {
	Entry   int64   `json:"from_entry"` // from this one on each entry was fixed when it was added
	OwnWord bool    `json:"own_word"`   // that none is attested before it is what the log says: a log that was rewritten would say it as well
	Entries int64   `json:"entries"`    // with a good attestation
	Epochs  []Epoch `json:"epochs"`
}

// FirstAttested is the first size of the log of which an attestation is kept; 0 if none is.
func (s *State) FirstAttested() int64 { return s.attested.first }

// report is nil if the log keeps no attestations.
func (a *attestations) report(demanded int64) *Attested {
	if a.first == 0 {
		return nil
	}
	first := a.first
	if demanded > 0 {
		first = min(first, demanded)
	}
	return &Attested{Entry: first - 1, OwnWord: demanded == 0 && first > 1, Entries: a.good, Epochs: slices.Clone(a.epochs)}
}

func (a *attestations) pack(c *pack.Coder) {
	pack.Int(c, &a.first)
	pack.Int(c, &a.good)
	pack.Slice(c, &a.gaps, func(g *gap) { pack.Int(c, &g.from); pack.Int(c, &g.to); c.JSON(&g.why) })
	pack.Slice(c, &a.epochs, func(e *Epoch) { c.JSON(e) })
}
