package bench

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/wipe"
)

// Model is the screen: what the server said last, where the cursor is, and what the technician has chosen. Only its own Update changes it.
type Model struct {
	ctx     context.Context
	o       Options
	service jobs.Service
	look    look
	zone    *time.Location
	after   func(time.Duration, func(time.Time) tea.Msg) tea.Cmd // [tea.Tick]; a test has its own

	width, height int
	state         jobs.State
	known         bool  // a state has come
	lost          error // of the connection; nil while there is one

	order   []string // keys of the rows, in their order on the screen
	disks   map[string]*jobs.Disk
	jobs    map[string]*jobs.Job // by the key of the row
	over    map[string]time.Time // by the key of the row: since when its outcome is on the screen
	cursor  string               // key of the highlighted row; "" if it left
	top     int                  // the first row that is shown
	chosen  map[string]*choice   // by the key of the row
	filter  string
	plan    jobs.Options
	origin  job.Origin  // of the next disks
	private job.Private // of them
	again   bool        // interrupted jobs are not resumed but begun again

	typed  line
	held   string    // a letter that is a command, unless another one follows at once
	holds  int       // counts them
	ended  time.Time // of the last line
	note   message.Text
	urgent bool  // the note is about a mistake
	cover  cover // what is shown instead of the list, or below it; nil: nothing
}

// choice is a disk that will be erased once it is confirmed.
type choice struct {
	scanned bool // its own word selected it
	how     jobs.How
	medium  string  // number in the register that the technician gave; "": that of the row, if any
	own     job.Own // in place of the plan
	asset   string  // of this disk
	host    string  // the computer that it was in
	note    string  // "": that of the plan
}

// cover is a dialogue in front of the list.
type cover interface {
	// key takes a key by its name, such as "enter", or a command.
	key(m *Model, name string) tea.Cmd
	// command reports whether a character that comes alone is a command, which then comes to key; all others begin a line.
	command(s string) bool
	// entered takes a whole line.
	entered(m *Model, s string, how jobs.How) tea.Cmd
	// lines returns what is shown in so many lines.
	lines(m *Model, width, height int) []string
	// keys are the keys that work now.
	keys(m *Model) []message.Text
	// whole reports that nothing of the list is shown.
	whole() bool
}

func newModel(ctx context.Context, o Options, s jobs.Service) *Model {
	m := &Model{ctx: ctx, o: o, service: s, zone: time.Local, after: tea.Tick, disks: map[string]*jobs.Disk{}, jobs: map[string]*jobs.Job{},
		chosen: map[string]*choice{}, plan: o.Batch}
	var forced bool
	if m.look, forced = lookFor(o.Lang, o.Getenv); forced {
		m.say("This console has no Chinese characters: the screen is in English")
	}
	return m
}

// beatMsg comes every second, for the clock and what counts down.
type beatMsg struct{}

func (m *Model) beat() tea.Cmd {
	return m.after(time.Second, func(time.Time) tea.Msg { return beatMsg{} })
}

// Init begins the beat.
func (m *Model) Init() tea.Cmd { return m.beat() }

// doneMsg is how something that the technician asked for ended.
type doneMsg struct {
	text message.Text // what to say; zero: nothing
	err  error
}

// Update takes a key, what the server says, or how a request ended.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case beatMsg:
		return m, m.beat()
	case stateMsg:
		return m, m.take(msg.State)
	case lostMsg:
		m.lost = msg.err
		if e, ok := m.cover.(*erase); ok {
			e.disconnected(m)
		}
	case onlineMsg:
		m.service, m.lost = msg.Service, nil
	case heldMsg:
		return m, m.waited(msg)
	case tea.KeyPressMsg:
		return m, m.press(msg.Text, msg.String())
	case tea.PasteMsg:
		return m, m.paste(msg.Content)
	case doneMsg:
		return m, m.done(msg)
	case preparedMsg:
		return m, msg.erase.prepared(m, msg)
	case confirmedMsg:
		return m, msg.erase.confirmed(m, msg)
	case startedMsg:
		return m, msg.erase.started(m, msg)
	case pageMsg:
		if p, ok := m.cover.(*pager); ok && p.wants == msg.index {
			p.fill(msg)
		}
	}
	return m, nil
}

func (m *Model) done(d doneMsg) tea.Cmd {
	if d.err != nil {
		return m.fail(d.err)
	}
	if !d.text.IsZero() {
		m.note, m.urgent = d.text, false
	}
	return nil
}

// ask has the server do something, and reports how it ended.
func (m *Model) ask(said message.Text, f func(context.Context, jobs.Service) error) tea.Cmd {
	if m.lost != nil {
		return m.refuse("There is no connection to the job server")
	}
	ctx, s := m.ctx, m.service
	return func() tea.Msg { return doneMsg{said, f(ctx, s)} }
}

func (m *Model) say(format string, args ...any) {
	m.note, m.urgent = message.Of(format, args...), false
}

