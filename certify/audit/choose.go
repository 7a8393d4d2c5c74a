package audit

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/logs"
)

func isGraphic(r rune) bool { return unicode.IsGraphic(r) || statement.Ideograph(r) }

// concerns are the fields of any statement that say what it is about.
type concerns struct {
	Media      []string `json:"media"` // register numbers, here and below
	Found      []string `json:"found"`
	Missing    []string `json:"missing"`
	Unexpected []string `json:"unexpected"`
	Medium     struct {
		Number string `json:"number"`
	} `json:"medium"` // of a certificate
	Policy   certify.File   `json:"policy"` // in force then
	At       time.Time      `json:"at"`
	Issued   time.Time      `json:"issued"`
	Evidence []certify.File `json:"evidence"`
}

func concernsOf(entry []byte, lists map[int64][]string) (c concerns) {
	if kind := statement.KindOf(string(certify.KindOf(entry))); kind != nil && kind.ByPeople() {
		return concernsOf2(entry, lists)
	}
	_, body, _ := strings.Cut(string(entry), "\n")
	json.NewDecoder(strings.NewReader(body)).Decode(&c) // what cannot be read concerns nothing; the audit has named it
	return c
}

// concernsOf2 is [concernsOf] for what people sign in version 2. lists are the media of the lists before it.
func concernsOf2(entry []byte, lists map[int64][]string) (c concerns) {
	s, err := statement.Read(certify.TextOf(entry))
	if err != nil {
		return c
	}
	c.At, c.Issued = s.At(), s.At()
	for _, m := range s.Named().Media {
		c.Media = append(c.Media, m.Number)
	}
	for _, l := range s.Named().Lists {
		c.Media = append(c.Media, lists[l.Index]...)
	}
	switch b := s.Body.(type) {
	case *statement.Registration:
		c.Media = append(c.Media, b.Number)
	case *statement.Inventory:
		c.Found, c.Missing, c.Unexpected = b.Found, b.Missing, b.Unexpected
	}
	for _, f := range s.Evidence() {
		c.Evidence = append(c.Evidence, certify.File{Name: f.Name, SHA256: f.SHA256.String(), Size: f.Size})
	}
	return c
}

// names reports whether a medium is among those that a statement speaks of.
func (c concerns) names(medium string) bool {
	return medium != "" && (c.Medium.Number == medium || slices.Contains(slices.Concat(c.Media, c.Found, c.Missing, c.Unexpected), medium))
}

// rowsOf are the numbers of the media in a list; nil for any other entry.
func rowsOf(entry []byte) (numbers []string) {
	if certify.KindName(certify.KindOf(entry)) != "list" {
		return nil
	}
	s, err := statement.Read(certify.TextOf(entry))
	if err != nil {
		return nil
	}
	if l, ok := s.Body.(*statement.List); ok {
		for _, row := range l.Rows {
			numbers = append(numbers, row.Number)
		}
	}
	return numbers
}

// byPeople reports whether people signed it and not the station: the names on their signature lines are those of roles.
func byPeople(entry []byte) bool {
	_, _, err := people.Open(entry)
	return err == nil
}

// link is what has to be known of an entry to decide whether a bundle needs it.
type link struct {
	refs   []int64 // earlier entries whose SHA-256 it contains
	people bool
	roster bool // or the rules: it is about no medium
	names  bool // it speaks of the certificate's medium
	after  bool // a preparation or a certificate, which can be about another certificate
	cut    bool // it begins version 2
}

// sums256 yields what may be a SHA-256 in an entry: 64 hex digits.
func sums256(entry []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0 // of the digits before i
		for i, c := range entry {
			switch hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'; {
			case !hex:
				from = i + 1
			case i+1-from == 64:
				if !yield(string(entry[from : i+1])) {
					return
				}
				from = i + 1
			}
		}
	}
}

// choose finds a certificate in a log, in one pass, and the entries that belong into its bundle. rosters and recounts are the indices of
// those that count.
func choose(entries iter.Seq2[logs.Entry, error], cert []byte, rosters, recounts []int64) (index int64, chosen []int64, err error) {
	medium, lists := concernsOf(cert, nil).Medium.Number, map[int64][]string{}
	bySum := map[string]int64{}
	var links []link
	index = -1
	for e, err := range entries {
		if err != nil {
			return -1, nil, err
		}
		if index < 0 && certify.SameStatement(e.Data, cert) {
			index = e.Index
		}
		kind := certify.KindOf(e.Data)
		l := link{people: byPeople(e.Data), cut: e.Index > 0 && certify.IsStation(kind), roster: certify.IsRoster(kind) || certify.KindName(kind) == "policy",
			after: certify.IsCertificate(kind) || certify.KindName(kind) == "preparation"}
		for sum := range sums256(e.Data) {
			if at, ok := bySum[sum]; ok {
				l.refs = append(l.refs, at)
			}
		}
		l.names = concernsOf(e.Data, lists).names(medium)
		if numbers := rowsOf(e.Data); numbers != nil {
			lists[e.Index] = numbers
		}
		links = append(links, l)
		bySum[hexSum(e.Data)] = e.Index
		bySum[hexOf(certify.TextSHA256(e.Data))] = e.Index // so does version 2 refer
	}
	if index < 0 {
		return -1, nil, failf("the certificate is not in the log")
	}
	return index, chooseFrom(links, index, rosters, recounts), nil
}

// chooseFrom returns the station statement, the one that began version 2 before the certificate, the certificate, what the station and people state about it or its
// medium, before and later, what is stated about that, and everything that these refer to; with statements of people the rosters before them.
func chooseFrom(links []link, cert int64, rosters, recounts []int64) []int64 {
	in := map[int64]bool{}
	var add func(i int64)
	add = func(i int64) {
		if in[i] {
			return
		}
		in[i] = true
		for _, at := range links[i].refs {
			add(at)
		}
		if links[i].people || i == cert {
			for _, at := range rosters {
				if at < i {
					add(at)
				}
			}
		}
	}
	add(0)
	add(cert)
	for _, at := range recounts {
		add(at)
	}
	for i, l := range links[:cert] {
		if l.cut {
			add(int64(i))
		}
	}
	about := map[int64]bool{cert: true}
	for i, l := range links { // an entry can only refer to those before it, so one turn is enough
		if l.names || (l.people || l.after) && !l.roster && slices.ContainsFunc(l.refs, func(at int64) bool { return about[at] && (l.people || at == cert) }) {
			about[int64(i)] = true
			add(int64(i))
		}
	}
	chosen := []int64{}
	for i := range in {
		chosen = append(chosen, i)
	}
	slices.Sort(chosen)
	return chosen
}
