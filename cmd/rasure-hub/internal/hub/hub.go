// Package hub decides what a hub answers: it is the witness of many stations, keeps their mirrors, judges every entry when it arrives, and finds
// certificates. It speaks no protocol: HTTP and a stick call the same functions.
//
//	DIR/hub.key       the keys
//	DIR/store/        mirrors and evidence, see package logs/fleet
//	DIR/fleet/        the fleet log
//	DIR/added/        what is in the fleet log already
//	DIR/index/        derived from the mirrors
//	DIR/states/       derived from the mirrors: what each log says, so that only what is new has to be verified
//	DIR/findings/     what is wrong with each log, and what two of them have
//	DIR/incoming/     files that were uploaded and not verified yet
package hub

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/fleetlog"
	"rasure/cmd/rasure-hub/internal/keys"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Options are what a hub needs.
type Options struct {
	Dir      string
	Stations []*roster.Station
	Now      func() time.Time
	Log      *slog.Logger
	Wait     time.Duration                      // the longest wait for another hub in this directory
	Fault    func(call, name string) error      // see [durable.Dir]; tests set it
	Added    func(kind, id string) (stop error) // called after an entry was added to the fleet log; tests set it
}

// Hub is a hub that is open. Its methods may be called concurrently.
type Hub struct {
	o        Options
	keys     *keys.Keys
	store    *fleet.Store
	log      *fleetlog.Log
	stations []*station
	byID     map[string]*station
	index    *fleet.Index

	judging sync.Mutex // held while the findings of a station are changed

	mu      sync.Mutex // guards alarms
	alarms  []Alarm
	Metrics Metrics
}

// Open opens the hub in a directory that has its keys, and finishes what a crash has left.
func Open(ctx context.Context, o Options) (_ *Hub, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h, err := openStore(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	for _, name := range []string{"added", "findings", "incoming", "states"} {
		if err := durable.Open(o.Dir).WriteFile(name+"/README", []byte("This directory belongs to rasure-hub.\n")); err != nil {
			return nil, err
		}
	}
	if h.index, err = fleet.OpenIndex(filepath.Join(o.Dir, "index")); err != nil {
		return nil, err
	}
	dir, err := filepath.EvalSymlinks(o.Dir) // Tessera takes no link for a directory, and systemd makes one of DynamicUser's
	if err != nil {
		return nil, err
	}
	if h.log, err = fleetlog.Open(ctx, fleetlog.Options{Place: filepath.Join(dir, "fleet"), Signer: h.keys.Log}); err != nil {
		return nil, err
	}
	for _, s := range h.stations {
		if err := h.catchUp(ctx, s); err != nil {
			return nil, message.Errorf("%s: %w", s.Identity.Origin, err)
		}
	}
	return h, nil
}

// openStore opens what the hub has of the stations, and reads nothing of it.
func openStore(o Options) (h *Hub, err error) {
	h = &Hub{o: o, byID: map[string]*station{}}
	if h.keys, err = keys.Read(o.Dir); errors.Is(err, fs.ErrNotExist) {
		return nil, message.Errorf("%s is not the directory of a hub: make one with rasure-hub init %s --name NAME", o.Dir, o.Dir)
	}
	if err != nil {
		return nil, err
	}
	h.store, err = fleet.Open(filepath.Join(o.Dir, "store"), fleet.Options{Cosigner: h.keys.Cosigner, Sign: h.keys.Sign, Now: o.Now, Wait: o.Wait, Fault: o.Fault})
	if err != nil {
		return nil, err
	}
	for _, r := range o.Stations {
		s := newStation(h, r)
		h.stations, h.byID[s.id] = append(h.stations, s), s
	}
	return h, nil
}

// Close closes the store and the fleet log.
func (h *Hub) Close() error {
	var errs []error
	if h.log != nil {
		errs = append(errs, h.log.Close())
	}
	if h.index != nil {
		errs = append(errs, h.index.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

// Keys returns the hub's keys.
func (h *Hub) Keys() *keys.Keys { return h.keys }

// find returns the stations whose log has an origin.
func (h *Hub) named(origin string) (all []*station) {
	for _, s := range h.stations {
		if s.known.Identity.Origin == origin {
			all = append(all, s)
		}
	}
	return all
}

// Alarm is something that a person has to look at.
type Alarm struct {
	At      time.Time    `json:"at"`
	Kind    string       `json:"kind"`
	Station string       `json:"station"`
	Detail  message.Text `json:"detail"`
}

// alarm raises an alarm: in the log of the process, in the status, and in the metrics.
func (h *Hub) alarm(kind, station string, detail message.Text) {
	h.o.Log.Error("alarm", "kind", kind, "station", station, "detail", detail.String())
	h.Metrics.Alarms.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alarms = append(h.alarms, Alarm{h.o.Now().UTC(), kind, station, detail})
	if len(h.alarms) > 1000 { // what they are about is kept elsewhere
		h.alarms = h.alarms[len(h.alarms)-1000:]
	}
}

// Alarms returns the newest alarms since the hub was opened.
func (h *Hub) Alarms() []Alarm {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Alarm{}, h.alarms...)
}

// catchUp adds to the fleet log and to the index what a crash has kept out of them, and judges what was not judged.
func (h *Hub) catchUp(ctx context.Context, s *station) error {
	state, err := h.store.Recover(s.known)
	if err != nil {
		return err
	}
	if err := h.publish(ctx, s, state); err != nil {
		return err
	}
	if state.Size == 0 {
		return nil
	}
	return h.judgeAndIndex(s, state, nil)
}

// publish adds to the fleet log what is cosigned and kept and not in it yet, and raises an alarm for what was kept. After a crash an entry may be in it twice.
// A checkpoint that somebody sends again raises no second alarm.
func (h *Hub) publish(ctx context.Context, s *station, state fleet.State) error {
	if state.Size > 0 {
		if _, err := h.publishOnce(ctx, s, "cosigned", "cosigned", state.Text(), state.Signed); err != nil {
			return err
		}
	}
	all, err := h.store.Evidence(s.known)
	if err != nil {
		return err
	}
	for _, e := range all {
		name := filepath.Base(e.Path)
		added, err := h.publishOnce(ctx, s, string(e.Kind), name, name, e.Signed)
		if err != nil {
			return err
		}
		if added {
			h.alarm(string(e.Kind), s.Identity.Origin, message.Of("a checkpoint that the station has signed does not fit what was cosigned: %s", e.Path))
		}
	}
	return nil
}

// publishOnce adds an entry unless the file of that name says that it is in the log.
func (h *Hub) publishOnce(ctx context.Context, s *station, kind, name, text string, checkpoint []byte) (added bool, err error) {
	path := "added/" + s.id + "." + name
	if have, err := os.ReadFile(filepath.Join(h.o.Dir, path)); err == nil && string(have) == text {
		return false, nil
	}
	index, err := h.log.Add(ctx, fleetlog.Entry(kind, s.id, checkpoint))
	if err != nil {
		return false, err
	}
	h.o.Log.Info("added to the fleet log", "kind", kind, "station", s.known.Identity.Origin, "index", index)
	if h.o.Added != nil {
		if err := h.o.Added(kind, s.id); err != nil {
			return false, err
		}
	}
	return true, h.files().WriteFile(path, []byte(text))
}

// files opens the directory of the hub for writing.
func (h *Hub) files() *durable.Dir {
	d := durable.Open(h.o.Dir)
	d.Fault = h.o.Fault
	return d
}

// incoming is where files of a request are that were uploaded.
func (h *Hub) incoming(id, root string) string { return filepath.Join(h.o.Dir, "incoming", id, root) }
