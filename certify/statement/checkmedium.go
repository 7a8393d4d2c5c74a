package statement

import (
	"slices"

	"rasure/cmd/message"
)

// unclassified is the classification that has no limit.
const unclassified = "none"

// longest are the longest limits in years: Law on Guarding State Secrets (2024), article 20.
var longest = map[string]int64{"top-secret": 30, "secret": 20, "confidential": 10}

func (m *Medium) checkPart(int64) error { return CheckNumber(m.Number) }

func (m *MediumUse) checkPart(int64) error {
	if (m.Approval == nil) != (m.Purpose == "") {
		return message.New("medium: purpose is that of the approval: both are there, or none")
	}
	return CheckNumber(m.Number)
}

func (r *Row) checkPart(int64) error {
	if r.Classification == "" {
		if r.Limit != nil || r.Marked != "" {
			return message.Errorf("%s has a limit and no classification", r.Number)
		}
		return nil
	}
	if r.Registration != nil && r.Limit == nil && r.Marked == "" {
		return nil // the registration has it
	}
	return checkLimit(r.Classification, r.Limit, r.Marked)
}

func (l *Limit) checkPart(int64) error {
	n := 0
	for _, there := range []bool{l.Years != 0, l.Months != 0, l.Day != "", l.Condition != ""} {
		if there {
			n++
		}
	}
	if n != 1 {
		return message.New("a limit has exactly one of years, months, day and condition")
	}
	return nil
}

// checkLimit checks the limit of a classification. One of days, months or years counts from the day on which the medium was marked.
func checkLimit(class string, l *Limit, marked Day) error {
	switch most := longest[class]; {
	case class == unclassified && l == nil && marked == "":
	case class == unclassified:
		return message.New("what is not classified has no limit")
	case l == nil:
		return message.Errorf("the limit of the classification %s is missing", class)
	case marked == "":
		return message.New("marked_on is missing, from which the limit counts")
	case l.Years > most || l.Months > 12*most:
		return message.Errorf("the limit of the classification %s is at most %d years", message.Text{Format: class}, most)
	case l.Day != "" && l.Day <= marked:
		return message.Errorf("the limit, %s, is not after the day of marking, %s", l.Day, marked)
	}
	return nil
}

// checkMedia refuses a number that is there twice.
func checkMedia(media []Medium) error {
	numbers := []string{}
	for _, m := range media {
		numbers = append(numbers, m.Number)
	}
	return checkNumbers(numbers)
}

func (l *List) check() error {
	numbers := []string{}
	for _, r := range l.Rows {
		numbers = append(numbers, r.Number)
		switch {
		case l.Purpose == "import" && (r.Classification == "" || r.Type == "" || r.Registration != nil):
			return message.Errorf("%s: a medium to be registered has a classification and a type, and no registration", r.Number)
		case l.Purpose == "count" && r.Registration == nil:
			return message.Errorf("%s: a medium that was counted has a registration", r.Number)
		}
	}
	return checkNumbers(numbers)
}

func (r *Registration) check() error {
	single := r.Number != ""
	if single == (len(r.Lists) > 0) {
		return message.New("a registration is of one medium, with its number, or of lists")
	}
	if !slices.Contains(r.Names(custodian), r.Custodian) {
		return message.New("the custodian is not among the signers")
	}
	if !single {
		if r.Classification != "" || r.Type != "" || r.Limit != nil || r.Marked != "" || r.Serial != "" || r.Model != "" || r.Maker != "" || r.Size != 0 || r.Asset != "" ||
			r.CopyOf != "" || r.CopyNumber != 0 || r.DocumentCode != "" || r.Capacity != "" || r.CarrierOf != "" {
			return message.New("the particulars of each medium are in the lists, and not in the registration")
		}
		return nil
	}
	if r.Classification == "" || r.Type == "" {
		return message.New("a registration has classification and type")
	}
	if r.CopyOf != "" {
		if err := CheckNumber(r.CopyOf); err != nil {
			return err
		}
	}
	if err := CheckNumber(r.Number); err != nil {
		return err
	}
	return checkLimit(r.Classification, r.Limit, r.Marked)
}

func (r *Reclassify) check() error {
	if r.From == r.To {
		return message.New("the classification does not change")
	}
	for _, m := range r.Media {
		if m.Classification != r.From {
			return message.Errorf("%s has the classification %s, not %s", m.Number, m.Classification, r.From)
		}
	}
	if err := checkLimit(r.To, r.Limit, Day(r.At.Format("2006-01-02"))); err != nil && r.To != unclassified {
		return err
	}
	if r.To == unclassified && r.Limit != nil {
		return message.New("what is not classified has no limit")
	}
	return checkMedia(r.Media)
}

func (r *Retype) check() error {
	switch {
	case r.From == r.To:
		return message.New("the type does not change")
	case r.Medium.Type != r.From:
		return message.Errorf("%s is of the type %s, not %s", r.Medium.Number, r.Medium.Type, r.From)
	}
	return nil
}

func (i *Inventory) check() error {
	n := 0
	for _, there := range []bool{i.Scope.Person != "", i.Scope.Place != "", i.Scope.All} {
		if there {
			n++
		}
	}
	if n != 1 {
		return message.New("the scope is exactly one of person, place and all")
	}
	return checkNumbers(i.Found, i.Missing, i.Unexpected)
}
