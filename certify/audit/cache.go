package audit

import (
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify/internal/pack"
	"rasure/certify/register"
	"rasure/cmd/message"
	"rasure/logs"
)

// prefixKind begins the text that a station signs over a cache, and names its form. It is no kind of statement, so no log can hold one.
const prefixKind = "rasure/verified-prefix/v3"

// ErrNoCache is the reason why a state is not cached: it holds what a later replay may judge differently.
var ErrNoCache = message.New("this state is not cached")

// Cache returns the state as a file with which [ReplayCached] need not verify these entries again. The station signs it, so that only who
// could sign anything in the log can forge it. program names the program and its version: another one may judge by other rules.
func (s *State) Cache(program string, signer note.Signer) ([]byte, error) {
	// What is dated in the future today is not so tomorrow; what else is wrong is for an audit.
	if len(s.Chain.Problems) > 0 || slices.ContainsFunc(s.Register.Violations, func(v register.Violation) bool { return v.Rule == "future" }) {
		return nil, ErrNoCache
	}
	w := pack.NewWriter()
	s.pack(w, nil)
	if err := w.Err(); err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: s.prefixText(program, hexSum(w.Bytes()))}, signer)
	if err != nil {
		return nil, err
	}
	file := binary.BigEndian.AppendUint32(nil, uint32(len(signed)))
	return append(append(file, signed...), w.Bytes()...), nil
}

// prefixText is what a station signs. Whatever the state depends on is in it.
func (s *State) prefixText(program, sum string) string {
	return fmt.Sprintf("%s\norigin %s\nsize %d\nroot %s\npolicy %s\nprogram %q\nstate %s\n", prefixKind, s.Checkpoint.Origin, s.Checkpoint.Size, s.Checkpoint.Root,
		s.Register.Given().SHA256(), program, sum)
}

// ReplayCached is [Replay] with a cache, of which only what the log has beyond it is read and verified. A cache that is damaged, forged, of
// another program, policy or station is ignored, and used is false. A cache of more entries than the log has shows that the log was cut
// back, which is an error as in [logs.ErrCutBack].
func ReplayCached(log fs.FS, id logs.Identity, pub *ecdsa.PublicKey, cache []byte, program string, p *register.Policy, now time.Time) (s *State, used bool, err error) {
	s, err = Restore(log, id, pub, cache, id.Log, program, register.New(p, now))
	if err == nil {
		err = s.Extend(log)
	}
	if err == nil || errors.Is(err, logs.ErrCutBack) {
		return s, true, verdictOf(err)
	}
	s, err = Replay(log, id, pub, nil, register.New(p, now))
	return s, false, err
}

var errCache = errors.New("not a cache of this state")

// CachedCheckpoint returns the checkpoint under which a cache says that everything was verified; false if it is not by this station and
// program. It is what [logs.Options] call Verified.
func CachedCheckpoint(cache []byte, id logs.Identity, program string) (logs.Checkpoint, bool) {
	h, err := openCache(cache, id, id.Log)
	if err != nil || h.program != strconv.Quote(program) {
		return logs.Checkpoint{}, false
	}
	return h.checkpoint, true
}

// header is what a cache says of itself, signed by the station.
type header struct {
	text       string
	checkpoint logs.Checkpoint
	program    string // quoted
	state      []byte
}

func openCache(cache []byte, id logs.Identity, by note.Verifier) (h header, err error) {
	if len(cache) < 4 {
		return h, errCache
	}
	n, rest := int64(binary.BigEndian.Uint32(cache)), cache[4:]
	if n > int64(len(rest)) {
		return h, errCache
	}
	signed, err := note.Open(rest[:n], note.VerifierList(by))
	if err != nil {
		return h, err
	}
	h.text, h.state = signed.Text, rest[n:]
	lines := strings.Split(h.text, "\n")
	if len(lines) != 8 || lines[0] != prefixKind || lines[6] != "state "+hexSum(h.state) {
		return h, errCache
	}
	text := ""
	for i, name := range []string{"origin ", "size ", "root "} {
		value, ok := strings.CutPrefix(lines[i+1], name)
		if !ok {
			return h, errCache
		}
		text += value + "\n"
	}
	h.program = strings.TrimPrefix(lines[5], "program ")
	if h.checkpoint, err = logs.ParseCheckpoint(text); err == nil && h.checkpoint.Origin != id.Origin {
		err = errCache
	}
	return h, err
}

// Restore returns the state of a cache that by has signed: the station, or who keeps a copy of its log and has verified it. The log must begin with the
// entries of that state; what it has beyond them is for [State.Extend]. r is as for [Replay].
func Restore(log fs.FS, id logs.Identity, pub *ecdsa.PublicKey, cache []byte, by note.Verifier, program string, r *register.Register) (*State, error) {
	h, err := openCache(cache, id, by)
	if err != nil {
		return nil, err
	}
	snapshot, err := logs.ReadSnapshot(log, id)
	if err != nil {
		return nil, err
	}
	if err := snapshot.Extends(h.checkpoint); err != nil {
		return nil, err
	}
	s := newState(id, pub, r)
	c := pack.NewReader(h.state)
	s.pack(c, snapshot.Entry)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if h.text != s.prefixText(program, hexSum(h.state)) {
		return nil, errCache
	}
	return s, nil
}

// pack writes or reads the state, except what a replay is given. Rosters are read again by entry, which [logs.Snapshot.Entry] checks.
func (s *State) pack(c *pack.Coder, entry func(int64) ([]byte, error)) {
	pack.String(c, &s.Checkpoint.Origin)
	pack.Int(c, &s.Checkpoint.Size)
	root := [32]byte(s.Checkpoint.Root)
	c.Sum(&root)
	s.Checkpoint.Root = root
	c.Time(&s.clock)
	pack.Int(c, &s.clockIndex)
	s.attested.pack(c)
	s.packEnrolments(c)
	s.packBoots(c)
	rosters := s.Rosters.Indices()
	pack.Slice(c, &rosters, func(i *int64) { pack.Int(c, i) })
	if entry != nil {
		for _, i := range rosters {
			signed, err := entry(i)
			if err == nil {
				err = s.Rosters.Add(i, signed, nil)
			}
			if err != nil {
				c.Fail(err)
			}
		}
	}
	s.Chain.Pack(c)
	s.Register.Pack(c)
}
