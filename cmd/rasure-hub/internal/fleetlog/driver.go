package fleetlog

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// SettingsFile, in the directory of the hub, says where the fleet log is if it is not in a directory beside it.
const SettingsFile = "fleet.toml"

// settings say where a fleet log is.
type settings struct {
	Driver string `toml:"driver"` // "aws" or "gcp"; "": a directory
	Bucket string `toml:"bucket"` // of S3 or Google Cloud Storage, for tiles and entries
	Prefix string `toml:"prefix"` // of the names in it

	DSN      string `toml:"dsn"`      // aws: the MySQL database, as github.com/go-sql-driver/mysql writes it
	Endpoint string `toml:"endpoint"` // aws: URL of an S3 server that is not Amazon's

	Spanner string `toml:"spanner"` // gcp: the Spanner database
}

// newDriver keeps the log in dir, in a file system with atomic renames and flock(2), not NFS; or where the settings beside it say.
// interval is the shortest time between two checkpoints that the driver allows.
func newDriver(ctx context.Context, dir string) (d tessera.Driver, interval time.Duration, err error) {
	s, err := readSettings(filepath.Join(filepath.Dir(dir), SettingsFile))
	if err != nil {
		return nil, 0, err
	}
	switch s.Driver {
	case "":
		d, err = posix.New(ctx, posix.Config{Path: dir})
		return d, 100 * time.Millisecond, err
	case "aws":
		d, err = newAWS(ctx, s)
	case "gcp":
		d, err = newGCP(ctx, s)
	default:
		err = message.Errorf("%s: %q is no driver: aws or gcp", SettingsFile, s.Driver)
	}
	return d, time.Second, err
}

func readSettings(path string) (s settings, err error) {
	text, err := durable.ReadFile(path, 1<<16)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	meta, err := toml.Decode(string(text), &s)
	if err != nil {
		return s, message.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return s, message.Errorf("%s: there is no setting %q", path, unknown[0].String())
	}
	return s, nil
}

// errNotBuilt refuses a driver that is not in this program.
func errNotBuilt(driver string) error {
	return message.Errorf("this rasure-hub was built without the driver %s: go build -tags %s", driver, driver)
}
