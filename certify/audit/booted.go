package audit

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"rasure/certify"
	"rasure/certify/boot"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Booted is what a boot statement shows: what the firmware measured when the machine was started.
type Booted struct {
	Index       int64             `json:"index"`
	Resets      int64             `json:"reset_count"`
	Restarts    int64             `json:"restart_count"`
	PCRs        map[string]string `json:"pcrs"`                           // by number
	Programs    []string          `json:"programs"`                       // Authenticode hashes of what the firmware started, if the event log explains PCR 4
	Unexplained []int64           `json:"unexplained"`                    // PCRs that the event log does not give: something else extended them, or it is not the log of this boot; 4 if it has an event that is neither a program nor words
	Unnamed     bool              `json:"unnamed_event,omitempty"`        // the log gives PCR 4, with an event that is neither a program nor words
	Unreadable  bool              `json:"event_log_unreadable,omitempty"` // and so explains no PCR
	NoLog       bool              `json:"no_event_log"`                   // no event log was replayed: EventLog says why
	EventLog    string            `json:"event_log"`                      // where it is, one of the EventLog constants
	File        string            `json:"event_log_file,omitempty"`
	Image       string            `json:"image,omitempty"`
	Entries     []Span            `json:"entries"` // that the TPM attested in this boot
}

// Where the event log of a boot statement is.
const (
	EventLogInEntry = "entry"
	EventLogKept    = "evidence" // in a file that the station kept
	EventLogMissing = "missing"  // not among the files that were kept
	EventLogChanged = "changed"  // a file has its name, and is not the one that was signed for
	EventLogNotRead = "not-read" // the files that the station kept are not at hand
)

// Span is a run of entries.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Image is one that an auditor approves.
type Image struct {
	Name string
	*boot.Prediction
	ByShim []boot.Digest // what PCR 4 may be besides, if a program starts the image that the auditor approves too, such as shim
}

// gives reports whether a boot of the image gives these PCRs, which must be there.
func (i Image) gives(values map[int64]boot.Digest) bool {
	four, has := values[4]
	for n, want := range map[int64]boot.Digest{11: i.PCR11, 12: i.PCR12, 13: i.PCR13} {
		is, there := values[n]
		has = has && there && is == want
	}
	return has && (four == i.PCR4.Off || four == i.PCR4.On || slices.Contains(i.ByShim, four))
}

// EventLogFile is the name of the file in which a station keeps an event log that is too long for an entry, by its SHA-256.
func EventLogFile(sum statement.Hash) string { return "boot-" + sum.String() + ".eventlog" }

// bootedOf is what a boot statement shows by itself. evidence has the files that the station kept; nil if they are not at hand.
func bootedOf(index int64, b *statement.Boot, evidence fs.FS, images []Image) (*Booted, error) {
	to := &Booted{Index: index, Resets: b.Resets, Restarts: b.Restarts, PCRs: map[string]string{}, Programs: []string{}, Unexplained: []int64{}, Entries: []Span{}}
	values := map[int64]boot.Digest{}
	for _, p := range b.PCRs {
		to.PCRs[fmt.Sprint(p.Index)], values[p.Index] = hex.EncodeToString(p.SHA256[:]), boot.Digest(p.SHA256)
	}
	for _, i := range images {
		if i.gives(values) {
			to.Image = i.Name
		}
	}
	raw, err := to.eventLog(b, evidence)
	if to.NoLog = raw == nil; to.NoLog {
		return to, err
	}
	events, err := boot.ReadLog(raw)
	if err != nil {
		to.Unreadable = true
		for _, p := range b.PCRs {
			to.Unexplained = append(to.Unexplained, p.Index)
		}
		return to, nil
	}
	given := events.Replay()
	programs, complete := events.Applications()
	for _, p := range b.PCRs {
		is := given[p.Index] == boot.Digest(p.SHA256)
		unnamed := is && p.Index == 4 && !complete
		if !is || unnamed {
			to.Unexplained = append(to.Unexplained, p.Index)
		}
		to.Unnamed = to.Unnamed || unnamed
	}
	if _, quoted := values[4]; quoted && !slices.Contains(to.Unexplained, 4) {
		for _, program := range programs {
			to.Programs = append(to.Programs, program.String())
		}
	}
	return to, nil
}

// eventLog returns the event log of a boot statement, and states where it is; nil if it is not there.
func (to *Booted) eventLog(b *statement.Boot, evidence fs.FS) ([]byte, error) {
	if to.EventLog = EventLogInEntry; len(b.Events) > 0 {
		return b.Events, nil
	}
	to.File = EventLogFile(b.EventHash)
	if to.EventLog = EventLogNotRead; evidence == nil {
		return nil, nil
	}
	found, err := findEvidence(evidence, certify.File{Name: to.File, SHA256: b.EventHash.String()})
	var changed *Failure
	switch {
	case errors.As(err, &changed):
		to.EventLog = EventLogChanged
		return nil, nil
	case err != nil:
		return nil, err
	case found == nil:
		to.EventLog = EventLogMissing
		return nil, nil
	}
	to.EventLog = EventLogKept
	file, err := found.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, boot.MaxLog+1)) // boot.ReadLog refuses what is longer
}

// fillBoots says under which software the entries were signed: those that the TPM attested with the counts of a boot statement, before the counts fell.
func (r *Report) fillBoots(o Options) error {
	r.Boots = []*Booted{}
	for _, one := range r.State.boots {
		e, _, err := r.ReadEntry(one.index)
		if err != nil {
			return err
		}
		b, err := bootedOf(one.index, bootIn(e.Entry), o.Evidence, o.Images)
		if err != nil {
			return err
		}
		r.Boots = append(r.Boots, b)
		switch b.EventLog {
		case EventLogChanged:
			r.Problems = append(r.Problems, register.Violation{Index: b.Index, Rule: BootRule, Detail: message.Of("the event log, file %s, is not the one that was signed for", b.File), Entries: []int64{}})
		case EventLogMissing:
			r.Warnings = append(r.Warnings, certify.Problem{Index: b.Index, Rule: BootRule, Detail: message.Of("the event log, file %s, is not among the files that the station kept", b.File)})
		}
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
