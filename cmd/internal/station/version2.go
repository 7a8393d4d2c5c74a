package station

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"time"
	_ "time/tzdata" // the system of a station may have no zones

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/logs"
)

// What statements of version 2 say of the station. The head that one names is that of the log when the statement is made: who signs it also signs
// for all entries before.

// is2 reports whether an entry is a statement of version 2.
func is2(entry []byte) bool { return statement.KindOf(string(certify.KindOf(entry))) != nil }

// Version2 reports whether the log takes statements of version 2, and only these.
func (s *Station) Version2() (bool, error) {
	log, err := s.Snapshot()
	if err != nil {
		return false, err
	}
	return isVersion2(log)
}

// card2 returns the station statement from which on the log is of version 2. It is the first entry of that version.
func (s *Station) card2(log *logs.Snapshot) (*statement.StationStatement, error) {
	var err error
	at := int64(sort.Search(int(log.Size()), func(i int) bool {
		entry, e := log.Entry(int64(i))
		if err == nil {
			err = e
		}
		return is2(entry)
	}))
	if err != nil {
		return nil, err
	}
	entry, err := log.Entry(at)
	if err != nil {
		return nil, err
	}
	e, err := certify.CheckEntry(entry, s.public)
	if err != nil {
		return nil, message.Errorf("entry %d of the log: %w", at, err)
	}
	if e.Statement != nil {
		if card, ok := e.Statement.Body.(*statement.StationStatement); ok {
			return card, nil
		}
	}
	return nil, message.Errorf("entry %d of the log: it is %q, not the station statement that begins version 2", at, string(e.Kind))
}

// ByStation returns the beginning of a statement of version 2 that is made now: the log's head, and who the station is. The organisation and the zone
// are those of the settings, or else of the statement that began version 2.
func (s *Station) ByStation() (statement.ByStation, error) {
	log, err := s.Snapshot()
	if err != nil {
		return statement.ByStation{}, err
	}
	card, err := s.card2(log)
	if err != nil {
		return statement.ByStation{}, err
	}
	org := card.Org
	if set := s.o.Org; set != nil {
		unit := org.UnitCode // no setting: it stays as long as the organisation is the same
		if org.Organisation != set.Organisation {
			unit = ""
		}
		org = *set
		org.UnitCode = unit
	}
	return s.byStation(log, org, cmp.Or(s.o.Zone, card.Zone))
}

func (s *Station) byStation(log *logs.Snapshot, org statement.Org, zone string) (statement.ByStation, error) {
	first, err := log.Entry(0)
	if err != nil {
		return statement.ByStation{}, err
	}
	return s.byStationAt(audit.HeadOf(certify.TextSHA256(first), log.Checkpoint()), org, zone)
}

func (s *Station) byStationAt(head statement.Head, org statement.Org, zone string) (b statement.ByStation, err error) {
	tool, err := s.Tool()
	if err != nil {
		return b, err
	}
	now := Now()
	if b.ID, err = certify.NewID(now, rand.Reader); err != nil {
		return b, err
	}
	if b.Clock, err = clockAt(now, zone); err != nil {
		return b, err
	}
	b.Log, b.Org = head, org
	b.Station = statement.Station{Name: s.state.Name}
	if b.Station.Assurance, err = s.assuranceAt(head.Size); err != nil {
		return b, err
	}
	if b.Station.Key, err = hash(s.sum); err != nil {
		return b, err
	}
	if c := s.counterState(); c != nil {
		b.Station.Counter = &statement.Counter{Index: int64(c.Index), Base: int64(c.Base)}
		if c.Policy != "" {
			if b.Station.Counter.Policy, err = hash(c.Policy); err != nil {
				return b, err
			}
		}
	}
	b.Software = statement.Software{Name: tool.Name, Version: tool.Version, Revision: tool.Revision, Go: tool.Go}
	if b.Software.SHA256, err = hash(tool.BinarySHA256); err != nil {
		return b, err
	}
	return b, s.attested(head, &b.Software)
}

func hash(text string) (h statement.Hash, err error) {
	n, err := hex.Decode(h[:], []byte(text))
	if err == nil && n != sha256.Size {
		err = message.Errorf("%q is no SHA-256", text)
	}
	return h, err
}

// clockAt is what the station knows of the time.
func clockAt(now time.Time, zone string) (statement.Clock, error) {
	place, err := time.LoadLocation(zone)
	if err != nil {
		return statement.Clock{}, message.Errorf("the time zone of the station: %w", err)
	}
	_, offset := now.In(place).Zone()
	c := statement.Clock{At: now, Offset: int64(offset / 60)}
	if error, ok := synchronised(); ok {
		c.Synchronised, c.MaxError = true, &error
	}
	return c, nil
}

// Refer2 refers to an entry of the log as statements of version 2 do: by the SHA-256 of its text.
func (s *Station) Refer2(index int64) (statement.Ref, error) {
	log, err := s.Snapshot()
	if err != nil {
		return statement.Ref{}, err
	}
	entry, err := log.Entry(index)
	return statement.Ref{Index: index, SHA256: certify.TextSHA256(entry)}, err
}

// Anchor returns the signed head of the log that ends with the entry at index, from which the keys of a job come that began with that entry.
func (s *Station) Anchor(index int64) (*statement.Anchor, error) {
	log, err := s.Snapshot()
	if err != nil {
		return nil, err
	}
	return audit.Anchor(log, s.id, index+1, s.signer)
}

// MediumUse is what statements of version 2 say of the medium of a job; nil if it is not in the register.
func (s *Station) MediumUse(r *certify.MediumRef) (use *statement.MediumUse, err error) {
	if r == nil {
		return nil, nil
	}
	err = s.View(func(state *audit.State) error {
		use, err = state.Register.UseOf(r)
		return err
	})
	return use, err
}

// Operator2 is who does the work, as statements of version 2 say it: a person of the roster in force, or an account. named says that a flag gave the name,
// which is then not just that of who runs this process. That it is a person's says nothing of how it is known.
func Operator2(state *audit.State, name string, named bool) statement.Operator {
	o := statement.Operator{By: "login"}
	if named {
		o.By = "flag"
	}
	if r := state.Rosters.At(state.Checkpoint.Size); r != nil {
		roots, signers := r.Lines()
		if slices.ContainsFunc(append(roots, signers...), func(s people.Signer) bool { return s.Principal == name }) {
			o.Person = name
			return o
		}
	}
	o.Account = name
	return o
}

// Sign2 signs a statement of version 2.
func (s *Station) Sign2(body statement.Body) ([]byte, error) {
	return certify.SignStatement(body, s.signer)
}
