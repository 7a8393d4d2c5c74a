package main

import (
	"crypto/ecdsa"
	"fmt"
	"io/fs"
	"runtime"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/logs"
)

// fold is what a log says, all told.
type fold struct {
	chain      *certify.Chain
	rosters    people.Rosters
	register   *register.Register
	checkpoint logs.Checkpoint
}

// checking is an entry on its way through a verifier; done is closed when result and err are there.
type checking struct {
	index  int64
	entry  []byte
	result certify.Checked
	err    error
	done   chan struct{}
}

// foldLog audits a log and folds its entries into a chain, its rosters, and the empty register that it is given. Signatures are verified on all cores, while the
// fold sees the entries in their order. The log must begin as it was at the checkpoint since, which may be nil.
func foldLog(dir fs.FS, p logs.Policy, pub *ecdsa.PublicKey, since *logs.Checkpoint, r *register.Register) (*fold, error) {
	f := &fold{chain: certify.NewChain(), register: r}
	queue := make(chan *checking, 4*runtime.GOMAXPROCS(0)) // its length is also the number checked at a time
	folded := make(chan error, 1)
	go func() {
		var first error
		for c := range queue {
			<-c.done
			if c.err != nil && first == nil {
				first = fmt.Errorf("entry %d: %w", c.index, c.err)
			}
			if first == nil {
				f.add(c)
			}
		}
		folded <- first
	}()
	checkpoint, err := logs.Audit(dir, p, since, func(index int64, entry []byte) error {
		c := &checking{index: index, entry: entry, done: make(chan struct{})}
		queue <- c
		go func() {
			defer close(c.done)
			c.result, c.err = certify.CheckEntry(entry, pub)
		}()
		return nil
	})
	close(queue)
	if first := <-folded; err == nil {
		err = first
	}
	f.checkpoint = checkpoint
	return f, err
}

func (f *fold) add(c *checking) {
	f.chain.Add(c.index, c.result)
	f.register.Add(signedEntry(c.index, c.entry, c.result, &f.rosters))
	if c.result.Kind == certify.KindRoster {
		if err := f.rosters.Add(c.index, c.entry); err != nil {
			f.chain.Problems = append(f.chain.Problems, certify.Problem{Index: c.index, Detail: err.Error()})
		}
	}
}
