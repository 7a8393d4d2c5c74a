package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"rasure/certify"
	"rasure/logs"
)

func TestWarnings(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		jobs []time.Time // when each starts
		edit func(*certify.Certificate)
		want string
	}{
		"good":              {[]time.Time{start, start.Add(day)}, nil, ""},
		"begin delayed":     {[]time.Time{start, start.Add(30 * time.Minute)}, nil, ""},
		"clock in the past": {[]time.Time{start, start.AddDate(-6, 0, 0)}, nil, "ran backwards"},
		"clock back again":  {[]time.Time{start, start.AddDate(0, 6, 0), start.Add(day)}, nil, "ran backwards"},
		"set back in a job": {[]time.Time{start}, func(c *certify.Certificate) { c.Ended, c.Seconds = c.Started.Add(-time.Hour), -3600 }, "ended before it started"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t)
			for _, at := range c.jobs {
				l.add(l.begin(at, c.edit))
			}
			r := l.audit()
			got := ""
			for _, w := range r.Warnings {
				got += w.Detail.String() + "\n"
			}
			if strings.Contains(got, c.want) != true || (c.want == "") != (got == "") || strings.Count(got, "\n") > 1 {
				t.Errorf("warnings %q, want %q", got, c.want)
			}
			if !r.Valid || len(r.Problems) > 0 {
				t.Errorf("a warning makes the log invalid: %v", r.Problems)
			}
		})
	}
}

func TestVerifyCertificate(t *testing.T) {
	l := newLog(t)
	cert := l.begin(start, nil)
	i := l.add(cert).Index
	proof, err := l.log.Prove(i)
	check(t, err)
	begin, err := l.log.Entry(1)
	check(t, err)
	v, err := VerifyCertificate(cert, proof, l.pin())
	if err != nil || v.Index != i || v.LogSize != 3 || v.Proof != "good" || v.Outcome != "verified" {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err = VerifyCertificate(cert, nil, l.pin()); err != nil || v.Proof != "not checked" || v.Index != -1 {
		t.Errorf("without proof: %+v, %v", v, err)
	}
	for name, c := range map[string]struct {
		cert, proof []byte
		want        string
	}{
		"proof as certificate":   {proof, nil, "this is the proof of a certificate"},
		"bundle as certificate":  {[]byte(zstdMagic + "x"), nil, "this is a compressed file"},
		"SSH key as certificate": {[]byte("ssh-ed25519 AAAA li"), nil, "this is the public key of a person (SSH), not a certificate (.cert)"},
		"SSH private key":        {[]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nb3"), nil, "this is the private key of a person (SSH)"},
		"PEM as certificate":     {[]byte("-----BEGIN X-----\n-----END X-----\n"), nil, `this is a PEM file that holds "X"`},
		"card as certificate":    {[]byte(certify.KindStation + "\n{}"), nil, "this is a station card"},
		"nothing":                {nil, nil, "this is an empty file"},
		"any file":               {[]byte("hello\n"), nil, `this is not a certificate (.cert): it does not begin with "rasure/certificate/v1"`},
		"begin as certificate":   {begin, nil, `this is a statement of kind "rasure/begin/v1", not a certificate`},
		"certificate as proof":   {cert, cert, "the proof is a certificate (.cert), not a C2SP tlog-proof"},
		"contradicts itself":     {l.begin(start, func(c *certify.Certificate) { c.Last().Verified-- }), nil, "contradicts itself"},
		"proof of another entry": {l.begin(start, nil), proof, "is not proven"},
	} {
		var f *Failure
		if _, err := VerifyCertificate(c.cert, c.proof, l.pin()); !errors.As(err, &f) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestLog(t *testing.T) {
	o := newOffice(t)
	early, copied := o.audit().State.Log.Signed(), t.TempDir()
	check(t, os.CopyFS(copied, o.files()))
	o.add(o.begin(start, nil))
	options := Options{Pin: o.pin(), Now: start.AddDate(1, 0, 0), Since: early}
	r, err := Log(o.files(), options)
	check(t, err)
	if r.Since.Entries != 4 || r.Entries != 6 || r.Outcomes["verified"] != 2 || !r.Valid {
		t.Errorf("%+v", r)
	}
	t.Run("cut back", func(t *testing.T) {
		options := options
		options.Since = r.State.Log.Signed()
		var f *Failure
		if _, err := Log(os.DirFS(copied), options); !errors.As(err, &f) || !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		var f *Failure
		if _, err := Log(denied{}, options); err == nil || errors.As(err, &f) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("missing tile", func(t *testing.T) {
		var f *Failure
		files := fstest.MapFS{"checkpoint": &fstest.MapFile{Data: early}}
		if _, err := Log(files, options); !errors.As(err, &f) {
			t.Errorf("error is %v", err)
		}
	})
}

// denied is a directory that cannot be read.
type denied struct{}

func (denied) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// A log that is gone, or has lost its checkpoint, does not verify, as one that has lost a tile: exit code 5 since 0.1.0.
func TestLogGone(t *testing.T) {
	l := newLog(t)
	for name, log := range map[string]fs.FS{"empty directory": fstest.MapFS{}, "no directory": os.DirFS(filepath.Join(t.TempDir(), "gone"))} {
		_, err := Log(log, Options{Pin: l.pin()})
		var failure *Failure
		if !errors.As(err, &failure) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExtend holds that a state that was extended is the same as one of the whole log, wherever it was cut.
func TestExtend(t *testing.T) {
	o := newOffice(t)
	o.say(o.li, "witness", certify.KindWitness, certify.Declaration{Entry: &o.ref, Saw: "it"})
	for range 3 {
		o.add(o.begin(start, nil))
	}
	entries := [][]byte{}
	for e, err := range o.log.Entries(0) {
		check(t, err)
		entries = append(entries, e.Data)
	}
	whole := o.replay()
	for cut := range entries {
		part := newLog(t)
		*part = *o.testLog
		part.dir = t.TempDir()
		var err error
		part.log, err = logs.Create(part.dir, logs.Options{Identity: o.id, Signers: o.signers()})
		check(t, err)
		for _, e := range entries[:cut] {
			part.add(e)
		}
		s := part.replay()
		for _, e := range entries[cut:] {
			part.add(e)
		}
		check(t, s.Extend(part.files()))
		if s.Checkpoint != whole.Checkpoint || !reflect.DeepEqual(s.Chain, whole.Chain) || !reflect.DeepEqual(s.Register, whole.Register) || !reflect.DeepEqual(s.Rosters, whole.Rosters) {
			t.Errorf("cut at entry %d: the state differs", cut)
		}
	}
}
