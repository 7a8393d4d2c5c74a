package logind

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"rasure/cmd/message"
)

// Keeper keeps the machine awake while jobs run. Its methods may be called from several goroutines. A nil one keeps nobody awake.
type Keeper struct {
	Inhibit func(ctx context.Context, why string) (io.Closer, error) // nil: [Inhibit]
	Warn    func(message.Text)                                       // called once, if the machine cannot be kept awake

	keeps atomic.Bool
	warn  sync.Once

	mu   sync.Mutex // guards what follows; held while the bus is asked
	jobs int
	lock io.Closer // nil: it is not kept awake
}

// Begin says that a job begins. The machine is kept awake until end was called for each.
func (k *Keeper) Begin(ctx context.Context) (end func()) {
	if k == nil {
		return func() {}
	}
	if err := k.take(ctx); err != nil && k.Warn != nil { // without the lock: who is warned may ask Keeps
		k.warn.Do(func() { k.Warn(message.Of("the machine may go to sleep while disks are being erased: %v", err)) })
	}
	return sync.OnceFunc(k.end)
}

func (k *Keeper) take(ctx context.Context) (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.jobs++; k.lock != nil {
		return nil
	}
	inhibit := k.Inhibit
	if inhibit == nil {
		inhibit = Inhibit
	}
	k.lock, err = inhibit(ctx, "disks are being erased")
	k.keeps.Store(err == nil)
	return err
}

func (k *Keeper) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.jobs--; k.jobs == 0 && k.lock != nil {
		k.lock.Close()
		k.lock = nil
		k.keeps.Store(false)
	}
}

// Keeps reports whether the machine is kept awake now. It never waits.
func (k *Keeper) Keeps() bool {
	return k != nil && k.keeps.Load()
}
