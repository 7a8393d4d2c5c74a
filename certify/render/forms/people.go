package forms

import (
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// people is who ran the job and who has signed a statement about it, with lines for a pen. No pen signature is drawn for anybody.
func (o Options) people(c *Certificate, s *statement.Certificate, zone *time.Location) paper.Signatures {
	b := paper.Signatures{Title: o.Say(message.Of("4 People")), Seal: o.Say(message.Of("Seal")),
		Columns: o.columns(message.Of("Role"), 23, message.Of("Name"), 22, message.Of("Signed in the log, with key"), 75, message.Of("Signature and date"), 40)}
	add := func(role message.Text, name, key string) {
		b.Rows = append(b.Rows, paper.Row{Cells: []string{o.Lines(role), name, key}})
	}
	operator := data(c.Certificate.Operator)
	if operator == "" {
		operator = o.Say(message.Of("not recorded"))
	}
	add(message.Of("Operator"), operator, "")
	if s != nil && s.VerifiedBy != "" {
		add(message.Of("Checked by"), data(s.VerifiedBy), "")
	}
	if c.Log == nil {
		add(render.Roles.For("witness"), "", o.Lines(message.Of("the log was not read")))
		add(render.Roles.For("validate"), "", o.Lines(message.Of("the log was not read")))
		return b
	}
	seen := map[string]bool{}
	for _, p := range c.Log.People {
		name := data(p.Name)
		if p.Title != "" {
			name += "\n" + data(p.Title)
		}
		add(render.Roles.For(p.Role), name, o.Say(p.Says)+" "+data(o.Say(message.Recognize(p.Words)))+"\n"+minute(p.At, zone)+"  "+o.Say(message.Of("entry %d", p.Entry))+"\n"+data(p.Key))
		seen[p.Role] = true
	}
	for _, role := range []string{"witness", "validate"} {
		if !seen[role] {
			add(render.Roles.For(role), "", o.Lines(message.Of("nobody has signed")))
		}
	}
	return b
}

// Records collects, in one pass, what an audited log says of its certificates in later entries, by the index of the certificate.
func Records(r *audit.Report) (map[int64]*Record, error) {
	all, jobs := map[int64]*Record{}, map[string]int64{}
	for e, err := range r.Read() {
		if err != nil {
			return nil, err
		}
		switch {
		case e.Certificate != nil:
			if at, ok := jobs[e.Certificate.ID]; ok {
				all[at].Newer = e.Index
			}
			jobs[e.Certificate.ID], all[e.Index] = e.Index, &Record{}
		case e.Act != nil && e.Act.Entry != nil && all[e.Act.Entry.Index] != nil && r.State.Register.Counts(e.Index):
			if says, words := saidOf(e); !says.IsZero() {
				rec := all[e.Act.Entry.Index]
				for _, p := range signersOf(e) {
					p.Says, p.Words = says, words
					rec.People = append(rec.People, p)
				}
			}
		}
	}
	return all, nil
}

// saidOf is what an act states about a certificate; empty for acts of other kinds.
func saidOf(e register.Entry) (says message.Text, words string) {
	switch name(e.Kind) {
	case "witness":
		return message.Of("saw:"), e.Act.Saw
	case "validation":
		if e.Act.Decision == "accept" {
			return message.Of("accepted:"), e.Act.Reason
		}
		return message.Of("REJECTED:"), e.Act.Reason
	case "result":
		if r, ok := e.Statement.Body.(*statement.Result); ok {
			return render.Results.For(r.Statement), r.Irregularity
		}
	}
	return message.Text{}, ""
}

// name is a kind without its version.
func name(k certify.Kind) string {
	if kind := statement.KindOf(string(k)); kind != nil {
		return kind.Name()
	}
	s := string(k)
	const prefix, suffix = len("rasure/"), len("/v1")
	if len(s) > prefix+suffix {
		return s[prefix : len(s)-suffix]
	}
	return s
}

// signersOf are the people whose signatures on an act are valid.
func signersOf(e register.Entry) (all []Person) {
	titles := map[string]string{}
	if e.Statement != nil && e.Statement.Act() != nil {
		for _, s := range e.Statement.Act().Signers {
			titles[s.Person] = s.Title
		}
	}
	for _, p := range e.By {
		all = append(all, Person{Role: p.Role, Name: p.Name, Title: titles[p.Name], At: e.Stated(), Key: p.Key, Entry: e.Index})
	}
	return all
}

// roleIn is what a signer of an act is on its form: an office has other words than the roster for some.
func roleIn(e register.Entry, p Person) message.Text {
	switch n := name(e.Kind); {
	case n == "destruction":
		return render.Destroyers.For(p.Role)
	case n == "carry":
		return render.Carriers.For(p.Role)
	case n == "back":
		return render.Returners.For(p.Role)
	case n == "handover" && p.Role == "custodian" && p.Name == e.Act.From:
		return message.Of("Giver")
	case (n == "handover" || n == "transfer") && p.Role == "custodian" && p.Name == e.Act.To:
		return message.Of("Receiver")
	}
	return render.Roles.For(p.Role)
}
