package certify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"slices"

	"rasure/certify/statement"
)

// adapt fills what the rules of a log and of the register look at from a statement of version 2. It reports false for a kind that they do not
// know yet. References keep the SHA-256 of a text until [Chain.Resolve] has found it.
func (e *Entry) adapt() bool {
	switch b := e.Statement.Body.(type) {
	case *statement.StationStatement:
		e.Station = &StationStatement{Station: stationOf(&b.ByStation), Created: b.Clock.At, Tool: toolOf(b.Software),
			PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b.PublicKey}))}
		e.Station.Station.Host = Host{Name: b.Host.Name, Vendor: b.Host.Vendor, Product: b.Host.Product, Kernel: b.Host.Kernel}
		if t := b.TPM; t != nil {
			e.Station.TPM = &TPM{Manufacturer: t.Manufacturer, Vendor: t.Vendor, Firmware: t.Firmware, EKCertificates: []string{}}
		}
	case *statement.Begin:
		e.Begin = &Begin{ID: b.Job, Station: stationOf(&b.ByStation), Operator: operatorOf(b.Operator), Disk: diskOfWork(b.Work), Plan: planOf(b.Plan),
			Started: b.Clock.At, Tool: toolOf(b.Software), Register: mediumOf(b.Medium)}
		e.work = workOf(b.Work, &b.Confirmation)
	case *statement.Certificate:
		e.Certificate = certificateOf(b)
		e.work = workOf(b.Work, b.Confirmation)
	case *statement.Preparation:
		e.Preparation = &Preparation{Station: stationOf(&b.ByStation), Operator: operatorOf(b.Operator), Disk: diskOf(b.Disk),
			Certificate: EntryRef{b.Certificate.Index, b.Certificate.SHA256.String()}, Layout: b.Layout, Label: b.Label, Changed: extentsOf(b.Changed),
			Started: b.Clock.At, Tool: toolOf(b.Software)}
	case *statement.Roster: // package people reads it
	case *statement.List: // counts where an act names it
	case *statement.Boot: // package audit reads it
	case *statement.Retirement: // package register reads it
	default:
		if !e.Statement.Kind.ByPeople() {
			return false
		}
		e.Act = actOf(e.Statement)
	}
	return true
}

// workOf is the SHA-256 of what the begin and the certificate of a job must both state in the same words. The disk is compared by its identity:
// where it is attached can change before a job is resumed, and so can who runs it.
func workOf(w statement.Work, c *statement.Confirmation) [32]byte {
	spaces := slices.Clone(w.Disk.Namespaces)
	for i := range spaces {
		spaces[i].Name = "" // which may be another when the job is resumed
	}
	text, err := json.Marshal([]any{spaces, w.Identified, w.Port, w.Plan, w.Medium, w.Policy, w.Order, w.Batch, w.Asset, w.Source, w.SourceHost, c})
	if err != nil {
		panic(err) // strings, numbers and hashes
	}
	return sha256.Sum256(text)
}

func stationOf(s *statement.ByStation) Station {
	to := Station{Name: s.Station.Name, Assurance: s.Station.Assurance, KeySHA256: s.Station.Key.String()}
	if c := s.Station.Counter; c != nil {
		to.Counter = &Counter{uint32(c.Index), uint64(c.Base), policyOf(*c)}
	}
	return to
}

// policyOf is the policy of a bound key; "" if it is not bound.
func policyOf(c statement.Counter) string {
	if c.Policy.IsZero() {
		return ""
	}
	return c.Policy.String()
}

func toolOf(s statement.Software) Tool {
	return Tool{Name: s.Name, Version: s.Version, Revision: s.Revision, BinarySHA256: s.SHA256.String(), Go: s.Go}
}

func operatorOf(o statement.Operator) string {
	if o.Person != "" {
		return o.Person
	}
	return o.Account
}

func refOf(r *statement.Ref) *EntryRef {
	if r == nil {
		return nil
	}
	return &EntryRef{r.Index, r.SHA256.String()}
}

func mediumOf(m *statement.MediumUse) *MediumRef {
	if m == nil {
		return nil
	}
	return &MediumRef{Number: m.Number, Purpose: m.Purpose, Approval: refOf(m.Approval)}
}

func planOf(p statement.Plan) Plan {
	return Plan{Scheme: p.Scheme, SchemeSHA256: p.SHA256.String(), Level: p.Level, Verify: p.Verify, Method: p.Method}
}

func diskOfWork(w statement.Work) Disk {
	d := diskOf(w.Disk)
	d.Identified, d.Port = w.Identified, w.Port
	return d
}

