package intake

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
)

// world is a bench at which things happen by chance. It remembers every look, to judge the mode by.
type world struct {
	r       *rand.Rand
	seq     int
	at      map[string]Seen // by port
	pulled  []string        // identities of disks that lie on the bench
	time    time.Time
	history []moment
	armed   []Seen
	forbids []devices.Disk // refused, held, or taken by somebody
	erased  map[string]bool
	started map[string]bool
}

type moment struct {
	at       time.Time
	disks    []Seen
	complete bool
}

func (w *world) one(n int) bool { return w.r.IntN(n) == 0 }

// step does one thing.
func (w *world) step() {
	w.time = w.time.Add(time.Duration(w.r.IntN(25_000)) * time.Millisecond)
	ports := []string{"ata 1", "ata 2", "ata 3", "usb 1-1"}
	port := ports[w.r.IntN(len(ports))]
	d, there := w.at[port]
	switch {
	case there && w.one(3): // pull
		delete(w.at, port)
		w.pulled = append(w.pulled, d.Serial)
	case there && w.one(4):
		if len(d.Hazards) > 0 {
			d.Hazards = nil
		} else {
			d.Hazards = []devices.Hazard{{Kind: devices.Mounted, Detail: message.Of("it is mounted")}}
		}
		w.at[port] = d
	case there && w.one(6):
		d.Busy = !d.Busy
		w.at[port] = d
	case !there && w.one(2):
		w.seq++
		serial := fmt.Sprint("S", w.seq)
		if len(w.pulled) > 0 && w.one(2) {
			serial = w.pulled[w.r.IntN(len(w.pulled))]
		} else if w.one(12) {
			serial = ""
		}
		d = disk(fmt.Sprint("k", w.seq), port, serial)
		d.Examined = !w.one(10)
		if w.one(6) {
			d.Medium, d.Approved = "M", w.one(2)
		}
		w.at[port] = d
	}
}

func (w *world) disks() (all []Seen) {
	for _, d := range w.at {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Seen) int { return strings.Compare(a.Key, b.Key) })
	return all
}

func (w *world) forbid(d devices.Disk)  { w.forbids = append(w.forbids, d) }
func sameSerial(a, b devices.Disk) bool { return a.Serial == b.Serial && a.Serial != "" }
func has(disks []Seen, key string) int {
	return slices.IndexFunc(disks, func(d Seen) bool { return d.Key == key })
}
func (w *world) wasArmed(d devices.Disk) bool {
	return slices.ContainsFunc(w.armed, func(o Seen) bool { return sameSerial(o.Disk, d) })
}

// wrong returns what forbids a start by what was seen; "" if nothing does. It is written independently of the mode, from the history.
func (w *world) wrong(s Start) string {
	if w.started[s.Key] {
		return "it was started before"
	}
	now := w.history[len(w.history)-1]
	i := has(now.disks, s.Key)
	if i < 0 || !now.complete {
		return "it is not there, or the look was incomplete"
	}
	d := now.disks[i]
	switch {
	case has(w.armed, d.Key) >= 0, w.wasArmed(d.Disk):
		return "it was there at the beginning"
	case len(d.Hazards) > 0, !d.Examined, d.Busy, d.Medium != "" && !d.Approved, d.Serial == "":
		return "it is unfit"
	case d.Port != "ata 1" && d.Port != "ata 2" || d.Port != s.Bay.Port:
		return "it is in no bay for it"
	case slices.ContainsFunc(w.forbids, func(o devices.Disk) bool { return sameSerial(o, d.Disk) }):
		return "it was refused or held"
	}
	arrival := slices.IndexFunc(w.history, func(m moment) bool { return has(m.disks, d.Key) >= 0 })
	arrived := w.history[arrival].at
	if now.at.Sub(arrived) < 30*time.Second {
		return "its countdown lasts"
	}
	for _, m := range w.history[arrival:] {
		if m.complete && has(m.disks, d.Key) < 0 {
			return "it was away"
		}
		if i := has(m.disks, d.Key); i >= 0 && m.complete && m.disks[i].Busy {
			return "somebody had it in hand"
		}
	}
	// Who left less than a minute before it came, and under another identity?
	last := map[string]Seen{}
	for _, o := range w.armed {
		last[o.Key] = o
	}
	for n, m := range w.history[:arrival+1] {
		if !m.complete {
			for _, o := range m.disks {
				last[o.Key] = o
			}
			continue
		}
		for key, o := range last {
			if has(m.disks, key) >= 0 {
				continue
			}
			delete(last, key)
			if arrived.Sub(m.at) < time.Minute && !sameSerial(o.Disk, d.Disk) && !w.erased[key] && (o.Port == d.Port || w.wasArmed(o.Disk)) {
				return fmt.Sprintf("%s left at look %d, less than a minute before", key, n)
			}
		}
		for _, o := range m.disks {
			last[o.Key] = o
		}
	}
	return ""
}

// TestProperties lets thousands of things happen at a bench, and judges every start by the history alone.
func TestProperties(t *testing.T) {
	t.Parallel()
	starts, refusals := 0, 0
	for seed := range uint64(300) {
		w := &world{r: rand.New(rand.NewPCG(seed, 1)), at: map[string]Seen{}, time: t0, erased: map[string]bool{}, started: map[string]bool{}}
		for range 6 {
			w.step()
		}
		w.armed = w.disks()
		m := Arm(named, w.armed)
		for range 120 {
			w.step()
			now := moment{w.time, w.disks(), !w.one(8)}
			if !now.complete && len(now.disks) > 0 {
				now.disks = slices.Delete(now.disks, 0, 1)
			}
			w.history = append(w.history, now)
			start, refused := m.Look(now.at, now.disks, now.complete)
			for _, s := range start {
				if why := w.wrong(s); why != "" {
					t.Fatalf("seed %d, look %d: %s is started, and %s", seed, len(w.history), s.Key, why)
				}
				w.started[s.Key] = true
				if w.one(2) {
					w.erased[s.Key] = true
					m.Erased(s.Key)
				}
			}
			for _, r := range refused {
				w.forbid(r.Disk)
			}
			for _, c := range m.Starting() {
				if w.one(30) && m.Hold(c.Key) {
					w.forbid(c.disk)
				}
			}
			starts, refusals = starts+len(start), refusals+len(refused)
		}
	}
	if starts < 200 || refusals < 200 {
		t.Errorf("%d starts and %d refusals: too few to say anything", starts, refusals)
	}
}
