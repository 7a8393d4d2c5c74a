package backup

import (
	"errors"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/logs"
	"rasure/logs/durable"
)

// compare refuses to put a backup in the place of another station's files, or of a newer log that is sound. A log that is damaged is set aside like all other
// files.
func (r *restore) compare(about Contents, in *station.Kept) error {
	if public, err := station.ReadPublicKey(r.path(station.PublicKeyFile)); err == nil {
		if sum, err := certify.KeySHA256(public); err == nil && sum != about.KeySHA256 {
			return fault.WithHint(fault.Refusef("%s holds another station than %s, of which this is a backup", r.dir, about.Station), "restore it into another directory: --state DIR")
		}
	}
	if old, err := station.ReadKept(r.dir); err == nil && old.Retired && !in.Retired {
		return fault.Refusef("the station in %s was retired, and in the backup it was not yet", r.dir)
	}
	id, err := audit.WithRecounts(durable.FS(r.path(station.LogDir)), in.Log.Identity())
	if err != nil {
		return nil
	}
	log, err := logs.Open(r.path(station.LogDir), logs.Options{Identity: id})
	if err != nil {
		return nil
	}
	old := log.Snapshot()
	switch err := in.Log.Extends(old.Checkpoint()); {
	case err == nil:
		return nil
	case !errors.Is(err, logs.ErrCutBack):
		return err
	case old.Extends(in.Log.Checkpoint()) != nil:
		return fault.WithHint(fault.Refusef("the log in %s and the log of the backup are two histories of one station", r.dir), "keep both for those who examine it; restore into another directory (--state DIR)")
	}
	err = fault.Refusef("the log in %s is newer and sound: it has %d entries, and the backup has %d", r.dir, old.Size(), about.Entries)
	if _, damaged := station.ReadKept(r.dir); damaged != nil {
		return fault.WithHint(err, "restore the backup into another directory (--state DIR), and copy from there what is damaged here")
	}
	return fault.WithHint(err, "nothing has to be restored; to look at the backup, restore it into another directory (--state DIR)")
}
