package station

import (
	"rasure/certify"
	"rasure/cmd/message"
)

// About is what a station is, and where. It is JSON of [rasure station show].
type About struct {
	Name       string        `json:"name"`
	KeySHA256  string        `json:"key_sha256"`
	Key        string        `json:"key"` // tpm or software
	Assurance  string        `json:"assurance"`
	Counter    *CounterState `json:"counter,omitempty"` // of a key in a TPM
	Bound      *Bound        `json:"bound,omitempty"`   // of a bound key
	Entries    int64         `json:"entries"`
	LogVersion int           `json:"log_version"` // of the statements that the log takes: 1 or 2
	Directory  string        `json:"directory"`
	FreeBytes  int64         `json:"free_bytes"`         // for what the station writes
	Volatile   string        `json:"volatile,omitempty"` // file system of the directory, if it does not last: tmpfs, ramfs or overlay

	Warnings []message.Text `json:"warnings"`
}

// CounterState is the TPM's counter.
type CounterState struct {
	Index uint32 `json:"nv_index"`
	Base  uint64 `json:"base"`
	Value uint64 `json:"value"`
}

// lowSpace is what some ten thousand certificates need.
const lowSpace = 64 << 20

// About describes an open station.
func (s *Station) About() (*About, error) {
	version2, err := s.Version2()
	if err != nil {
		return nil, err
	}
	a := &About{Name: s.Name(), KeySHA256: s.sum, Key: s.state.Key, Assurance: s.Assurance(), Entries: s.log.Size(), LogVersion: 1, Directory: s.dir, Warnings: []message.Text{}}
	if version2 {
		a.LogVersion = 2
		if a.Assurance, err = s.assuranceAt(a.Entries); err != nil {
			return nil, err
		}
	}
	if c := s.counterState(); c != nil {
		value, err := s.counter.Read()
		if err != nil {
			return nil, err
		}
		a.Counter = &CounterState{Index: c.Index, Base: c.Base, Value: value}
	}
	if a.Bound, err = s.Bound(); err != nil {
		return nil, err
	}
	if a.Bound != nil && !a.Bound.Approved {
		a.Warnings = append(a.Warnings, a.Bound.Why)
	}
	if a.FreeBytes, a.Volatile, err = place(s.dir); err != nil {
		return nil, err
	}
	if s.Assurance() == certify.Software {
		a.Warnings = append(a.Warnings, message.Of("this is a software key: everybody who can read %s can sign, and nobody notices a log that was cut back", s.Path(SoftwareKeyFile)))
	}
	switch a.Volatile {
	case "tmpfs", "ramfs":
		a.Warnings = append(a.Warnings, message.Of("%s is in memory (%s): when the machine is switched off, the key, the log and all open jobs are lost", s.dir, a.Volatile))
	case "overlay":
		a.Warnings = append(a.Warnings, message.Of("%s is on an overlay, as in a live system or a container: the key, the log and all open jobs are lost if its upper layer is", s.dir))
	}
	if a.FreeBytes < lowSpace {
		a.Warnings = append(a.Warnings, message.Of("%s has %d bytes of free space left", s.dir, a.FreeBytes))
	}
	return a, nil
}
