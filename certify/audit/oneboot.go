package audit

import (
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

// OpenBoot opens one boot statement, away from its log, of the station with this card. The event log must be in the statement and explain PCR 4. The error is
// [Failure] if the TPM has not stated it.
func OpenBoot(signed []byte, by Pin) (*OneBoot, error) {
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
	if len(b.Events) == 0 {
		return fail(message.New("the event log is not in it"))
	}
	events, err := boot.ReadLog(b.Events)
	if err != nil {
		return fail(err)
	}
	if events.Replay()[4] != values[4] {
		return fail(message.New("the event log does not give PCR 4"))
	}
	return &OneBoot{values[4], values[11], values[12], values[13], events.Applications()}, nil
}
