package hub

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Finding is what an audit objects to.
type Finding struct {
	Index  int64        `json:"index"`
	Rule   string       `json:"rule"`
	Detail message.Text `json:"detail"`
}

func (f Finding) same(o Finding) bool {
	return f.Index == o.Index && f.Rule == o.Rule && f.Detail.String() == o.Detail.String()
}

// keptFinding is a finding as a file keeps it: with the arguments of its sentence, so that it can be shown in any language.
type keptFinding struct {
	Index  int64           `json:"index"`
	Rule   string          `json:"rule"`
	Format string          `json:"format"`
	Args   json.RawMessage `json:"args"`

	Detail message.Text `json:"detail,omitzero"` // in files of older programs, which kept the English
}

// findings are those of a [judgement].
type findings []Finding

// MarshalJSON keeps them.
func (f findings) MarshalJSON() ([]byte, error) {
	all := make([]keptFinding, len(f))
	for i, one := range f {
		format, args := one.Detail.Keep()
		all[i] = keptFinding{Index: one.Index, Rule: one.Rule, Format: format, Args: args}
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads them again.
func (f *findings) UnmarshalJSON(text []byte) error {
	var all []keptFinding
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*f = make(findings, len(all))
	for i, k := range all {
		if (*f)[i] = (Finding{k.Index, k.Rule, k.Detail}); !k.Detail.IsZero() {
			continue
		}
		var err error
		if (*f)[i].Detail, err = message.Kept(k.Format, k.Args); err != nil {
			return err
		}
	}
	return nil
}

// judgement is what the hub objects to in the log of a station. It is a file, so that it is known after the hub has started again.
type judgement struct {
	Program string   `json:"program"` // that judged, as [thisProgram] says: another one may judge by other rules
	Size    int64    `json:"entries"` // that were judged
	Root    string   `json:"root"`    // of these
	Own     findings `json:"findings"`
	Shared  findings `json:"shared"`          // that other logs have too
	Ended   *int64   `json:"ended,omitempty"` // the last entry of the log
}

// maxShared is how many entries of a station are listed that have what another station has. A station that copies another one fills no disk.
const maxShared = 1000

// ownFindings are what an audit of the state finds and nobody has closed, except what is overdue: that changes from day to day, without an entry.
func (h *Hub) ownFindings(s *station, state *audit.State) (all []Finding, err error) {
	report, err := state.Report(s.Pin, h.o.Now())
	if err != nil {
		return nil, err
	}
	for _, p := range report.Problems {
		if p.Closed == nil && !strings.HasPrefix(p.Rule, "overdue-") {
			all = append(all, Finding{p.Index, p.Rule, p.Detail})
		}
	}
	return all, nil
}

func (h *Hub) readJudgement(s *station) (j judgement, err error) {
	text, err := durable.ReadFile(filepath.Join(h.o.Dir, "findings", s.id), 1<<28)
	if err == nil {
		err = json.Unmarshal(text, &j)
	}
	return j, err
}

// change changes the judgement of a station. A file that is damaged is made again.
func (h *Hub) change(s *station, f func(*judgement) (changed bool)) error {
	h.judging.Lock()
	defer h.judging.Unlock()
	j, err := h.readJudgement(s)
	if path := new(fs.PathError); err != nil && errors.As(err, &path) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		j = judgement{}
	}
	if !f(&j) {
		return nil
	}
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return h.files().WriteFile("findings/"+s.id, text)
}

// judgeAndIndex does with what was cosigned what is not done yet. The index is last: what it has was judged.
func (h *Hub) judgeAndIndex(s *station, cosigned fleet.State, state *audit.State) error {
	if err := h.judge(s, cosigned, state); err != nil {
		return err
	}
	return h.reindex(s, cosigned)
}

// judge raises an alarm for what is new in what the log of a station says, and keeps it. state is nil if it has to be read first.
func (h *Hub) judge(s *station, cosigned fleet.State, state *audit.State) error {
	root := hex.EncodeToString(cosigned.Root[:])
	if j, err := h.readJudgement(s); err == nil && j.Program == thisProgram() && j.Size == cosigned.Size && j.Root == root {
		return nil
	}
	if state == nil {
		var err error
		if state, err = h.State(s.id); err != nil {
			return err
		}
	}
	all, err := h.ownFindings(s, state)
	if err != nil {
		return err
	}
	return h.change(s, func(j *judgement) bool {
		for _, f := range all {
			if !slices.ContainsFunc(j.Own, f.same) {
				h.alarm("finding", s.Identity.Origin, message.Of("entry %d: %s: %s", f.Index, f.Rule, f.Detail))
			}
		}
		before := j.Ended
		j.Program, j.Size, j.Root, j.Own, j.Ended = thisProgram(), cosigned.Size, root, all, nil
		if at, _, ok := state.Register.Retired(); ok {
			if j.Ended = &at; before == nil { // from now on it is no longer reported that the station sends nothing
				h.alarm("retired", s.Identity.Origin, message.Of("entry %d ends the log", at))
			}
		}
		return true
	})
}

// findings returns what the hub objects to in the log of a station, and the entry that ends it; nil if it goes on.
func (h *Hub) findings(s *station) (all []Finding, ended *int64, err error) {
	j, err := h.readJudgement(s)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return append(append([]Finding{}, j.Own...), j.Shared...), j.Ended, err
}
