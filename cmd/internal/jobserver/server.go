// Package jobserver owns the jobs of a station: it watches the disks, claims and erases them for its clients, and keeps what became of them
// until somebody has seen it. A job does not end with the connection that started it.
//
// A command can also have a server of its own, in its process and without a socket, for the jobs of that command: see [New].
package jobserver

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/logind"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/contents"
	"rasure/logs/durable"
)

// Options are what a server needs besides the station and the machine.
type Options struct {
	StateDir string                                                            // of the station
	Rules                                                                      // until others come from Settings
	Settings func(ctx context.Context, changed func(settings.Settings, error)) // calls changed when the settings change, until ctx ends; nil: they do not

	PowerOff  func(context.Context) error // switches the machine off after the last job; nil: who started it does that
	LastWords time.Duration               // before that; 0: a minute
	Awake     *logind.Keeper              // keeps the machine awake while jobs run; nil: nobody does
	AskAgain  time.Duration               // after which a drive is asked for its health again; 0: 10 minutes
	Patience  time.Duration               // for which a client may read nothing before it is dropped; 0: 15 seconds

	// Contents reads what is on a disk that nobody has claimed; nil: a child without privileges reads it.
	Contents func(context.Context, *devices.Host, devices.Disk) (contents.Summary, error)
}

// Server is the job server of a station.
type Server struct {
	o    Options
	st   *station.Station
	host *devices.Host
	m    *job.Manager

	rules atomic.Pointer[Rules]

	background context.Context // of what goes on beside the calls; ends with Close
	stop       context.CancelFunc
	all        sync.WaitGroup // of that, except jobs
	running    sync.WaitGroup // batches that run
	kicked     chan struct{}  // somebody wants a look at the disks

	looking sync.Mutex // one look at a time
	reads   reads

	mu         sync.Mutex // guards what follows
	rows       []*row
	looked     bool
	complete   bool   // at the last look all disks could be read
	armed      *armed // nil: the intake mode is not armed
	watchers   int
	tasks      []*task
	foreign    []job.Listed // that other processes own, and that were interrupted
	notices    []notice
	held       map[string]*batch    // disks that are prepared, by their paths
	departures map[string]departure // the newest of each port, of disks without serial numbers
	log        known
	version    uint64        // of what is shown
	changed    chan struct{} // closed at the next change
	rendered   map[message.Language]rendered
}

type notice struct {
	at   time.Time
	text message.Text
}

// New returns a server for the jobs of a station on a machine. It does not watch the disks until [Server.Run]. The bridges of the host follow
// the rules from then on.
func New(st *station.Station, host *devices.Host, o Options) *Server {
	s := &Server{o: o, st: st, host: host, m: job.New(st, host), kicked: make(chan struct{}, 1), reads: reads{again: make(chan struct{}, 1)}, held: map[string]*batch{}, departures: map[string]departure{}, changed: make(chan struct{}),
		rendered: map[message.Language]rendered{}}
	s.rules.Store(&o.Rules)
	host.Bridges = func() []devices.ListedBridge { return s.rules.Load().Bridges }
	s.m.Bays = s.bayOf
	if s.o.Contents == nil {
		s.o.Contents = probe
	}
	if a := s.o.Awake; a != nil && a.Warn == nil {
		a.Warn = s.note
	}
	s.background, s.stop = context.WithCancel(context.Background())
	return s
}

// lockFile is locked by the one server of a station.
const lockFile = "jobs.lock"

// lockWait is long enough for a child that a killed server was just starting, and that has its files for a moment. Chosen.
const lockWait = 2 * time.Second

// Lock makes the server the one of its station, until unlock is called or the process ends. Another one is an error that names its process.
func Lock(stateDir string) (unlock func() error, err error) {
	return durable.Open(stateDir).Lock(lockFile, lockWait)
}

// Recover brings the jobs that earlier processes left into a state from which they can be resumed. What it published is also shown as notices.
func (s *Server) Recover(ctx context.Context) ([]job.Recovered, error) {
	all, err := s.m.Recover(ctx)
	for _, r := range all {
		s.note(message.Of("the certificate of job %s was recovered: log entry %d, file %s", r.ID, r.Index, r.Path))
	}
	return all, err
}

// maxNotices is how many are kept. Chosen.
const maxNotices = 20

func (s *Server) note(t message.Text) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices = append(s.notices, notice{station.Now(), t})
	s.notices = s.notices[max(0, len(s.notices)-maxNotices):]
	s.change()
}

// change wakes those who watch. The caller holds s.mu.
func (s *Server) change() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// Busy reports whether a job runs, or has an outcome that nobody has seen.
func (s *Server) Busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tasks) > 0
}

// StopAll stops all jobs cleanly, so that they can be resumed. The second time it no longer waits for disks that do not respond.
func (s *Server) StopAll(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tasks {
		t.end(reason)
	}
	s.change()
}

// Wait waits until no job runs.
func (s *Server) Wait() { s.running.Wait() }

// Close waits for the jobs that run, and ends everything else. [Server.Run] has returned before.
func (s *Server) Close() {
	s.running.Wait()
	s.stop()
	s.all.Wait()
}

// Service returns the server for somebody who reads a language.
func (s *Server) Service(l message.Language) jobs.Service { return &service{s, l} }

// service is a server in a language.
type service struct {
	*Server
	lang message.Language
}

// Close does nothing: the server goes on.
func (v *service) Close() error { return nil }
