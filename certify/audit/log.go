package audit

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/cmd/message"
	"rasure/logs"
)

// Options say how a log is audited.
type Options struct {
	Pin                     // of the station, obtained independently of the log
	Policy *register.Policy // the office's rules; nil is the default policy
	Now    time.Time        // what is dated later is refused
	At     time.Time        // when tasks are overdue; zero is Now
	AtEnd  bool             // At is the newest time that the log states: the same log then gives the same report

	Since    []byte         // a checkpoint that the log must extend; nil if there is none
	Cosigner *logs.Cosigner // who must have cosigned Since; nil if nobody must
	Roots    []people.Signer

	Fresh []byte // a live proof by the station; nil if there is none
	Nonce []byte // for which it was asked

	Predecessor fs.FS // the log that this one continues; nil if it is not compared

	TPMRoots *enrol.Trust // vendors of TPMs, to which the certificates of enrolments must lead; nil if they are not compared

	Images   []Image // that the auditor approves: a boot that is one of them is named so
	Evidence fs.FS   // files that the station kept, such as event logs; nil if they are not at hand

	AttestedFrom int64 // the log keeps an attestation of each size from this one on; 0: the auditor does not know
}

// Report is what an audit found: everything in it was verified, and Problems has what is wrong nevertheless. It is what
// `audit --json` prints, so fields are added and never changed.
type Report struct {
	Station   string            `json:"station"`
	Assurance string            `json:"assurance"`
	Entries   int64             `json:"entries"`
	Root      string            `json:"root"`
	Counter   uint64            `json:"counter,omitempty"` // == counter base + entries; CounterBy says whose word it is
	Outcomes  map[string]int64  `json:"certificates"`
	OpenJobs  []certify.OpenJob `json:"open_jobs"` // have no certificate
	OldOpen   []certify.OpenJob `json:"begins_without_end"`
	Rosters   []Roster          `json:"rosters"`
	Since     *Since            `json:"since,omitempty"`
	Fresh     *Answered         `json:"fresh,omitempty"`
	Attested  *Attested         `json:"attested,omitempty"`

	Predecessor *Predecessor `json:"predecessor,omitempty"`

	Enrolments    []*Enrolled `json:"enrolments"`                     // that count, in the order of the log
	Bound         string      `json:"auth_policy,omitempty"`          // of a bound key: what it takes to use it
	BoundCompared bool        `json:"auth_policy_compared,omitempty"` // it demands an approval by the keys that the auditor gave
	Boots         []*Booted   `json:"boots"`                          // as the boot statements that count show them
	Retired       *Retired    `json:"retired,omitempty"`

	Office
	Detailed
	Problems []register.Violation `json:"problems"`
	Warnings []certify.Problem    `json:"warnings"` // what breaks no rule and should be looked at
	Valid    bool                 `json:"valid"`    // there are no problems, or all of them were closed
	OldValid bool                 `json:"holds"`

	KeySHA256 string    `json:"key_sha256"`
	Pinned    string    `json:"pinned"`       // [PinnedByKey] or [PinnedByCard]
	First     string    `json:"first_sha256"` // of the text of the first entry: what the log is known by
	CounterBy Word      `json:"counter_by"`
	NotShown  []Unshown `json:"not_shown"`

	NotUnderstood []certify.Problem `json:"not_understood"` // entries that need a newer version; each is among the problems

	State *State    `json:"-"` // what was folded
	At    time.Time `json:"-"` // as in the options

	head  certify.Station
	first certify.Entry
	id    logs.Identity

	evidence fs.FS // as in the options
}

// Since says what an earlier checkpoint proved.
type Since struct {
	Entries  int64      `json:"entries"` // that are now what they were then
	Root     string     `json:"root"`
	Cosigner string     `json:"cosigner,omitempty"`
	Cosigned *time.Time `json:"cosigned,omitempty"`
}

// Roster is a roster that counts.
type Roster struct {
	Index     int64    `json:"index"`
	Number    int64    `json:"number"`
	Issued    string   `json:"issued"`
	Threshold int      `json:"threshold"`
	Roots     []string `json:"roots"` // name and fingerprint
	Signers   int      `json:"signers"`
}

// Log audits a log from its files alone. The error is [Failure] if a signature, a hash, the counter or what the options demand does
// not verify, and another if the log cannot be read. Rules that are broken are in the report, which then is not Valid.
func Log(log fs.FS, o Options) (*Report, error) {
	first, id, err := identify(log, o.Pin)
	if err == nil {
		id, err = WithRecounts(log, id)
	}
	if err != nil {
		return nil, verdictOf(err)
	}
	r := newReport(first, id, o.Pin)
	r.At = o.At
	if r.At.IsZero() {
		r.At = o.Now
	}
	r.evidence = o.Evidence
	if o.AttestedFrom > 0 && r.head.Counter == nil {
		return nil, failf("the log has no attestations: its station has no counter")
	}
	earlier, err := r.openSince(o)
	if err != nil {
		return nil, err
	}
	if o.Policy == nil {
		o.Policy = register.Default()
	}
	if r.State, err = Replay(log, id, o.Key, earlier, register.New(o.Policy, o.Now)); err != nil {
		return nil, err
	}
	if o.AtEnd {
		r.At = r.State.Register.Newest()
	}
	if err := checkRoots(&r.State.Rosters, o.Roots); err != nil {
		return nil, err
	}
	if err := r.checkFresh(o); err != nil {
		return nil, err
	}
	if err := r.fill(o); err != nil {
		return nil, err
	}
	if err := r.checkPredecessor(o.Predecessor, o); err != nil {
		return nil, err
	}
	return r, nil
}

