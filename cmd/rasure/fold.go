package main

import (
	"crypto/ecdsa"
	"fmt"
	"io/fs"
	"runtime"

	"rasure/certify"
	"rasure/logs"
)

// checking is an entry on its way through a verifier; done is closed when result and err are there.
type checking struct {
	index  int64
	result certify.Checked
	err    error
	done   chan struct{}
}

// foldLog audits a log and folds its entries into a chain. Signatures are verified on all cores, while the fold sees the
// entries in their order.
func foldLog(dir fs.FS, p logs.Policy, pub *ecdsa.PublicKey) (*certify.Chain, logs.Checkpoint, error) {
	chain := certify.NewChain()
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
				chain.Add(c.index, c.result)
			}
		}
		folded <- first
	}()
	checkpoint, err := logs.Audit(dir, p, nil, func(index int64, entry []byte) error {
		c := &checking{index: index, done: make(chan struct{})}
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
	return chain, checkpoint, err
}
