package hub

import (
	"time"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Repair writes the mirror of a station again from a directory with its log, such as an export, which has at least what was cosigned. It does not need a hub
// that [Open] opens: a hub whose index is lost reads its mirrors when it starts, and refuses to start with one that is damaged.
func Repair(o Options, name, dir string) (entries int64, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	h, err := openStore(o)
	if err != nil {
		return 0, err
	}
	defer h.Close()
	all := h.named(name)
	if len(all) != 1 {
		return 0, message.Errorf("the roster has %d stations %q", len(all), name)
	}
	state, err := h.store.Repair(all[0].known, durable.FS(dir))
	return state.Size, err
}
