package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// operatorOf is who does the work: as said, or as the system knows.
func operatorOf(o wipeOptions) string {
	if operator := devices.Printable(o.operator); operator != "" {
		return operator
	}
	return thisOperator()
}

// allow asks the register whether the jobs may begin, and notes in them as what. A job that is gone on with was asked when
// it began. It is asked for disks without --medium too: one of them may be a registered medium.
func (a *app) allow(jobs []*job, st *station, o wipeOptions) error {
	if len(o.medium) > 0 && len(o.medium) != len(jobs) {
		return fault.Usagef("%d disk(s) and %d --medium: name one for each disk, in the same order", len(jobs), len(o.medium))
	}
	f, err := a.foldStation(st)
	if err != nil {
		return err
	}
	for i, j := range jobs {
		if reg := j.Facts.Register; j.resume && reg != nil && j.Facts.Operator != operatorOf(o) {
			return fault.Refusef("medium %s was begun by %s, for whom it was approved: nobody else goes on with it", reg.Number, j.Facts.Operator)
		}
		if j.resume {
			continue
		}
		w := register.EraseRequest{Disk: issue.DiskOf(j.Disk, j.Facts), Level: string(j.Plan.Level), Verify: string(j.Plan.Verify), Operator: operatorOf(o), At: now()}
		if len(o.medium) > 0 {
			w.Number = o.medium[i]
		}
		if j.Facts.Register, err = f.Register.Allow(w); err != nil {
			return fault.WithHint(fault.Refusef("%s: %w", devices.Printable(j.Disk.Name), err), "rasure medium list shows what is registered; nothing was erased")
		}
		j.Facts.Policy = f.Register.Policy.Ref()
	}
	return nil
}

// witnesses lets those who are present sign what they saw; the others sign later, by file.
func (a *app) witnesses(ctx context.Context, jobs []*job, st *station, o wipeOptions) error {
	lines := bufio.NewReader(a.in)
	for _, j := range jobs {
		if j.Facts.Register == nil || j.index < 0 || j.outcome != wipe.Verified {
			continue
		}
		f, err := a.foldStation(st)
		if err != nil {
			return err
		}
		wants := f.Register.MissingWitnesses(j.index)
		for _, present := range o.witness {
			if err := a.witness(ctx, j, st, present, lines); err != nil {
				return err
			}
			wants--
		}
		for wants > 0 && len(o.witness) == 0 && isTerminal(a.in) {
			a.note("Medium %s: %d witness(es) have to sign. Who is here, and with which key? NAME=KEYFILE or NAME=agent, nothing: later: ", j.Facts.Register.Number, wants)
			typed, err := readLine(ctx, lines)
			if err != nil || typed == "" {
				break
			}
			if err := a.witness(ctx, j, st, typed, lines); err != nil {
				a.note("rasure: %v\n", err)
				continue
			}
			wants--
		}
		if wants > 0 {
			a.note("medium %s: %d witness(es) have still to sign: rasure medium witness --entry %d --signer NAME --saw ... --out FILE\n", j.Facts.Register.Number, wants, j.index)
		}
	}
	return nil
}

// witness makes, signs and logs the statement of one who is present.
func (a *app) witness(ctx context.Context, j *job, st *station, present string, lines *bufio.Reader) error {
	name, key, ok := strings.Cut(present, "=")
	if !ok {
		return fault.Usagef("--witness %s: write NAME=KEYFILE or NAME=agent", present)
	}
	ref, err := a.entryOf(st, j.index)
	if err != nil {
		return err
	}
	id, err := certify.NewID(now(), rand.Reader)
	if err != nil {
		return err
	}
	text, err := certify.DeclarationText(certify.KindWitness, certify.Declaration{ID: id, At: now(), Signs: []certify.RequiredSigner{{Role: string(people.Witness), Name: name}}, Entry: &ref,
		Saw: fmt.Sprintf("medium %s, serial number %s, was erased at this station before my eyes; the certificate says %s", j.Facts.Register.Number, confirmWord(j.Disk), j.outcome)})
	if err != nil {
		return err
	}
	if err := a.showText(text); err != nil {
		return err
	}
	signer, release, err := a.personKey(key, lines)
	if err != nil {
		return err
	}
	defer release.Close()
	if ctx.Err() != nil {
		return fmt.Errorf("%w: nothing was signed", fault.ErrInterrupted)
	}
	sig, err := people.Sign([]byte(text), people.Witness, signer)
	if err != nil {
		return err
	}
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		return err
	}
	index, err := a.addAct(st, signed)
	if err != nil {
		return fmt.Errorf("the witness %s: %w", name, err)
	}
	a.note("witnessed by %s: entry %d of the log\n", name, index)
	if j.certPath == "" {
		return nil
	}
	// Of a person's name all may be what no file name can bear: then all names are alike.
	_, err = underFreeName(strings.TrimSuffix(j.certPath, ".cert")+"."+devices.FileName(name), func(base string) error {
		return durable.WriteNew(base+".witness", signed, 0o644)
	})
	return err
}

func (a *app) entryOf(st *station, index int64) (certify.EntryRef, error) {
	entry, err := st.log.Entry(index)
	return certify.EntryRef{Index: index, SHA256: hexSum(entry)}, err
}
