package main

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

// auditedSince says what an earlier checkpoint proved.
type auditedSince struct {
	Entries  int64      `json:"entries"` // that are now what they were then
	Root     string     `json:"root"`
	Cosigner string     `json:"cosigner,omitempty"`
	Cosigned *time.Time `json:"cosigned,omitempty"`
}

// auditedRoster is a roster that counts.
type auditedRoster struct {
	Index     int64    `json:"index"`
	Number    int64    `json:"number"`
	Issued    string   `json:"issued"`
	Threshold int      `json:"threshold"`
	Roots     []string `json:"roots"` // name and fingerprint
	Signers   int      `json:"signers"`
}

// openSince reads the checkpoint that somebody kept, which by must have cosigned unless it is nil.
func openSince(p logs.Identity, path string, by *logs.Cosigner) (*auditedSince, *logs.Checkpoint, error) {
	signed, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	cp, at, err := logs.OpenCosigned(p, signed, by)
	if err != nil {
		return nil, nil, fault.NotVerifiedf("%s: %w", path, err)
	}
	v := &auditedSince{Entries: cp.Size, Root: cp.Root.String()}
	if by != nil {
		v.Cosigner, v.Cosigned = by.Name(), &at
	}
	return v, &cp, nil
}

func readCosigner(path string) (*logs.Cosigner, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := logs.ParseCosigner(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return nil, fault.Usagef("%s: %w", path, err)
	}
	return c, nil
}

// checkRoots compares the roots of the first roster, which nobody but itself vouches for, with those in a file.
func checkRoots(rosters *people.Rosters, path string) error {
	if path == "" {
		return nil
	}
	text, err := readFile(path)
	if err != nil {
		return err
	}
	want, err := people.ParseSigners(string(text))
	if err != nil {
		return fault.Usagef("%s: %w", path, err)
	}
	at := rosters.Indices()
	if len(at) == 0 {
		return fault.NotVerifiedf("the log has no roster, so none of %s", path)
	}
	roots, _ := rosters.At(at[0] + 1).Lines()
	if !slices.Equal(sortedLines(want), sortedLines(roots)) {
		return fault.NotVerifiedf("the roots of the first roster, entry %d, are not those of %s", at[0], path)
	}
	return nil
}

func sortedLines(all []people.Signer) []string {
	lines := []string{}
	for _, s := range all {
		lines = append(lines, s.String())
	}
	slices.Sort(lines)
	return lines
}

func auditedRosters(rosters *people.Rosters) []auditedRoster {
	all := []auditedRoster{}
	for _, i := range rosters.Indices() {
		r := rosters.At(i + 1)
		roots, signers := r.Lines()
		v := auditedRoster{i, r.Number, r.Issued.Format(time.RFC3339), r.Threshold, []string{}, len(signers)}
		for _, s := range roots {
			v.Roots = append(v.Roots, s.Principal+" "+ssh.FingerprintSHA256(s.Key))
		}
		all = append(all, v)
	}
	return all
}

func (a *app) printPeople(v audited) {
	if s := v.Since; s != nil {
		a.printf("since      the first %d entries are what they were", s.Entries)
		if s.Cosigned != nil {
			a.printf(" when %s cosigned them, %s", s.Cosigner, s.Cosigned.Format("2006-01-02 15:04:05 UTC"))
		}
		a.printf("\n")
	}
	for i, r := range v.Rosters {
		a.printf("roster     entry %d: number %d, %d signer(s), the next needs %d of its %d root key(s)\n", r.Index, r.Number, r.Signers, r.Threshold, len(r.Roots))
		if i == 0 {
			for _, root := range r.Roots {
				a.printf("root       %s\n", root)
			}
		}
	}
}