// newReport is the report on a log that begins with a station statement, before the log was read.
func newReport(first certify.Entry, id logs.Identity, by Pin) *Report {
	head := first.Station.Station
	r := &Report{Station: head.Name, Assurance: head.Assurance, head: head, first: first, id: id,
		KeySHA256: head.KeySHA256, Pinned: by.word(), First: hexOf(first.TextSHA256()), CounterBy: counterBy(head)}
	r.Bound = boundTo(head)
	return r
}

// Report is what an audit of the entries in the state finds, as [Log] does: tasks are overdue and findings open as of now.
func (s *State) Report(by Pin, now time.Time) (*Report, error) {
	entry, err := s.Log.Entry(0)
	if err != nil {
		return nil, verdictOf(err)
	}
	first, _, err := openFirst(entry, s.key, by)
	if err != nil {
		return nil, verdictOf(err)
	}
	r := newReport(first, s.id, by)
	r.State, r.At = s, now
	return r, r.fill(Options{Pin: by, Now: now, At: now})
}

// Snapshot opens a log by its newest checkpoint, which must be of the station of the pin. Its entries are read with their proofs; the other entries are
// not verified.
func Snapshot(log fs.FS, by Pin) (*logs.Snapshot, error) {
	_, id, err := identify(log, by)
	if err == nil {
		id, err = WithRecounts(log, id)
	}
	if err != nil {
		return nil, verdictOf(err)
	}
	s, err := logs.ReadSnapshot(log, id)
	return s, verdictOf(err)
}

// identify reads the first entry of a log, which names the station.
func identify(log fs.FS, by Pin) (first certify.Entry, id logs.Identity, err error) {
	switch _, err := fs.Stat(log, "checkpoint"); {
	case errors.Is(err, fs.ErrNotExist):
		return first, id, failf("the log has no checkpoint: %w", err)
	case err != nil:
		return first, id, err
	}
	entry, err := logs.ReadEntry(log, 0)
	if err != nil {
		return first, id, verdictOf(err)
	}
	return openFirst(entry, certify.NewKey(by.Key), by)
}

// openFirst opens the first entry of a log and says what the checkpoints of that log must carry.
func openFirst(entry []byte, key *certify.Key, by Pin) (first certify.Entry, id logs.Identity, err error) {
	first, err = key.CheckEntry(entry)
	switch {
	case err != nil:
		return first, id, failf("entry 0: %w", err)
	case first.Station == nil:
		return first, id, failf("entry 0 is a statement of kind %q, not a station statement", first.Kind)
	}
	if err := by.checkFirst(first); err != nil {
		return first, id, err
	}
	head := first.Station.Station
	if id, err = Identity(head.Name, by.Key, head.Counter); err != nil {
		err = &Failure{err}
	}
	return first, id, err
}

// Extends verifies that the log extends a checkpoint that somebody has cosigned, and returns its size and when, by the cosigner's clock.
func (r *Report) Extends(signed []byte, by *logs.Cosigner) (size int64, at time.Time, err error) {
	cp, at, err := logs.OpenCosigned(r.id, signed, by)
	if err == nil {
		err = r.State.Log.Extends(cp)
	}
	return cp.Size, at, err
}

// Cosign returns the audited checkpoint with a line by a cosigner. sign signs with the cosigner's Ed25519 key.
func (r *Report) Cosign(by *logs.Cosigner, at time.Time, sign func([]byte) ([]byte, error)) ([]byte, error) {
	return by.Cosign(r.id, r.State.Log.Signed(), at, sign)
}

