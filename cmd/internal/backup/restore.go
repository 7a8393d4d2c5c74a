package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// Options are how a state is restored.
type Options struct {
	Replace bool // files of the same station that are in the directory are set aside

	// Fault, if it is set, is asked before every step that changes the directory; an error from it takes the step's place, as a power cut would. Tests set it.
	Fault func(step string) error
}

// Restored is a state that was restored.
type Restored struct {
	Contents
	Directory string `json:"directory"`
	Replaced  string `json:"replaced,omitempty"` // directory with the files that were there before
	Settings  string `json:"settings,omitempty"` // the settings file of the backup, which is not put in force

	// AgeUnknown says that nothing in the directory shows whether entries were made after the backup: there is no counter, and no cosignature of more
	// entries than the backup has.
	AgeUnknown bool `json:"age_unknown"`
}

// Restore makes the state in a directory that of a backup. In this order:
//
//	.restoring/      everything is unpacked there, compared with its sums, and the log is verified     durable
//	replaced-TIME/   what was in the directory is moved there, station.json first
//	                 what is in .restoring is moved into the directory, station.json last              durable
//
// At every moment either state is whole somewhere below the directory, and no command takes a part of one for a station: without station.json there is
// none. A restore that was interrupted is begun again.
func Restore(ctx context.Context, dir, name string, o Options) (*Restored, error) {
	r := &restore{dir: dir, o: o}
	if o.Fault == nil {
		r.o.Fault = func(string) error { return nil }
	}
	if err := durable.Explain(os.MkdirAll(dir, 0o755)); err != nil {
		return nil, err
	}
	done, err := jobserver.Alone(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	release, err := station.Hold(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer release()
	return r.run(ctx, name)
}

type restore struct {
	dir string
	o   Options
}

func (r *restore) path(name string) string { return filepath.Join(r.dir, name) }

func (r *restore) run(ctx context.Context, name string) (*Restored, error) {
	_, interrupted := os.Lstat(r.path(station.RestoringDir))
	old, err := r.present()
	if err != nil {
		return nil, err
	}
	if len(old) > 0 && !r.o.Replace && !(interrupted == nil && noState(old)) {
		return nil, fault.WithHint(fault.Refusef("%s is not empty", r.dir), "--replace sets its files aside, if they are of the same station")
	}
	about, in, err := r.unpack(ctx, name)
	if err == nil {
		err = r.compare(about, in)
	}
	if err == nil {
		err = logs.CopyCosigned(filepath.Join(r.path(station.RestoringDir), station.LogDir), in.Log.Identity(), durable.FS(r.path(station.LogDir)))
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.path(station.RestoringDir)))
	}
	done := &Restored{Contents: about, Directory: r.dir, AgeUnknown: in.Log.Identity().Counter == nil}
	if text, err := logs.ReadCosigned(durable.FS(filepath.Join(r.path(station.RestoringDir), station.LogDir))); err == nil {
		cp, _, err := logs.OpenCheckpoint(in.Log.Identity(), text)
		done.AgeUnknown = done.AgeUnknown && (err != nil || cp.Size <= in.Log.Size())
	}
	if len(old) > 0 {
		done.Replaced, err = r.setAside(old)
	}
	if err == nil {
		err = r.moveIn()
	}
	if err != nil {
		return nil, fault.WithHint(err, "nothing is lost: run rasure station restore again")
	}
	if _, err := os.Lstat(r.path(settingsFile)); err == nil {
		done.Settings = r.path(settingsFile)
	}
	return done, nil
}

// present returns the names in the directory besides locks and what restores keep there, station.json first.
func (r *restore) present() (names []string, err error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, durable.Explain(err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == station.RestoringDir, name == "lost+found", strings.HasPrefix(name, station.ReplacedPrefix), strings.HasSuffix(name, ".lock"):
		case name == station.StateFile:
			names = append([]string{name}, names...)
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

// noState reports whether names of a directory are those of a restore that was interrupted while it moved them.
func noState(names []string) bool { return names[0] != station.StateFile }

// unpack unpacks the archive beside the state, and verifies the log in it.
func (r *restore) unpack(ctx context.Context, name string) (about Contents, in *station.Kept, err error) {
	to := r.path(station.RestoringDir)
	if err := r.step("unpack", func() error { return errors.Join(os.RemoveAll(to), os.Mkdir(to, 0o700)) }); err != nil {
		return about, nil, durable.Explain(err)
	}
	if about, err = unpack(ctx, name, to); err != nil {
		return about, nil, err
	}
	in, err = station.ReadKept(to)
	if err != nil {
		return about, nil, fault.NotVerified(message.Errorf("the state in the backup: %w", err))
	}
	if in.Name != about.Station || in.First != about.First || in.KeySHA256 != about.KeySHA256 || in.Log.Size() != about.Entries {
		return about, nil, fault.NotVerifiedf("the state in the backup is not the one that %s names", contentsFile)
	}
	return about, in, nil
}
