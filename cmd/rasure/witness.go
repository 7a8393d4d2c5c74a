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
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// signWitnesses lets those who are present sign what they saw; the others sign later, by file.
func (a *app) signWitnesses(ctx context.Context, st *station.Station, results []job.Result, present []draft.Witness) error {
	lines := bufio.NewReader(a.In)
	for _, r := range results {
		e, ok := draft.ErasureOf(r)
		if !ok {
			continue
		}
		for _, w := range present {
			if err := a.signWitness(ctx, st, e, w, "begin-and-end", lines); err != nil {
				return message.Errorf("the witness %s: %w", w.Name, err)
			}
		}
		missing, err := missingWitnesses(st, e.Index)
		if err != nil {
			return err
		}
		if len(present) == 0 && cli.IsTerminal(a.In) {
			missing = a.askWitnesses(ctx, st, e, missing, lines)
		}
		if missing > 0 {
			a.Note("medium %s: %s; draft one with: rasure medium witness --entry %d --signer NAME --saw ... --out FILE\n", e.Medium, missingText(missing), e.Index)
		}
	}
	return nil
}

// missingWitnesses is how many signatures of witnesses the policy still demands for a certificate.
func missingWitnesses(st *station.Station, index int64) (int, error) {
	state, err := st.State()
	if err != nil {
		return 0, err
	}
	return state.Register.MissingWitnesses(index), nil
}

func missingText(n int) message.Text {
	return message.Count(n, "%d signature of a witness is missing", "%d signatures of witnesses are missing")
}

// askWitnesses asks for those who were there at the end, until nobody is missing or a line is empty. It returns how many are still missing.
func (a *app) askWitnesses(ctx context.Context, st *station.Station, e draft.Erasure, missing int, lines *bufio.Reader) int {
	for missing > 0 && ctx.Err() == nil && !a.hangup.gone() {
		a.Note("Medium %s: %s.\n", e.Medium, missingText(missing))
		a.Note("Witness (NAME=KEYFILE or NAME=agent, Enter to skip): ")
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil || typed == "" {
			break
		}
		w, err := draft.ParseWitness(typed)
		if err == nil {
			err = draft.CheckWitness(st, &w, e.Operator)
		}
		if err == nil {
			err = a.signWitness(ctx, st, e, w, "end-only", lines)
		}
		if err != nil {
			a.Note("rasure: %v\n", err)
			continue
		}
		missing--
	}
	return missing
}

// witnessOnScreen asks the witnesses of a job of the screen.
func (a *app) witnessOnScreen(ctx context.Context, d jobs.Disk, j jobs.Job) (missing int, err error) {
	st, err := a.openStation()
	if err != nil {
		return 0, err
	}
	defer st.Close()
	if missing, err = missingWitnesses(st, j.Index); err != nil || missing == 0 {
		return 0, err
	}
	e := draft.Erasure{Index: j.Index, Certificate: j.Path, Medium: j.Medium, Word: d.Word, Operator: j.Operator}
	return a.askWitnesses(ctx, st, e, missing, bufio.NewReader(a.In)), nil
}

// signWitness makes the statement of a witness, shows it, asks the witness, and signs and logs it.
func (a *app) signWitness(ctx context.Context, st *station.Station, e draft.Erasure, w draft.Witness, present string, lines *bufio.Reader) error {
	text, err := draft.WitnessText(st, e, w.Name, present, a.settings.Location())
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
	return draft.SaveWitness(e, w.Name, signed)
}
