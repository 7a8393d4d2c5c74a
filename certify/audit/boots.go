package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"rasure/certify"
	"rasure/certify/boot"
	"rasure/certify/internal/pack"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/message"
)

// BootRule is the rule of a boot statement that the TPM has not stated.
const BootRule = "boot"

// Booted is what a boot statement shows: what the firmware measured when the machine was started.
type Booted struct {
	Index       int64             `json:"index"`
	Resets      int64             `json:"reset_count"`
	Restarts    int64             `json:"restart_count"`
	PCRs        map[string]string `json:"pcrs"`         // by number
	Programs    []string          `json:"programs"`     // Authenticode hashes of what the firmware started, if the event log explains PCR 4
	Unexplained []int64           `json:"unexplained"`  // PCRs that the event log does not give: something else extended them, or it is not the log of this boot
	NoLog       bool              `json:"no_event_log"` // it is not in the entry
	Image       string            `json:"image,omitempty"`
	Entries     []Span            `json:"entries"` // that the TPM attested in this boot
}

// Span is a run of entries.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Image is one that an auditor approves.
type Image struct {
	Name string
	*boot.Prediction
}

// checkBoot returns why a boot statement does not count: the TPM quoted something else, or at another time.
func (s *State) checkBoot(b *statement.Boot) error {
	q, err := tpm.OpenQuote(s.pub, b.Quote)
	if err != nil {
		return err
	}
	all, pcrs := sha256.New(), []int{}
	for _, p := range b.PCRs {
		all.Write(p.SHA256[:])
		pcrs = append(pcrs, int(p.Index))
	}
	switch {
	case q.Nonce != statement.BootNonce(b.Log):
		return message.New("the quote was made for another head of the log")
	case !slices.Equal(q.PCRs, pcrs) || q.Digest != [32]byte(all.Sum(nil)):
		return message.New("the PCRs are not those of the quote")
	case int64(q.ResetCount) != b.Resets || int64(q.RestartCount) != b.Restarts || fmt.Sprintf("%016x", q.FirmwareVersion) != b.Firmware:
		return message.New("the counts or the firmware are not those of the quote")
	}
	return nil
}

// bootIn returns the boot statement that an entry is, or nil.
func bootIn(e certify.Entry) *statement.Boot {
	if e.Statement == nil {
		return nil
	}
	b, _ := e.Statement.Body.(*statement.Boot)
	return b
}

// boots are the boot statements that count, by their entries.
type bootEntry struct{ index, resets, restarts int64 }

func (s *State) addBoot(index int64, e certify.Entry) {
	b := bootIn(e)
	if b == nil {
		return
	}
	if err := s.checkBoot(b); err != nil {
		s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Detail: message.Of("%v", err), Rule: BootRule})
		return
	}
	s.boots = append(s.boots, bootEntry{index, b.Resets, b.Restarts})
}

// checkBooted objects to a statement that names as its boot statement another one than the newest before its head that counts.
func (s *State) checkBooted(index int64, e certify.Entry) {
	if e.Statement == nil || e.ByPeople() {
		return
	}
	ref, size, newest := e.Statement.Station().Software.Boot, e.Statement.Log().Size, int64(-1)
	for _, b := range s.boots {
		if b.index < size {
			newest = b.index
		}
	}
	if ref != nil && ref.Index != newest {
		s.Chain.Problems = append(s.Chain.Problems, certify.Problem{Index: index, Rule: BootRule, Detail: message.Of("it names entry %d as its boot statement, which is not the newest one that counts", ref.Index)})
	}
}

func (s *State) packBoots(c *pack.Coder) {
	pack.Slice(c, &s.boots, func(b *bootEntry) { pack.Int(c, &b.index); pack.Int(c, &b.resets); pack.Int(c, &b.restarts) })
}

