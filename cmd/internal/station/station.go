// Package station opens and makes a workstation's identity as a signer: its key, its log and the files of the state directory.
//
// It prints nothing and asks nobody. What a caller may want to say is returned.
package station

import (
	"crypto/ecdsa"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// Names in the state directory.
const (
	StateFile       = "station.json" // 0600: it holds the secret that lets root use the TPM key
	PublicKeyFile   = "station.pem"
	SoftwareKeyFile = "station.key" // 0600, with a software key only
	LogDir          = "log"
	PolicyFile      = "policy.toml"
	CertificateDir  = "certificates"

	RestoringDir   = ".restoring" // what a restore has unpacked so far
	ReplacedPrefix = "replaced-"  // of directories with the files that a restore has replaced
)

// ErrNone says that a directory holds no station.
var ErrNone = message.New("no station")

// None is [ErrNone] with the directory, and a hint how to make a station.
func None(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, RestoringDir)); err == nil {
		return fault.WithHint(&noStation{dir}, "a restore into this directory was interrupted: run rasure station restore again")
	}
	if os.Geteuid() != 0 {
		return fault.WithHint(&noStation{dir}, "you are not root: create it with sudo rasure station init --name NAME --key tpm, or practise in a directory of your own with --state")
	}
	return fault.WithHint(&noStation{dir}, "create it: rasure station init --name NAME --key tpm")
}

type noStation struct{ dir string }

func (e *noStation) Message() message.Text { return message.Of("no station in %s", e.dir) }
func (e *noStation) Error() string         { return e.Message().String() }
func (e *noStation) Is(target error) bool  { return target == ErrNone }

// Options are what a station needs of its surroundings.
type Options struct {
	Root   fs.FS          // of the machine, from which the host is described
	Org    *statement.Org // of the settings, for statements of version 2; nil if they name none
	Zone   string         // of the settings; "" if they name none
	Policy string         // file with the rules of the office; "" is [PolicyFile] in the state directory, if it is there
	// Password is asked for the password of a hierarchy of the TPM that has one, when a key is made or removed; nil: there is nobody to ask.
	Password func(tpm.Hierarchy) (tpm.Secret, error)

	Replaying func(entries int64) // called before a log is read that is so long that it takes a noticeable time; may be nil
}

// Station is an open station: it can sign, and append to its log. Its methods may be called concurrently.
type Station struct {
	dir     string
	o       Options
	state   stateFileContent
	public  *ecdsa.PublicKey
	sum     string        // of the public key
	signer  note.Signer   // of statements, and the first line of checkpoints
	lines   []note.Signer // all lines of checkpoints
	id      logs.Identity
	counter logs.Counter
	chip    *tpm.TPM
	log     *logs.Log
	tool    func() (certify.Tool, error)
	every   int64 // entries after which the cache is written again

	appending chan struct{} // holds one who appends

	mu    sync.Mutex // guards what follows
	known *known     // what the log said when it was last read; nil: it was not
}

