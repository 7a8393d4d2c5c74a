package hub

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Answer is what a station gets.
type Answer struct {
	Status fleet.Status
	ID     string   // of the log; "" if the station is not known
	Root   string   // of the request's checkpoint, in hex: where its files are uploaded
	Line   []byte   // the cosignature, with [fleet.Cosigned]
	Signed []byte   // what was cosigned last, with its cosignature; nil if nothing was, or the request was not signed by the station
	Size   int64    // of that
	Files  []string // with [fleet.FilesWanted]
	Err    error    // with all but [fleet.Cosigned]
}

// Receive answers a request, wherever it came from. files has what the mirror has not; nil stands for what was uploaded for this checkpoint. The
// error is the hub's own: the station can ask again.
func (h *Hub) Receive(ctx context.Context, body []byte, files fs.FS) (Answer, error) {
	r, err := fleet.ParseRequest(body)
	if err != nil {
		return h.refused(Answer{Status: fleet.Malformed, Err: err})
	}
	all := h.named(r.Origin())
	if len(all) == 0 {
		return h.refused(Answer{Status: fleet.Unknown, Err: message.Errorf("the roster has no station %q", r.Origin())})
	}
	for _, s := range all {
		cp, _, bad := logs.OpenCheckpoint(s.known.Identity, r.Checkpoint)
		if err = bad; err == nil {
			return h.receive(ctx, s, r, cp, files)
		}
	}
	return h.refused(Answer{Status: fleet.BadSignature, Err: err})
}

func (h *Hub) receive(ctx context.Context, s *station, r fleet.Request, cp logs.Checkpoint, files fs.FS) (Answer, error) {
	s.one.Lock()
	defer s.one.Unlock()
	a := Answer{Status: fleet.Cosigned, ID: s.id, Root: hex.EncodeToString(cp.Root[:])}
	staged := h.incoming(s.id, a.Root)
	if files == nil {
		files = durable.FS(staged)
		if _, err := os.Stat(staged); err != nil {
			files = nothing{}
		}
	}
	before, err := h.store.State(s.known)
	if err != nil {
		return a, err
	}
	if before.Size > 0 && h.index.Size(s.id) < before.Size { // an error came between the cosignature and this
		if err := h.judgeAndIndex(s, before, nil); err != nil {
			return a, err
		}
	}
	state, err := h.store.Receive(s.known, r, files)
	if s.memo != nil {
		s.memo.clear()
	}
	judged := s.taken()
	refusal := new(fleet.Refusal)
	if err != nil && !errors.As(err, &refusal) {
		h.Metrics.Errors.Add(1)
		return a, err
	}
	if err != nil {
		a.Status, a.Files, a.Err, a.Size = refusal.Status, refusal.Files, refusal.Err, before.Size
		a.Signed = before.Signed
		if refusal.Kept != "" {
			if err := h.publish(ctx, s, before); err != nil {
				return a, err
			}
		}
		if a.Status == fleet.Inconsistent { // what was uploaded is of no use
			return a, errors.Join(os.RemoveAll(staged), h.count(a))
		}
		return h.refused(a)
	}
	a.Signed, a.Size, a.Line = state.Signed, state.Size, lastLine(state.Signed)
	if err := h.publish(ctx, s, state); err != nil {
		return a, err
	}
	if state.Checkpoint != before.Checkpoint {
		h.Metrics.Entries.Add(state.Size - before.Size)
		if judged != nil { // from here on its entries are read from the mirror: a stick can be pulled
			if judged.Log, err = h.store.Mirror(s.known); err != nil {
				return a, err
			}
		}
		if err := h.judgeAndIndex(s, state, judged); err != nil {
			return a, err
		}
		if judged != nil {
			s.keep(judged, judged.Log.Identity())
		}
		h.o.Log.Info("cosigned", "station", s.Identity.Origin, "size", state.Size, "new", state.Size-before.Size)
	}
	return a, errors.Join(os.RemoveAll(filepath.Dir(staged)), h.count(a))
}

func (h *Hub) refused(a Answer) (Answer, error) { return a, h.count(a) }

func (h *Hub) count(a Answer) error {
	h.Metrics.answered(a.Status)
	if a.Err != nil && a.Status != fleet.FilesWanted {
		h.o.Log.Warn("refused", "status", int(a.Status), "log", a.ID, "why", a.Err)
	}
	return nil
}

// lastLine is the cosignature, which is the last line of what was cosigned.
func lastLine(signed []byte) []byte {
	text := bytes.TrimSuffix(signed, []byte("\n"))
	return append(bytes.Clone(text[bytes.LastIndexByte(text, '\n')+1:]), '\n')
}

// nothing has no files.
type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ErrNotWanted refuses a file that no request waits for.
var ErrNotWanted = message.New("no request waits for this file")

// Want lets the files of a request be uploaded, whose answer was [fleet.FilesWanted]: that the station has signed it was verified. The files
// of one request of each station are waited for; what was uploaded for others is removed, so that a station cannot fill the disk with requests that it
// never ends.
func (h *Hub) Want(a Answer) error {
	s := h.byID[a.ID]
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := os.ReadDir(filepath.Dir(h.incoming(a.ID, a.Root)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range list {
		if f.Name() != a.Root {
			if err := os.RemoveAll(h.incoming(a.ID, f.Name())); err != nil {
				return err
			}
		}
	}
	s.root, s.wanted = a.Root, map[string]bool{}
	for _, name := range a.Files {
		s.wanted[name] = true
	}
	return os.MkdirAll(h.incoming(a.ID, a.Root), 0o700)
}

// Upload keeps a file that a request waits for. It is verified with the request.
func (h *Hub) Upload(id, root, name string, data []byte) error {
	if !h.Wants(id, root, name) {
		return ErrNotWanted
	}
	path := filepath.Join(h.incoming(id, root), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(path, data, 0o600)
}

// Wants reports whether the newest request of a station waits for a file.
func (h *Hub) Wants(id, root, name string) bool {
	s := h.byID[id]
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return root == s.root && s.wanted[name]
}

// taken returns what the log says as the request was judged, nil if nothing was new, and forgets it.
func (s *station) taken() (state *audit.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, s.judged = s.judged, nil
	return state
}

// Cosigned returns what was cosigned last of a log.
func (h *Hub) Cosigned(id string) ([]byte, error) {
	s := h.byID[id]
	if s == nil {
		return nil, fs.ErrNotExist
	}
	state, err := h.store.State(s.known)
	if err == nil && state.Size == 0 {
		err = fs.ErrNotExist
	}
	return state.Signed, err
}
