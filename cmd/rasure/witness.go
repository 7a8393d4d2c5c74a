package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// witness is somebody who is present and signs at the end.
type witness struct{ name, key string }

func parseWitness(word string) (witness, error) {
	name, key, ok := strings.Cut(word, "=")
	if !ok || name == "" || key == "" {
		return witness{}, fault.Usagef("--witness %s: write NAME=KEYFILE or NAME=agent", word)
	}
	return witness{name, key}, nil
}

func parseWitnesses(words []string) (all []witness, err error) {
	for _, word := range words {
		w, err := parseWitness(word)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if strings.EqualFold(other.name, w.name) {
				return nil, fault.Usagef("--witness: %s is named twice", w.name)
			}
		}
		all = append(all, w)
	}
	return all, nil
}

// checkWitnesses refuses, before anything is erased, a witness whose signature would be refused hours later. No key is used yet.
func (a *app) checkWitnesses(st *station.Station, jobs []job.Info, all []witness, operator string) error {
	if len(all) == 0 {
		return nil
	}
	registered := false
	for _, j := range jobs {
		registered = registered || j.Medium != nil
	}
	if !registered {
		return fault.Refusef("nothing was erased: --witness, and none of the jobs is of a registered medium")
	}
	for _, w := range all {
		if err := a.checkWitness(st, w, operator); err != nil {
			return fault.Refusef("nothing was erased: the witness %s: %w", w.name, err)
		}
	}
	return nil
}

func (a *app) checkWitness(st *station.Station, w witness, operator string) error {
	if strings.EqualFold(w.name, operator) {
		return message.Errorf("the technician cannot be the witness")
	}
	roster, err := st.Roster()
	if err != nil {
		return err
	}
	if roster == nil {
		return message.Errorf("the log has no roster, so nobody may sign")
	}
	key, err := publicKeyOf(w.key)
	if err != nil {
		return err
	}
	return roster.CheckMaySign(w.name, key, people.Witness, station.Now())
}

// publicKeyOf finds the public half of a person's key without using it: in the file, also of a key with a passphrase, or in the agent.
func publicKeyOf(from string) (ssh.PublicKey, error) {
	var which []byte
	if from != "agent" {
		file, err := cli.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(file, []byte("-----BEGIN")) {
			s, err := people.OpenKey(file, func() ([]byte, error) { return nil, errLocked })
			var missing *ssh.PassphraseMissingError
			if _, parse := ssh.ParsePrivateKey(file); errors.Is(err, errLocked) && errors.As(parse, &missing) && missing.PublicKey != nil {
				return missing.PublicKey, nil
			}
			if err != nil {
				return nil, message.Errorf("%s: %w", from, err)
			}
			return s.PublicKey(), nil
		}
		which = file
	}
	s, conn, err := people.OpenAgent(which)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return s.PublicKey(), nil
}

var errLocked = message.New("its public half cannot be read without the passphrase: convert it with ssh-keygen -p -f FILE")

// signWitnesses lets those who are present sign what they saw; the others sign later, by file.
func (a *app) signWitnesses(ctx context.Context, st *station.Station, results []job.Result, present []witness) error {
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
			if err := a.signWitness(ctx, st, r, w, lines); err != nil {
				return message.Errorf("the witness %s: %w", w.name, err)
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
			w, err := parseWitness(typed)
			if err == nil {
				err = a.checkWitness(st, w, r.Operator)
			}
			if err == nil {
				err = a.signWitness(ctx, st, r, w, lines)
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
func (a *app) signWitness(ctx context.Context, st *station.Station, r job.Result, w witness, lines *bufio.Reader) error {
	text, err := witnessText(st, r, w.name)
	if err != nil {
		return err
	}
	if err := a.ShowText(text); err != nil {
		return err
	}
	a.Note("%s: type witness to sign this: ", w.name)
	typed, err := cli.ReadLine(ctx, lines)
	switch {
	case errors.Is(err, fault.ErrInterrupted):
		return message.Errorf("%w: nothing was signed", fault.ErrInterrupted)
	case err != nil || typed != string(people.Witness):
		return fault.Refusef("not confirmed: nothing was signed")
	}
	signer, release, err := a.personKey(w.key, lines)
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
	a.Note("witnessed by %s: entry %d of the log\n", w.name, index)
	if r.Certificate == "" {
		return nil
	}
	// Nothing may be left of a name in a file name: then all names are alike.
	_, err = job.UnderFreeName(strings.TrimSuffix(r.Certificate, ".cert")+"."+devices.FileName(w.name), func(base string) error {
		return durable.WriteNew(base+".witness", signed, 0o644)
	})
	return err
}

func witnessText(st *station.Station, r job.Result, name string) (string, error) {
	entry, err := st.Log().Entry(r.Index)
	if err != nil {
		return "", err
	}
	at := station.Now()
	id, err := certify.NewID(at, rand.Reader)
	if err != nil {
		return "", err
	}
	return certify.DeclarationText(certify.KindWitness, certify.Declaration{ID: id, At: at, Signs: []certify.RequiredSigner{{Role: string(people.Witness), Name: name}},
		Entry: &certify.EntryRef{Index: r.Index, SHA256: HexSum(entry)},
		Saw:   message.Of("medium %s, serial number %s, was erased at this station before my eyes; the certificate says %s", r.Medium.Number, job.Word(r.Disk), r.Outcome).String()})
}