// refuse says why nothing happened, and beeps.
func (m *Model) refuse(format string, args ...any) tea.Cmd {
	m.note, m.urgent = message.Of(format, args...), true
	return bell
}

// hush takes the note away: the next key has come.
func (m *Model) hush() { m.note, m.urgent = message.Text{}, false }

func (m *Model) fail(err error) tea.Cmd {
	if h, ok := fault.HintOf(err); ok {
		return m.refuse("%v. Hint: %s", err, h)
	}
	return m.refuse("%v", err)
}

// bell sounds the terminal's bell.
func bell() tea.Msg { return tea.RawMsg{Msg: "\a"} }

func (m *Model) in(format string, args ...any) string {
	return message.Of(format, args...).In(m.look.lang)
}

// running counts jobs that have not ended.
func (m *Model) running() (n int) {
	for _, j := range m.state.Jobs {
		if j.Phase != jobs.Ended {
			n++
		}
	}
	return n
}

// close releases what the screen holds at the server.
func (m *Model) close() {
	if e, ok := m.cover.(*erase); ok {
		if release := e.release(); release != nil {
			release()
		}
	}
}

// take takes a new state. Rows stay where they are: a disk takes the row of its empty bay and the reverse, others come last.
func (m *Model) take(s jobs.State) tea.Cmd {
	if s.Station.Zone != m.state.Station.Zone || !m.known {
		m.zone = zoneNamed(s.Station.Zone)
	}
	before, ended := m.state, m.jobs
	m.state, m.known = s, true
	m.disks, m.jobs = make(map[string]*jobs.Disk, len(s.Disks)), make(map[string]*jobs.Job, len(s.Jobs))
	for i := range s.Disks {
		m.disks[s.Disks[i].Key] = &s.Disks[i]
	}
	for i := range s.Jobs {
		m.jobs[s.Jobs[i].Disk] = &s.Jobs[i]
	}
	m.order = arrange(m.order, before.Disks, s.Disks)
	over := map[string]time.Time{}
	for key, j := range m.jobs {
		if j.Phase != jobs.Ended {
			continue
		}
		if over[key] = m.over[key]; over[key].IsZero() {
			over[key] = m.o.Now()
		}
	}
	m.over = over
	if m.cursor == "" && len(before.Disks) == 0 && len(m.order) > 0 {
		m.cursor = m.order[0]
	}
	if m.disks[m.cursor] == nil && m.cursor != "" {
		m.follow(before.Disks)
	}
	var cmd tea.Cmd
	for key := range m.chosen {
		if d := m.disks[key]; d == nil || d.Gone {
			delete(m.chosen, key)
			cmd = m.refuse("%s was removed. It is not selected any more", nameIn(before.Disks, key))
		}
	}
	if e, ok := m.cover.(*erase); ok {
		cmd = tea.Batch(cmd, e.refresh(m))
	}
	if r, ok := m.cover.(*replug); ok {
		cmd = tea.Batch(cmd, r.look(m))
	}
	for key, j := range m.jobs {
		if was := ended[key]; j.Phase == jobs.Ended && was != nil && was.Phase != jobs.Ended {
			cmd = bell
			m.note, m.urgent = message.Of("%s: %s", nameIn(s.Disks, key), verdict(j)), j.Outcome != string(wipe.Verified)
		}
	}
	return cmd
}

// follow moves the cursor off a row that left: to the bay that is empty now, otherwise to no row, so that the next key cannot mean
// another disk.
func (m *Model) follow(before []jobs.Disk) {
	i := slices.IndexFunc(before, func(d jobs.Disk) bool { return d.Key == m.cursor })
	m.cursor = ""
	if i >= 0 && before[i].Bay != "" {
		for key, d := range m.disks {
			if d.Bay == before[i].Bay && d.Empty {
				m.cursor = key
			}
		}
	}
}

func nameIn(all []jobs.Disk, key string) string {
	for _, d := range all {
		if d.Key == key {
			return d.Name
		}
	}
	return strings.TrimPrefix(key, "/dev/")
}

// arrange returns the keys of now, each where it was in order.
func arrange(order []string, before, now []jobs.Disk) []string {
	bays, place := map[string]string{}, map[string]int{} // the key that a bay had; where keys were
	for _, d := range before {
		if d.Bay != "" {
			bays[d.Bay] = d.Key
		}
	}
	for i, key := range order {
		place[key] = i
	}
	type at struct {
		key  string
		line int
	}
	all := []at{}
	for i, d := range now {
		line, was := place[d.Key]
		if !was && d.Bay != "" && bays[d.Bay] != "" {
			line, was = place[bays[d.Bay]]
		}
		if !was {
			line = len(order) + i
		}
		all = append(all, at{d.Key, line})
	}
	slices.SortStableFunc(all, func(a, b at) int { return a.line - b.line })
	keys := make([]string, len(all))
	for i, a := range all {
		keys[i] = a.key
	}
	return keys
}

func zoneNamed(name string) *time.Location {
	if z, err := time.LoadLocation(name); name != "" && err == nil {
		return z
	}
	return time.Local
}