func diskOf(d statement.Disk) Disk {
	to := Disk{Vendor: d.Vendor, Model: d.Model, Serial: d.Serial, SerialSource: d.SerialSource, Confirmed: d.Confirmed, WWN: d.WWN, Firmware: d.Firmware,
		Bus: d.Bus, Protocol: d.Protocol, Driver: d.Driver, Medium: d.MediumType, Rotational: d.Rotational, Removable: d.Removable, Size: d.Size,
		Logical: int(d.Logical), Physical: int(d.Physical), Hidden: d.Hidden, Shared: d.Shared, Zones: d.Zones,
		Node: Node{Name: d.Node.Name, Major: uint32(d.Node.Major), Minor: uint32(d.Node.Minor), Seq: uint64(d.Node.Seq), Direct: d.Direct == "yes"}}
	for _, n := range d.Namespaces {
		to.Namespaces = append(to.Namespaces, Namespace{uint32(n.ID), n.Name, n.Size, n.WWN})
	}
	if b := d.Bridge; b != nil {
		to.Bridge = &Bridge{b.VendorID, b.ProductID, b.Manufacturer, b.Product, b.Serial, b.Firmware, b.Trial}
	}
	return to
}

func certificateOf(c *statement.Certificate) *Certificate {
	first, last := c.Sessions[0], c.Sessions[len(c.Sessions)-1]
	to := &Certificate{ID: c.Job, Station: stationOf(&c.ByStation), Operator: operatorOf(c.Operator), Disk: diskOfWork(c.Work), Plan: planOf(c.Plan),
		Passes: []Pass{}, Level: c.Level, Outcome: c.Outcome, Exceptions: []Exception{}, Evidence: []File{}, Started: first.Started, Ended: last.Ended,
		Seconds: c.Elapsed() / 1000, Tool: toolOf(c.Software), Begin: *refOf(&c.Begin), Interruptions: []Interruption{}, Resumes: refOf(c.Resumes),
		Firmware: firmwareOf(c.Firmware), Register: mediumOf(c.Medium)}
	for _, p := range c.Passes {
		to.Passes = append(to.Passes, passOf(p))
	}
	for _, e := range c.Exceptions {
		to.Exceptions = append(to.Exceptions, Exception(e))
	}
	for _, f := range c.Evidence {
		to.Evidence = append(to.Evidence, File{f.Name, f.SHA256.String(), f.Size})
	}
	for _, h := range c.Hidden {
		to.Hidden = append(to.Hidden, HiddenArea(h))
	}
	for _, s := range c.Sessions {
		if s.Reason == "" {
			continue
		}
		i := Interruption{Reason: s.Reason, Pass: int(s.Pass), Noticed: s.Ended}
		if s.Flushed != nil {
			i.Low = *s.Flushed
		}
		to.Interruptions = append(to.Interruptions, i)
	}
	return to
}

func passOf(p statement.Pass) Pass {
	to := Pass{Pattern: p.Pattern, Written: p.Written, Verified: p.Verified, Verify: p.Verify, Retries: int(p.Retries), FlushErrors: int(p.FlushErrors),
		Unwritten: extentsOf(p.Unwritten), UnwrittenCount: p.UnwrittenCount, UnwrittenBytes: p.UnwrittenBytes,
		Mismatched: extentsOf(p.Mismatched), MismatchedCount: p.MismatchedCount, MismatchedBytes: p.MismatchedBytes,
		Unreadable: extentsOf(p.Unreadable), UnreadableCount: p.UnreadableCount, UnreadableBytes: p.UnreadableBytes,
		WriteSpeed: speed(p.Written, p.Writing), VerifySpeed: speed(p.Verified, p.Verifying), Started: p.Started, Ended: p.Ended}
	if !p.Key.IsZero() {
		to.Key = p.Key.String()
	}
	if s := p.Sample; s != nil {
		to.Sample = &Sample{s.Seed.String(), int(s.Sections), int(s.Places), s.Bytes}
	}
	return to
}

// speed is in bytes per second.
func speed(bytes, milliseconds int64) int64 {
	if milliseconds == 0 {
		return 0
	}
	return int64(float64(bytes) * 1000 / float64(milliseconds))
}

func extentsOf(list []statement.Extent) []Extent {
	to := []Extent{}
	for _, e := range list {
		to = append(to, Extent(e))
	}
	return to
}

func firmwareOf(f *statement.Firmware) *Firmware {
	if f == nil {
		return nil
	}
	m := f.Markers
	return &Firmware{Method: f.Method, Level: f.Level, Others: f.Others, Takes: f.Takes, Before: stateOf(f.Before), After: stateOf(f.After), Seen: f.Seen,
		Answer: f.Refusal, Tries: int(f.Tries), Outcome: f.Outcome, Began: f.Started, Ended: f.Ended,
		Markers: Markers{m.Key.String(), m.Bytes, m.Confirmed, m.Unconfirmed, m.Gone, m.KeptCount, m.KeptBytes, m.UnreadableCount, m.UnreadableBytes}}
}

func stateOf(s statement.EraseState) EraseState {
	if s.Phase == "not-asked" {
		s.Phase = ""
	}
	return EraseState{s.Phase, s.Detail, hex.EncodeToString(s.Raw)}
}
