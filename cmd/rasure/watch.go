package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
)

// runWatch prints the list of disks, and again whenever it has changed, until ctx ends, which is the normal end of a watch. It then
// fails if the last list was incomplete.
func (a *app) runWatch(ctx context.Context) error {
	h := a.liveHost()
	w := &watcher{app: a}
	err := h.Watch(ctx, func() error {
		all, failed := view.List(h)
		if failed != nil {
			all, failed = view.List(h) // a disk that is pulled out in the middle of a listing is an error, once
		}
		return w.show(all, failed)
	})
	if err == nil && w.failed != nil {
		return fault.Printed(w.failed)
	}
	return err
}

// watcher keeps what was shown last.
type watcher struct {
	*app
	signs  map[string]string // by name and disk sequence, what a change is seen by; nil before the first list
	failed error             // of the last listing
}

// show prints the list if it differs from the last one. An incomplete list is shown to people only, with the reason on stderr: a
// program could not distinguish it from one in which a disk is gone.
func (w *watcher) show(all []view.Disk, failed error) error {
	again := fmt.Sprint(failed) == fmt.Sprint(w.failed)
	if w.failed = failed; failed != nil {
		if !again {
			w.Note("rasure: %v\n", failed)
		}
		if w.JSON {
			return nil
		}
	}
	signs, err := view.Signs(all, w.JSON)
	if err != nil {
		return err
	}
	changes := view.Changes(w.signs, signs)
	if w.signs != nil && again && len(changes) == 0 {
		return nil
	}
	first := w.signs == nil
	w.signs = signs
	if w.JSON {
		enc := json.NewEncoder(w.Out)
		enc.SetEscapeHTML(false)
		return enc.Encode(all)
	}
	at := now().Format(time.RFC3339)
	switch {
	case failed != nil: // a disk that is missing may be there
		w.Printf("%s: not all disks could be examined\n", at)
	case first || len(changes) == 0:
		w.Printf("%s\n", at)
	default:
		w.Printf("%s: %s\n", at, view.Phrases(changes))
	}
	view.PrintList(&w.Console, all)
	w.Printf("\n")
	return nil
}
