package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/backup"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
)

func newStationBackupCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "backup FILE",
		Short: "Write the whole state of the station into one file",
		Long: `Write the whole state of the station into one file: key, log, settings, unfinished jobs, annexes and certificates. It is a
tar archive of one moment, also while jobs run, and has its name only when it is complete. Its SHA-256 is printed as
sha256sum prints it. Nothing is replaced, and no TPM is needed.

The file is as secret as the station: with a software key everybody who reads it can sign for the station. A key in a TPM
stays there, and the file has what lets root of this machine use it. Certificates outside the state directory are not in it.`,
		Example: "rasure station backup /media/backup/station7-2026-05-02.tar > station7-2026-05-02.sha256",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runStationBackup(cmd.Context(), args[0]) },
	})
}

func (a *app) runStationBackup(ctx context.Context, name string) error {
	var settings []byte
	if a.settings.Found {
		var err error
		if settings, err = cli.ReadFile(a.settings.Path); err != nil {
			return err
		}
	}
	w, err := backup.Write(ctx, a.stateDir, settings, name)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(w)
	}
	a.Printf("%s  %s\n", w.SHA256, name)
	a.Note("station %s, key %s, log of %d entries\n", w.Station, w.KeySHA256, w.Entries)
	a.Note("secret in it: %s\n", strings.Join(w.Secret, ", "))
	for _, left := range w.Left {
		a.Note("warning: %s is no file, and is not in the backup\n", left)
	}
	if w.SameDisk {
		a.Note("warning: the backup is on the file system of the state directory: what destroys one destroys the other\n")
	}
	return nil
}

func newStationRestoreCmd(a *app) *cobra.Command {
	var o backup.Options
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make the state directory that of a backup",
		Long: `Make the state directory that of a backup by rasure station backup. Everything is unpacked and compared, and the log is
verified, before anything in the directory is changed. A directory that is not empty is refused. With --replace the files
of the same station are set aside in a directory of their own below it, and none is deleted; a newer log that is sound
is not replaced. If the power fails meanwhile, run the command again.

A backup is older than the station if entries were made after it. A TPM's counter shows that, and so does what a witness
has cosigned (rasure log receive): the log verifies, and cannot be continued. The command then ends with 3, and says what
to do. With a software key only a cosignature that is newer than the backup shows it, if it is still in the directory.

The settings of the backup are not put in force: they are in settings.toml in the state directory.`,
		Example: "rasure station restore /media/backup/station7-2026-05-02.tar",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runStationRestore(cmd.Context(), args[0], o) },
	}
	c.Flags().BoolVar(&o.Replace, "replace", false, "set aside the files of the same station that are in the directory")
	return a.JSONFlag(c)
}

func (a *app) runStationRestore(ctx context.Context, name string, o backup.Options) error {
	r, err := backup.Restore(ctx, a.stateDir, name, o)
	if err != nil {
		return err
	}
	if a.JSON {
		if err := a.PrintJSON(r); err != nil {
			return err
		}
	} else {
		a.Printf("%s\n", r.Directory)
	}
	a.Note("station %s, key %s, log of %d entries, backup of %s\n", r.Station, r.KeySHA256, r.Entries, a.Local(r.Made))
	if r.Replaced != "" {
		a.Note("what was there before is in %s\n", r.Replaced)
	}
	if r.Settings != "" && a.settings.Path != "" {
		a.Note("the settings of the backup are in %s; those in force are %s\n", r.Settings, a.settings.Path)
	}
	if r.AgeUnknown {
		a.Note("warning: with a software key nothing here shows whether entries were made after this backup\n")
	}
	st, err := a.openStation()
	if errors.Is(err, station.ErrRetired) {
		a.Note("%v\n", err)
		return nil
	}
	if err != nil { // what keeps the log from being continued
		return fault.Incomplete(err)
	}
	st.Close()
	return nil
}
