package statement

import (
	"slices"

	"rasure/cmd/message"
)

func (a *Approval) check() error {
	switch {
	case (len(a.Media) > 0) == (len(a.Lists) > 0):
		return message.New("an approval is of media or of lists")
	case !a.Until.After(a.From) || !a.Until.After(a.At):
		return message.New("the approval ends before it begins")
	case slices.Contains(a.Names(approve), a.Technician):
		return message.New("the technician cannot approve their own work")
	}
	return checkMedia(a.Media)
}

func (h *Handover) check() error {
	want := []string{h.From}
	if h.To != "" {
		want = append(want, h.To)
	}
	names := h.Names(custodian)
	slices.Sort(names)
	slices.Sort(want)
	switch {
	case (h.To == "") == (h.Receiver == nil):
		return message.New("a handover is to a custodian or to a receiver outside")
	case h.From == h.To:
		return message.New("nobody hands media over to themselves")
	case !slices.Equal(names, want):
		return message.New("the one who hands over and the custodian who receives must sign, and no other custodian")
	}
	if h.Approval != nil {
		if err := h.Approval.must("approval"); err != nil {
			return err
		}
	}
	return checkMedia(h.Media)
}

func (c *Carry) check() error {
	switch {
	case !slices.Contains(c.Names(custodian), c.Carrier):
		return message.New("the one who carries the media is not among the signers")
	case !c.Due.After(c.At):
		return message.New("the media are to be back before they are carried out")
	}
	for _, name := range c.Escorts {
		if !slices.Contains(c.Names(witness), name) {
			return message.Errorf("%s escorts the media and does not sign as a witness", name)
		}
	}
	if err := c.Approval.must("approval"); err != nil {
		return err
	}
	return checkMedia(c.Media)
}

func (b *Back) check() error {
	switch {
	case !slices.Contains(b.Names(custodian), b.Carrier):
		return message.New("the one who carries the media is not among the signers")
	case len(b.Signers) < 2:
		return message.New("a witness or the secrecy officer examines the media and signs, too")
	}
	if err := b.Carried.must("carry"); err != nil {
		return err
	}
	return checkMedia(b.Media)
}

func (r *Return) check() error {
	if !slices.Contains(r.Names(custodian), r.From) {
		return message.New("the one who returns the media is not among the signers")
	}
	return checkMedia(r.Media)
}

func (t *Transfer) check() error {
	switch {
	case t.From == t.To:
		return message.New("nobody takes media over from themselves")
	case !slices.Contains(t.Names(custodian), t.To):
		return message.New("the one who takes the media over is not among the signers")
	case slices.ContainsFunc(t.Signers, func(s Signer) bool { return s.Person == t.From }):
		return message.New("the one who cannot hand the media over cannot sign either")
	}
	return checkMedia(t.Media)
}

func (r *Result) check() error {
	if (r.Statement == "irregular") != (r.Irregularity != "") {
		return message.New("irregularity is there if the statement is irregular, and only then")
	}
	return r.Target.must("certificate")
}

func (w *Witness) check() error    { return w.Target.must("certificate", "destruction") }
func (v *Validation) check() error { return v.Target.must("certificate") }

func (d *Destruction) check() error {
	if (d.Method == "other") != (d.Words != "") {
		return message.New("method_words are there if the method is other, and only then")
	}
	if d.Erasure != nil {
		if err := d.Erasure.must("certificate"); err != nil {
			return err
		}
	}
	if err := d.Approval.must("approval"); err != nil {
		return err
	}
	return checkMedia(d.Media)
}

func (l *Loss) check() error {
	if l.Noticed.After(l.At) {
		return message.New("the loss was noticed after it was signed")
	}
	return checkMedia(l.Media)
}

func (f *Found) check() error {
	if err := f.Loss.must("loss"); err != nil {
		return err
	}
	return checkMedia(f.Media)
}

func (r *Report) check() error {
	for _, o := range r.Receivers {
		if o.At.After(r.At) {
			return message.Errorf("it was reported to %s after it was signed", o.Organisation)
		}
	}
	return r.Target.must("loss", "incident", "inventory")
}

func (i *Incident) check() error {
	if i.Noticed.After(i.At) || i.Reported != nil && (i.Reported.Before(i.Noticed) || i.Reported.After(i.At)) {
		return message.New("the times noticed, reported and signed are out of order")
	}
	return checkMedia(i.Media)
}

func (c *Correction) check() error {
	if (len(c.Changes) > 0) == c.Withdraws {
		return message.New("a correction has changes, or withdraws its target")
	}
	seen := map[string]bool{}
	for _, ch := range c.Changes {
		if ch.Old == ch.New || seen[ch.Field] {
			return message.Errorf("%s does not change, or changes twice", clip(ch.Field))
		}
		seen[ch.Field] = true
	}
	return c.Target.must("registration", "approval", "witness", "validation", "result", "inventory", "handover")
}

func (v *Void) check() error {
	k := KindOf(v.Target.Kind)
	if k == nil || !k.ByPeople() || v.Target.is("roster", "correction", "void") {
		return message.Errorf("%s cannot be taken back", v.Target.Kind)
	}
	return nil
}