// Open opens key and log, and refuses what does not fit together: everything that can fail harmlessly comes before the first write to a
// disk. Without a station the error is [ErrNone].
func Open(dir string, o Options) (*Station, error) {
	s := newStation(dir, o)
	if err := s.open(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newStation(dir string, o Options) *Station {
	return &Station{dir: dir, o: o, tool: sync.OnceValues(Tool), every: cacheEvery, appending: make(chan struct{}, 1)}
}

func (s *Station) open() error {
	err := s.state.loadInUse(s.dir)
	if err == nil {
		err = s.openKey()
	}
	if err != nil {
		return err
	}
	if s.id, err = audit.WithRecounts(s.FS(), s.id); err != nil {
		return s.wayOn(err)
	}
	o := s.logOptions()
	if cp, ok := s.cached(s.readCache()); ok {
		o.Verified = &cp
	}
	if s.log, err = logs.Open(s.Path(LogDir), o); err != nil {
		return s.wayOn(err)
	}
	return s.checkIdentity()
}

// checkIdentity refuses a state file that says something else of the station than the log's first entry, which is signed. The file is
// only text: an assurance that was raised in it would be on every certificate from then on.
func (s *Station) checkIdentity() error {
	first, err := s.log.Entry(0)
	if err != nil {
		return err
	}
	c, err := certify.CheckEntry(first, s.public)
	is := certify.Station{Name: s.state.Name, Assurance: s.state.Assurance, KeySHA256: s.sum, Counter: s.counterState()}
	if err == nil && (c.Station == nil || !c.Station.Station.SameAs(is)) {
		err = message.New("the entry has another station, key, assurance or counter")
	}
	if err != nil {
		return message.Errorf("%s does not match the log's first entry: %w", s.Path(StateFile), err)
	}
	return nil
}

func (s *Station) useKey() error {
	sum, err := certify.KeySHA256(s.public)
	if err != nil {
		return err
	}
	s.sum = sum
	s.id, err = audit.Identity(s.state.Name, s.public, s.counterState())
	return err
}

func (s *Station) counterState() *certify.Counter {
	if s.state.TPM == nil {
		return nil
	}
	c := &certify.Counter{Index: s.state.TPM.Key.NVIndex, Base: s.state.TPM.Key.Base}
	if policy, err := s.state.TPM.Key.Policy(); err == nil { // else Load has refused it
		c.Policy = policy.String()
	}
	return c
}

func (s *Station) logOptions() logs.Options {
	return logs.Options{Identity: s.id, Signers: s.lines, Counter: s.counter}
}

// Close releases the TPM. The log holds nothing open between appends.
func (s *Station) Close() {
	if s.chip != nil {
		s.chip.Close()
	}
}

// Path returns the path of a file in the state directory.
func (s *Station) Path(name string) string { return filepath.Join(s.dir, name) }

// Name returns the station's name, the origin of its log.
func (s *Station) Name() string { return s.state.Name }

// Assurance returns how the key is held: certify.Software and so on. It is what the log said of it when it was last read, and what the card says before that.
func (s *Station) Assurance() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		return s.state.Assurance
	}
	return s.known.Chain.AssuranceAt(s.known.Checkpoint.Size)
}

// PublicKey returns the key that verifies the station's statements.
func (s *Station) PublicKey() *ecdsa.PublicKey { return s.public }

// KeySHA256 returns the SHA-256 of the public key in DER, in hex.
func (s *Station) KeySHA256() string { return s.sum }

// Identity returns what the checkpoints of the station's log must carry.
func (s *Station) Identity() logs.Identity { return s.id }

// Log returns the station's log, to be read. [Station.Append] and its relatives append to it.
func (s *Station) Log() *logs.Log { return s.log }

// Root returns the files of the machine.
func (s *Station) Root() fs.FS { return s.o.Root }

// FS returns the log's files.
func (s *Station) FS() fs.FS { return durable.FS(s.Path(LogDir)) }

// Signer returns the signer of statements.
func (s *Station) Signer() note.Signer { return s.signer }

// Recovered returns the index of an entry that an earlier process had not finished, and that is in the log since [Open].
func (s *Station) Recovered() (index int64, ok bool) { return s.log.Recovered() }

// Describe returns the station as statements name it.
func (s *Station) Describe() certify.Station {
	return certify.Station{Name: s.state.Name, Assurance: s.state.Assurance, KeySHA256: s.sum, Counter: s.counterState(), Host: Host(s.o.Root)}
}

// Tool returns the running program as statements name it.
func (s *Station) Tool() (certify.Tool, error) { return s.tool() }

// Sign signs a statement of a kind.
func (s *Station) Sign(kind certify.Kind, statement any) ([]byte, error) {
	return certify.Sign(kind, statement, s.signer)
}

// Snapshot returns the log as it is now, with what other processes have appended.
func (s *Station) Snapshot() (*logs.Snapshot, error) { return logs.ReadSnapshot(s.FS(), s.id) }
