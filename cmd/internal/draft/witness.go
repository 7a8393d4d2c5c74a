package draft

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// Witness is somebody who is present and signs at the end.
type Witness struct{ Name, Key string }

// ParseWitness reads NAME=KEYFILE or NAME=agent.
func ParseWitness(word string) (Witness, error) {
	name, key, ok := strings.Cut(word, "=")
	if !ok || name == "" || key == "" {
		return Witness{}, fault.Usagef("--witness %s: write NAME=KEYFILE or NAME=agent", word)
	}
	return Witness{name, key}, nil
}

// ParseWitnesses reads several, of different names.
func ParseWitnesses(words []string) (all []Witness, err error) {
	for _, word := range words {
		w, err := ParseWitness(word)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if strings.EqualFold(other.Name, w.Name) {
				return nil, fault.Usagef("--witness: %s is named twice", w.Name)
			}
		}
		all = append(all, w)
	}
	return all, nil
}

// CheckWitnesses refuses, before anything is erased, a witness whose signature would be refused hours later. No key is used yet. registered
// says that a disk is a medium of the register.
func CheckWitnesses(st *station.Station, registered bool, all []Witness, operator string) error {
	if len(all) == 0 {
		return nil
	}
	if !registered {
		return fault.Refusef("nothing was erased: --witness, and none of the jobs is of a registered medium")
	}
	for i := range all {
		if err := CheckWitness(st, &all[i], operator); err != nil {
			return fault.Refusef("nothing was erased: the witness %s: %w", all[i].Name, err)
		}
	}
	return nil
}

// CheckWitness refuses somebody whose signature would be refused. The name becomes that of the roster, if it was typed in another case.
func CheckWitness(st *station.Station, w *Witness, operator string) error {
	if strings.EqualFold(w.Name, operator) {
		return message.Errorf("the technician cannot be the witness")
	}
	roster, err := st.Roster()
	if err != nil {
		return err
	}
	if roster == nil {
		return message.Errorf("the log has no roster, so nobody may sign")
	}
	key, err := PublicKey(w.Key)
	if err != nil {
		return err
	}
	var near string
	w.Name, near = person(roster, w.Name)
	if err := roster.CheckMaySign(w.Name, key, people.Witness, station.Now()); err != nil {
		return withNear(err, near)
	}
	return st.View(func(state *audit.State) error {
		if slices.Contains(state.Register.Policy.HardwareKeys, string(people.Witness)) && !strings.HasPrefix(key.Type(), "sk-") {
			return message.Errorf("rule hardware-keys: the key of a witness must be in hardware")
		}
		return nil
	})
}

// Erasure is what a witness saw: the verified end of a job on a medium of the register.
type Erasure struct {
	Index        int64  // of the certificate in the log
	Certificate  string // its file; "" where there is none
	Medium, Word string // number of the medium, and what confirmed its disk
	Operator     string
}

// ErasureOf is what a witness of a job can sign. There is nothing to sign (false) where the medium is not of the register, the certificate is
// not in the log, or the erasure was not verified.
func ErasureOf(r job.Result) (e Erasure, ok bool) {
	if r.Medium == nil || r.Index < 0 || r.Outcome != wipe.Verified {
		return Erasure{}, false
	}
	return Erasure{Index: r.Index, Certificate: r.Certificate, Medium: r.Medium.Number, Word: job.Word(r.Disk), Operator: r.Operator}, true
}

// WitnessText is the statement of a witness about an erasure, of the version of the log. present is what version 2 states: whether the witness was
// there at the beginning too.
func WitnessText(st *station.Station, e Erasure, name, present string, zone *time.Location) (string, error) {
	state, err := st.State()
	if err != nil {
		return "", err
	}
	saw := message.Of("medium %s, serial number %s, was erased at this station before my eyes; the certificate says %s", e.Medium, e.Word, wipe.Verified).String()
	if state.Chain.Version2() {
		return witnessOf(LogOf(state), e.Index, name, present, saw, zone)
	}
	entry, err := st.Log().Entry(e.Index)
	if err != nil {
		return "", err
	}
	at := station.Now()
	id, err := certify.NewID(at, rand.Reader)
	if err != nil {
		return "", err
	}
	return certify.DeclarationText(certify.KindWitness, certify.Declaration{ID: id, At: at, Signs: []certify.RequiredSigner{{Role: string(people.Witness), Name: name}},
		Entry: &certify.EntryRef{Index: e.Index, SHA256: HexSum(entry)}, Saw: saw})
}

// witnessOf is the statement of version 2 of a witness about an entry.
func witnessOf(log Log, index int64, name, present, saw string, zone *time.Location) (string, error) {
	target, err := log.Target(index)
	if err != nil {
		return "", err
	}
	body := &statement.Witness{Target: target, Present: present, Saw: saw}
	return writeAct(body, &body.Act, log, zone, statement.Signer{Role: string(people.Witness), Person: name})
}

// SaveWitness saves a witness's signed statement next to the certificate.
func SaveWitness(e Erasure, name string, signed []byte) error {
	if e.Certificate == "" {
		return nil
	}
	// Nothing may be left of a name in a file name: then all names are alike.
	_, err := job.UnderFreeName(strings.TrimSuffix(e.Certificate, ".cert")+"."+devices.FileName(name), func(base string) error {
		return durable.WriteNew(base+".witness", signed, 0o644)
	})
	return err
}
