package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/devices"
)

// watch prints the list of disks, and again whenever it has changed, until ctx ends, which is how a watch ends. It then
// fails if the last look could not see everything.
func (a *app) watch(ctx context.Context) error {
	h := a.liveHost()
	w := &watcher{app: a}
	err := h.Watch(ctx, func() error {
		all, failed := look(h)
		if failed != nil {
			all, failed = look(h) // a disk that is pulled out in the middle of a look is an error, once
		}
		return w.show(all, failed)
	})
	if err == nil && w.failed != nil {
		return fault.Printed(w.failed)
	}
	return err
}

// watcher knows what was shown last.
type watcher struct {
	*app
	signs  map[string]string // by name and disk sequence, what a change is seen by; nil before the first list
	failed error             // of the last look
}

// show prints the list if it is not what was shown last. One that is not whole is shown to people only, with the reason on
// stderr: a program could not tell it from one in which a disk is gone.
func (w *watcher) show(all []listed, failed error) error {
	again := fmt.Sprint(failed) == fmt.Sprint(w.failed)
	if w.failed = failed; failed != nil {
		if !again {
			w.note("rasure: %v\n", failed)
		}
		if w.json {
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
	what := differences(w.signs, signs)
	if w.signs != nil && again && what == "" {
		return nil
	}
	if w.signs == nil {
		what = ""
	}
	w.signs = signs
	if w.json {
		enc := json.NewEncoder(w.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(all)
	}
	if failed != nil {
		what = ": not all could be looked at" // what is missing may be there
	}
	w.printf("%s%s\n", now().Format(time.RFC3339), what)
	if err := w.printTable(all); err != nil {
		return err
	}
	w.printf("\n")
	return nil
}

// sign is what is shown of a disk, but for one thing: a disk that is in use anyhow is open or is read at one moment and
// not at the next, all day long.
func (w *watcher) sign(d listed) (string, error) {
	lasting := slices.DeleteFunc(slices.Clone(d.Hazards), func(h devices.Hazard) bool { return h.Kind == devices.Busy })
	if len(lasting) > 0 {
		d.Hazards = lasting
	}
	if !w.json {
		return d.row(), nil
	}
	b, err := json.Marshal(d)
	return string(b), err
}

// differences says in words in what one list differs from the one before: ": new sdb, gone sdc, changed sda".
func differences(before, after map[string]string) string {
	words := []string{}
	for disk, sign := range after {
		name, _, _ := strings.Cut(disk, " ")
		if was, known := before[disk]; !known {
			words = append(words, "new "+name)
		} else if was != sign {
			words = append(words, "changed "+name)
		}
	}
	for disk := range before {
		if _, there := after[disk]; !there {
			name, _, _ := strings.Cut(disk, " ")
			words = append(words, "gone "+name)
		}
	}
	if len(words) == 0 {
		return ""
	}
	slices.Sort(words)
	return ": " + strings.Join(words, ", ")
}
