package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
)

// runWatch prints the list of disks, and again whenever it has changed, until ctx ends, which is the normal end of a watch. It then
// fails if the last list was incomplete.
func (a *app) runWatch(ctx context.Context) error {
	h := a.liveHost()
	w := &watcher{app: a}
	err := h.Watch(ctx, func() error {
		all, failed := listDisks(h)
		if failed != nil {
			all, failed = listDisks(h) // a disk that is pulled out in the middle of a listing is an error, once
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
func (w *watcher) show(all []listResult, failed error) error {
	again := fmt.Sprint(failed) == fmt.Sprint(w.failed)
	if w.failed = failed; failed != nil {
		if !again {
			w.Note("rasure: %v\n", failed)
		}
		if w.JSON {
			return nil
		}
	}
	signs := map[string]string{}
	for _, d := range all {
		sign, err := w.sign(d)
		if err != nil {
			return err
		}
		signs[fmt.Sprintf("%s %d", d.Name, d.Seq)] = sign
	}
	changes := differences(w.signs, signs)
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
		w.Printf("%s: %s\n", at, phrases(changes))
	}
	w.printList(all)
	w.Printf("\n")
	return nil
}

// phrases is a list of them, as one text.
func phrases(all []message.Text) message.Text {
	format, args := []string{}, []any{}
	for _, t := range all {
		format, args = append(format, "%s"), append(args, t)
	}
	return message.Text{Format: strings.Join(format, ", "), Args: args}
}

// sign is what is shown of a disk, without one thing: a disk that is in use anyway is open or is read at one moment and not at the
// next, all day long.
func (w *watcher) sign(d listResult) (string, error) {
	keep := slices.DeleteFunc(slices.Clone(d.Hazards), func(h devices.Hazard) bool { return h.Kind == devices.Busy })
	if len(keep) > 0 {
		d.Hazards = keep
	}
	if !w.JSON {
		return strings.Join(d.row(message.English), "\t"), nil
	}
	b, err := json.Marshal(d)
	return string(b), err
}

// differences lists how one list differs from the one before: "changed sda", "gone sdc", "new sdb".
func differences(before, after map[string]string) []message.Text {
	all := []message.Text{}
	for disk, sign := range after {
		name, _, _ := strings.Cut(disk, " ")
		if was, known := before[disk]; !known {
			all = append(all, message.Of("new %s", name))
		} else if was != sign {
			all = append(all, message.Of("changed %s", name))
		}
	}
	for disk := range before {
		if _, there := after[disk]; !there {
			name, _, _ := strings.Cut(disk, " ")
			all = append(all, message.Of("gone %s", name))
		}
	}
	slices.SortFunc(all, func(a, b message.Text) int { return strings.Compare(a.String(), b.String()) })
	return all
}
