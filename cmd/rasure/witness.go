package main

import (
	"bufio"
	"context"
	"errors"

	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/wipe"
)

// signWitnesses lets those who are present sign what they saw; the others sign later, by file.
func (a *app) signWitnesses(ctx context.Context, st *station.Station, results []job.Result, present []draft.Witness) error {
	lines := bufio.NewReader(a.In)
	for _, r := range results {
		if r.Medium == nil || r.Index < 0 || r.Outcome != wipe.Verified {
			continue
		}
		state, err := st.State()
		if err != nil {
			return err
		}
		missing := state.Register.MissingWitnesses(r.Index)
		for _, w := range present {
			if err := a.signWitness(ctx, st, r, w, "begin-and-end", lines); err != nil {
				return message.Errorf("the witness %s: %w", w.Name, err)
			}
			missing--
		}
		for missing > 0 && len(present) == 0 && cli.IsTerminal(a.In) && ctx.Err() == nil && !a.hangup.gone() {
			a.Note("Medium %s: %d witness signature(s) missing.\n", r.Medium.Number, missing)
			a.Note("Witness (NAME=KEYFILE or NAME=agent, Enter to skip): ")
			typed, err := cli.ReadLine(ctx, lines)
			if err != nil || typed == "" {
				break
			}
			w, err := draft.ParseWitness(typed)
			if err == nil {
				err = draft.CheckWitness(st, &w, r.Operator)
			}
			if err == nil {
				err = a.signWitness(ctx, st, r, w, "end-only", lines)
			}
			if err != nil {
				a.Note("rasure: %v\n", err)
				continue
			}
			missing--
		}
		if missing > 0 {
			a.Note("medium %s: %d witness signature(s) missing; draft one with: rasure medium witness --entry %d --signer NAME --saw ... --out FILE\n", r.Medium.Number, missing, r.Index)
		}
	}
	return nil
}

// signWitness makes the statement of a witness, shows it, asks the witness, and signs and logs it.
func (a *app) signWitness(ctx context.Context, st *station.Station, r job.Result, w draft.Witness, present string, lines *bufio.Reader) error {
	text, err := draft.WitnessText(st, r, w.Name, present, a.settings.Location())
	if err != nil {
		return err
	}
	if err := a.showText(text, ""); err != nil {
		return err
	}
	a.Note("%s: type witness to sign this: ", w.Name)
	typed, err := cli.ReadLine(ctx, lines)
	switch {
	case errors.Is(err, fault.ErrInterrupted):
		return message.Errorf("%w: nothing was signed", fault.ErrInterrupted)
	case err != nil || typed != string(people.Witness):
		return fault.Refusef("not confirmed: nothing was signed")
	}
	signer, release, err := draft.OpenKey(w.Key, func() ([]byte, error) { return a.Passphrase(w.Key, lines) })
	if err != nil {
		return err
	}
	defer release.Close()
	sig, err := people.Sign([]byte(text), people.Witness, signer)
	if err != nil {
		return err
	}
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		return err
	}
	index, err := st.AppendChecked(ctx, signed, nil)
	if err != nil {
		return err
	}
	a.Note("witnessed by %s: entry %d of the log\n", w.Name, index)
	return draft.SaveWitness(r, w.Name, signed)
}
