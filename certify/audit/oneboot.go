package audit

import (
	"io/fs"

	"rasure/certify"
	"rasure/certify/boot"
	"rasure/certify/tpm"
	"rasure/cmd/message"
)

// OneBoot is what a boot statement shows of how an image was started.
type OneBoot struct {
	PCR4, PCR11, PCR12, PCR13 boot.Digest
	Programs                  []boot.Digest // that the firmware started, in order
}

// OpenBoot opens one boot statement, away from its log, of the station with this card. The event log must be in the statement or in evidence, the files that the
// station kept, and explain PCR 4. evidence is nil if they are not at hand. The error is [Failure] if the TPM has not stated it.
func OpenBoot(signed []byte, by Pin, evidence fs.FS) (*OneBoot, error) {
	fail := func(err error) (*OneBoot, error) { return nil, &Failure{message.Errorf("the boot statement: %w", err)} }
	if by.Card == nil {
		return fail(message.New("the station card is needed"))
	}
	e, err := certify.CheckEntry(signed, by.Key)
	if err != nil {
		return fail(err)
	}
	b := bootIn(e)
	if b == nil {
		return fail(message.Errorf("this is %q", clip(string(e.Kind))))
	}
	policy := tpm.Policy{}
	if c := by.Card.Station.Counter; c != nil {
		if policy, err = tpm.ParsePolicy(c.Policy); err != nil {
			return fail(err)
		}
	}
	if err := checkBoot(by.Key, policy, b); err != nil {
		return fail(err)
	}
	if b.Log.First != by.Card.First {
		return fail(message.New("it is of another log than the station card"))
	}
	values := map[int64]boot.Digest{}
	for _, p := range b.PCRs {
		values[p.Index] = boot.Digest(p.SHA256)
	}
	for _, n := range []int64{4, 11, 12, 13} {
		if _, ok := values[n]; !ok {
			return fail(message.Errorf("PCR %d is missing", n))
		}
	}
	kept := &Booted{}
	raw, err := kept.eventLog(b, evidence)
	switch {
	case err != nil:
		return nil, err
	case kept.EventLog == EventLogNotRead:
		return fail(message.Errorf("the event log is not in it: it is file %s, which the station kept", kept.File))
	case kept.EventLog == EventLogMissing:
		return fail(message.Errorf("the event log, file %s, is not among the files that the station kept", kept.File))
	case kept.EventLog == EventLogChanged:
		return fail(message.Errorf("the event log, file %s, is not the one that was signed for", kept.File))
	}
	events, err := boot.ReadLog(raw)
	if err != nil {
		return fail(err)
	}
	if events.Replay()[4] != values[4] {
		return fail(message.New("the event log does not give PCR 4"))
	}
	programs, complete := events.Applications()
	if !complete {
		return fail(message.New("the event log has an event in PCR 4 that is neither a program nor words"))
	}
	return &OneBoot{values[4], values[11], values[12], values[13], programs}, nil
}
