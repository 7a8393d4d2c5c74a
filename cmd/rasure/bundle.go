package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

// bundled is what a bundle holds of a log: the entries that say something about one certificate, proven.
type bundled struct {
	*examined
	signed   []byte // the checkpoint
	cert     int64  // its index
	entries  map[int64][]byte
	paths    map[int64][]string // from the entry to the root: "left HASH" or "right HASH"
	evidence []certify.File
}

// collect verifies the log in dir and takes from it what concerns a certificate: what it refers to, what people state about
// it and its medium, what these refer to, and the rosters by which they count.
func (a *app) collect(signed []byte, o auditOptions) (*bundled, error) {
	e, err := a.examine(o, nil)
	if err != nil {
		return nil, err
	}
	return collectFrom(e, signed)
}

func collectFrom(e *examined, signed []byte) (*bundled, error) {
	l, err := logs.Open(e.log, logs.Options{Identity: e.policy})
	if err != nil {
		return nil, err
	}
	b := &bundled{examined: e, cert: -1, entries: map[int64][]byte{}, paths: map[int64][]string{}}
	if b.signed, err = l.Checkpoint(); err != nil {
		return nil, err
	}
	if cp, _, err := logs.OpenCheckpoint(e.policy, b.signed); err != nil || cp != e.Checkpoint {
		return nil, fmt.Errorf("%s has grown since it was verified: try again", e.log)
	}
	all := make([][]byte, l.Size())
	bySum := map[string]int64{}
	for e, err := range l.Entries(0) {
		if err != nil {
			return nil, err
		}
		all[e.Index] = e.Data
		bySum[hexSum(e.Data)] = e.Index
		if string(e.Data) == string(signed) {
			b.cert = e.Index
		}
	}
	if b.cert < 0 {
		return nil, fault.NotVerified(errors.New("it is not in the log"))
	}
	b.take(all, bySum)
	for i := range b.entries {
		proof, err := l.Prove(i)
		if err != nil {
			return nil, err
		}
		if b.paths[i], err = sides(proof, i, l.Size()); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// concerns are the fields of any statement that say what it is about.
type concerns struct {
	Media      []string `json:"media"` // register numbers, here and below
	Found      []string `json:"found"`
	Missing    []string `json:"missing"`
	Unexpected []string `json:"unexpected"`
	Medium     struct {
		Number string `json:"number"`
	} `json:"medium"` // of a certificate
	Policy   certify.File   `json:"policy"` // the rules that stood then
	At       time.Time      `json:"at"`
	Issued   time.Time      `json:"issued"`
	Evidence []certify.File `json:"evidence"`
}

func concernsOf(entry []byte) (c concerns) {
	_, body, _ := strings.Cut(string(entry), "\n")
	json.NewDecoder(strings.NewReader(body)).Decode(&c) // what cannot be read concerns nothing; examine has named it
	return c
}

// names says whether a medium is among those that a statement speaks of.
func (c concerns) names(medium string) bool {
	return medium != "" && slices.Contains(slices.Concat(c.Media, c.Found, c.Missing, c.Unexpected), medium)
}

var sum256 = regexp.MustCompile(`[0-9a-f]{64}`)

func (b *bundled) take(all [][]byte, bySum map[string]int64) {
	medium := concernsOf(all[b.cert]).Medium.Number
	var add func(i int64)
	add = func(i int64) {
		if b.entries[i] != nil {
			return
		}
		b.entries[i] = all[i]
		for _, sum := range sum256.FindAllString(string(all[i]), -1) {
			if at, ok := bySum[sum]; ok {
				add(at)
			}
		}
		if byPeople(all[i]) || i == b.cert {
			for _, at := range b.Rosters.Indices() {
				if at < i {
					add(at)
				}
			}
		}
	}
	add(0)
	add(b.cert)
	for i, entry := range all { // an entry can only refer to those before it, so one turn is enough
		about := byPeople(entry) && concernsOf(entry).names(medium)
		for _, sum := range sum256.FindAllString(string(entry), -1) {
			at, ok := bySum[sum]
			about = about || ok && (at == b.cert || at > b.cert && b.entries[at] != nil && byPeople(all[at]))
		}
		if about {
			add(int64(i))
		}
	}
	for _, entry := range b.entries {
		b.evidence = append(b.evidence, concernsOf(entry).Evidence...)
	}
	slices.SortFunc(b.evidence, func(x, y certify.File) int { return strings.Compare(x.Name+x.SHA256, y.Name+y.SHA256) })
	b.evidence = slices.Compact(b.evidence)
}

// byPeople: the names on signature lines of people are those of roles.
func byPeople(entry []byte) bool {
	_, _, err := people.Open(entry)
	return err == nil
}

// sides reads a proof as a way from the entry to the root: on which side of it each hash stands (RFC 9162, 2.1.3.2).
func sides(proof []byte, index, size int64) ([]string, error) {
	head, _, _ := strings.Cut(string(proof), "\n\n")
	path := []string{}
	node, last := index, size-1
	for _, hash := range strings.Split(head, "\n")[2:] {
		if last == 0 {
			return nil, errors.New("malformed proof")
		}
		if node&1 == 1 || node == last {
			path = append(path, "left "+hash)
			for node&1 == 0 && node != 0 {
				node, last = node>>1, last>>1
			}
		} else {
			path = append(path, "right "+hash)
		}
		node, last = node>>1, last>>1
	}
	return path, nil
}

// indices are those of the entries, in order.
func (b *bundled) indices() []int64 {
	all := []int64{}
	for i := range b.entries {
		all = append(all, i)
	}
	slices.Sort(all)
	return all
}

// signedBy is one signature by a person on an entry of the bundle.
type signedBy struct {
	line      int // 1 is the first one
	role      people.Role
	principal string
	roster    int64     // entry that says he might
	at        time.Time // when he had to be allowed to
}

// signatures says who signed an entry by people, by the roster in force there.
func (b *bundled) signatures(index int64) ([]signedBy, error) {
	text, sigs, err := people.Open(b.entries[index])
	if err != nil {
		return nil, err
	}
	c := concernsOf(b.entries[index])
	at := c.At
	rosters := []int64{}
	for _, i := range b.Rosters.Indices() {
		if i < index {
			rosters = []int64{i}
		}
	}
	if certify.KindOf(b.entries[index]) == certify.KindRoster {
		at = c.Issued
		rosters = append(rosters, index) // a new root signs by the roster that names him
	}
	all := []signedBy{}
next:
	for n, s := range sigs {
		err := errors.New("there was no roster")
		for _, i := range rosters {
			var p people.Person
			if p, err = b.Rosters.At(i+1).Verify([]byte(text), s, s.Role, at); err == nil {
				all = append(all, signedBy{n + 1, s.Role, p.Principal, i, at})
				continue next
			}
		}
		return nil, err
	}
	return all, nil
}

// readEvidence reads the files that statements name, from the directory of the certificate. What is missing is returned by
// name: nobody can go on as if it were there.
func (b *bundled) readEvidence(dir string) (found map[string][]byte, missing []string, err error) {
	found = map[string][]byte{}
	for _, f := range b.evidence {
		if f.Name != filepath.Base(f.Name) || f.Name == "." || f.Name == ".." || f.Name != visible(f.Name) || strings.Contains(f.Name, `\`) {
			return nil, nil, fault.NotVerifiedf("evidence file %q: not a name of a file", f.Name)
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name))
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, f.Name)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if hexSum(data) != f.SHA256 {
			return nil, nil, fault.NotVerifiedf("evidence file %s is not the one that was signed for", f.Name)
		}
		found[f.Name] = data
	}
	return found, missing, nil
}