// Boot returns the index of the newest boot statement, if it was made in the boot with these counts.
func (s *State) Boot(resets, restarts uint32) (index int64, ok bool) {
	if len(s.boots) == 0 {
		return 0, false
	}
	b := s.boots[len(s.boots)-1]
	return b.index, b.resets == int64(resets) && b.restarts == int64(restarts)
}

// bootedOf is what a boot statement shows by itself.
func bootedOf(index int64, b *statement.Boot, images []Image) *Booted {
	to := &Booted{Index: index, Resets: b.Resets, Restarts: b.Restarts, PCRs: map[string]string{}, Programs: []string{}, Unexplained: []int64{}, Entries: []Span{}, NoLog: len(b.Events) == 0}
	values := map[int64]boot.Digest{}
	for _, p := range b.PCRs {
		to.PCRs[fmt.Sprint(p.Index)], values[p.Index] = hex.EncodeToString(p.SHA256[:]), boot.Digest(p.SHA256)
	}
	for _, i := range images {
		four, has := values[4]
		_, has11 := values[11]
		_, has12 := values[12]
		_, has13 := values[13]
		if has && has11 && has12 && has13 && (four == i.PCR4.Off || four == i.PCR4.On) && values[11] == i.PCR11 && values[12] == i.PCR12 && values[13] == i.PCR13 {
			to.Image = i.Name
		}
	}
	if to.NoLog {
		return to
	}
	events, err := boot.ReadLog(b.Events)
	if err != nil {
		for _, p := range b.PCRs {
			to.Unexplained = append(to.Unexplained, p.Index)
		}
		return to
	}
	given := events.Replay()
	for _, p := range b.PCRs {
		if given[p.Index] != boot.Digest(p.SHA256) {
			to.Unexplained = append(to.Unexplained, p.Index)
		}
	}
	if _, quoted := values[4]; quoted && !slices.Contains(to.Unexplained, 4) {
		for _, program := range events.Applications() {
			to.Programs = append(to.Programs, program.String())
		}
	}
	return to
}

// fillBoots says under which software the entries were signed: those that the TPM attested with the counts of a boot statement, before the counts fell.
func (r *Report) fillBoots(images []Image) error {
	r.Boots = []*Booted{}
	for _, one := range r.State.boots {
		e, _, err := r.ReadEntry(one.index)
		if err != nil {
			return err
		}
		r.Boots = append(r.Boots, bootedOf(one.index, bootIn(e.Entry), images))
	}
	if r.Attested == nil {
		return nil
	}
	epochs, life := r.Attested.Epochs, 0
	lives := make([]int, len(epochs)) // of the TPM, between two times when it was cleared
	for i, e := range epochs {
		if slices.Contains(e.Changes, ChangedCleared) {
			life++
		}
		lives[i] = life
	}
	at := func(index int64) int { // the epoch of an entry
		i, found := slices.BinarySearchFunc(epochs, index, func(e Epoch, index int64) int { return int(e.Entry - index) })
		if !found {
			i--
		}
		return i
	}
	for _, b := range r.Boots {
		own := at(b.Index)
		if own < 0 || int64(epochs[own].Resets) != b.Resets || int64(epochs[own].Restarts) != b.Restarts {
			r.Warnings = append(r.Warnings, certify.Problem{Index: b.Index, Rule: BootRule, Detail: message.Of("the boot statement was appended after the TPM was started again: it is of the boot before")})
		}
		for i, e := range epochs {
			if own < 0 || lives[i] != lives[own] || int64(e.Resets) != b.Resets || int64(e.Restarts) != b.Restarts {
				continue
			}
			end := r.Entries - 1
			if i+1 < len(epochs) {
				end = epochs[i+1].Entry - 1
			}
			if n := len(b.Entries); n > 0 && b.Entries[n-1].To == e.Entry-1 {
				b.Entries[n-1].To = end
			} else {
				b.Entries = append(b.Entries, Span{e.Entry, end})
			}
		}
	}
	return nil
}