func (r *Report) fill(o Options) error {
	s := r.State
	if o.AttestedFrom == 0 {
		o.AttestedFrom = s.Chain.AttestedFrom() // a log of version 2 says it, in an entry that is attested
	}
	r.Attested = s.attested.report(o.AttestedFrom)
	r.Entries, r.Root = s.Checkpoint.Size, s.Checkpoint.Root.String()
	r.Outcomes, r.OpenJobs = s.Chain.Outcomes, s.Chain.Open()
	r.OldOpen, r.Rosters, r.Warnings = r.OpenJobs, rostersOf(&s.Rosters), slices.DeleteFunc(append([]certify.Problem{}, s.Chain.Warnings...), isFinding)
	if wrong, ok := contradiction(r.head); ok {
		r.Warnings = append(r.Warnings, certify.Problem{Detail: wrong})
	}
	r.NotUnderstood = append([]certify.Problem{}, s.NotUnderstood()...)
	r.Office = officeOf(s.Register, r.At)
	r.Problems = append(problemsOf(s, r.Office.Tasks), s.attested.problems(o.AttestedFrom, r.Entries, s.id.BaseAt)...)
	r.checkPinned(o.Roots != nil)
	r.fillEnrolled(o)
	if err := r.fillBoots(o); err != nil {
		return err
	}
	var err error
	if r.Retired, err = s.retired(); err != nil {
		return err
	}
	r.NotShown = r.notShown()
	r.close()
	r.detail()
	r.Valid = r.Open() == 0
	r.OldValid = r.Valid
	if r.head.Counter != nil {
		r.Counter = s.id.BaseAt(r.Entries) + uint64(r.Entries) // compared with the attested value when the checkpoint was read
	}
	return nil
}

// notShown lists what these files do not show.
func (r *Report) notShown() []Unshown {
	all := []Unshown{}
	if r.Pinned == PinnedByKey {
		all = append(all, OtherLogs)
	}
	if r.Fresh == nil || r.CounterBy == NoCounter { // a key in a file signs any head, also that of a log that it has cut back
		all = append(all, Tail)
	}
	if a := r.Attested; a == nil || a.Entry > 0 || a.Entries < r.Entries {
		all = append(all, Past)
	}
	if len(r.Enrolments) > 0 && !r.Enrolments[len(r.Enrolments)-1].Compared {
		all = append(all, TPMRoots)
	}
	if (r.Fresh != nil || r.Attested != nil) && r.CounterBy != NoCounter && r.CounterBy != TPM {
		all = append(all, ByCounter)
	}
	return all
}

// openSince reads the checkpoint that somebody kept.
func (r *Report) openSince(o Options) (*logs.Checkpoint, error) {
	if o.Since == nil {
		return nil, nil
	}
	cp, at, err := logs.OpenCosigned(r.id, o.Since, o.Cosigner)
	if err != nil {
		return nil, failf("the earlier checkpoint: %w", err)
	}
	r.Since = &Since{Entries: cp.Size, Root: cp.Root.String()}
	if o.Cosigner != nil {
		r.Since.Cosigner, r.Since.Cosigned = o.Cosigner.Name(), &at
	}
	return &cp, nil
}

// checkRoots compares the roots of the first roster, which only they themselves have signed, with those that the office gave.
func checkRoots(rosters *people.Rosters, want []people.Signer) error {
	if want == nil {
		return nil
	}
	at := rosters.Indices()
	if len(at) == 0 {
		return failf("there is no roster, so none with these roots")
	}
	roots, _ := rosters.At(at[0] + 1).Lines()
	if !slices.Equal(sortedLines(want), sortedLines(roots)) {
		return failf("the first roster, entry %d, has other roots", at[0])
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

func rostersOf(rosters *people.Rosters) []Roster {
	all := []Roster{}
	for _, i := range rosters.Indices() {
		r := rosters.At(i + 1)
		roots, signers := r.Lines()
		v := Roster{i, r.Number, r.Issued.Format(time.RFC3339), r.Threshold, []string{}, len(signers)}
		for _, s := range roots {
			v.Roots = append(v.Roots, s.Principal+" "+ssh.FingerprintSHA256(s.Key))
		}
		all = append(all, v)
	}
	return all
}

// isFinding reports whether an audit objects to what the chain only warns of. No honest log of any version has it: the keys of passes are random.
func isFinding(w certify.Problem) bool { return w.Rule == certify.KeyReused }

// problemsOf is everything that is wrong: in the chain of jobs, by the office's rules, and not done in time.
func problemsOf(s *State, tasks []register.Task) []register.Violation {
	all := []register.Violation{}
	findings := slices.DeleteFunc(slices.Clone(s.Chain.Warnings), func(w certify.Problem) bool { return !isFinding(w) })
	for _, p := range slices.Concat(s.Chain.Problems, findings) {
		all = append(all, register.Violation{Index: p.Index, Rule: cmp.Or(p.Rule, LogRule), Detail: p.Detail, Entries: []int64{}})
	}
	all = append(all, s.Register.Violations...)
	for _, d := range tasks {
		if d.Overdue && !d.Reminder {
			p := register.Violation{Index: s.Register.Size() - 1, Rule: "overdue-" + d.Kind, Entries: append([]int64{}, d.Entries...),
				Detail: message.Of("medium %s, due %s: %s", d.Medium, d.Due.Format("2006-01-02 15:04"), d.Detail)}
			if len(d.Entries) > 0 {
				p.Index = d.Entries[0]
			}
			if s.Chain.Version2() { // the finding has an identity, which must not change while the log grows
				p.Index, p.Medium = d.Since, d.Medium
			}
			all = append(all, p)
		}
	}
	return all
}

// LogRule is the rule of problems that are wrong in any log, whatever the office's policy.
const LogRule = certify.LogRule
