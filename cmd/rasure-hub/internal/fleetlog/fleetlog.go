// Package fleetlog is the log of a hub: what it has cosigned and the evidence that it has kept, in a Trillian Tessera log. Anybody can read it as
// c2sp.org/tlog-tiles, and other witnesses can cosign it.
package fleetlog

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

// Log is a fleet log that is open to be appended to.
type Log struct {
	appender *tessera.Appender
	shutdown func(context.Context) error
	stop     context.CancelFunc // ends what Tessera does in the background
	reader   tessera.LogReader
}

// Options say where the log is and who signs it.
type Options struct {
	Place  string // a directory; settings beside it may name another place, see [SettingsFile]
	Signer note.Signer
}

// Open opens the log, or makes it.
func Open(ctx context.Context, o Options) (*Log, error) {
	quiet()
	l := &Log{}
	ctx, l.stop = context.WithCancel(ctx)
	driver, interval, err := newDriver(ctx, o.Place)
	if err != nil {
		l.stop()
		return nil, err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(o.Signer).WithBatching(64, 5*time.Millisecond).WithCheckpointInterval(interval)
	l.appender, l.shutdown, l.reader, err = tessera.NewAppender(ctx, driver, options)
	if err != nil {
		l.stop()
		return nil, err
	}
	return l, nil
}

// quiet has Tessera print errors, and no longer that it makes a directory.
var quiet = sync.OnceFunc(func() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard) // of the files of klog; errors go to stderr all the same
})

// Entry is an entry of a fleet log: the kind ("cosigned", or that of evidence), the log that it is about, and a signed checkpoint of that log.
func Entry(kind, id string, checkpoint []byte) []byte {
	return append(fmt.Appendf(nil, "rasure/fleet/v1\nkind %s\nlog %s\n\n", kind, id), checkpoint...)
}

// Add appends an entry, and returns its index when it is in the log for good.
func (l *Log) Add(ctx context.Context, entry []byte) (uint64, error) {
	index, err := l.appender.Add(ctx, tessera.NewEntry(entry))()
	return index.Index, err
}

// Checkpoint returns the newest published checkpoint. The newest entries may not be in it yet.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) { return l.reader.ReadCheckpoint(ctx) }

// Close waits until what was added is published.
func (l *Log) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	defer l.stop()
	return l.shutdown(ctx)
}
