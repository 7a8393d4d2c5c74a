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

// checking is a row of entries on its way through a verifier; done is closed when results and err are there.
type checking struct {
	first   int64 // index
	entries [][]byte
	results []certify.Entry
	err     error // of the entry behind the results
	done    chan struct{}
}

// A row is so long that a goroutine's stack, which verifying makes grow, and its passing on cost nothing beside the
// signatures, and so short that no core waits long for another at the end.
const row = 32

func (c *checking) check(key *certify.Key) {
	defer close(c.done)
	for i, entry := range c.entries {
		result, err := key.CheckEntry(entry)
		if err != nil {
			c.err = fmt.Errorf("entry %d: %w", c.first+int64(i), err)
			return
		}
		c.results = append(c.results, result)
	}
}

// foldLog audits a log and folds its entries into a chain, its rosters, and the empty register that it is given. Signatures are verified on all cores, while the
// fold sees the entries in their order. The log must begin as it was at the checkpoint since, which may be nil.
func foldLog(dir fs.FS, p logs.Identity, pub *ecdsa.PublicKey, since *logs.Checkpoint, r *register.Register) (*fold, error) {
	// Nothing waits for a disk here, so the Ps that main adds for those who do would only cost: 6 % more CPU on 2 cores.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU()))
	f, key := &fold{chain: certify.NewChain(), register: r}, certify.NewKey(pub)
	queue := make(chan *checking, 4*runtime.NumCPU()) // its length is also the number of rows checked at a time
	folded := make(chan error, 1)
	go func() {
		var first error
		for c := range queue {
			<-c.done
			if first == nil {
				f.add(c)
				first = c.err
			}
		}
		folded <- first
	}()
	next := &checking{}
	send := func() {
		next.done = make(chan struct{})
		queue <- next
		go next.check(key)
		next = &checking{first: next.first + int64(len(next.entries))}
	}
	checkpoint, err := logs.Audit(dir, p, since, func(index int64, entry []byte) error {
		if next.entries = append(next.entries, entry); len(next.entries) == row {
			send()
		}
		return nil
	})
	send()
	close(queue)
	if first := <-folded; err == nil {
		err = first
	}
	f.checkpoint = checkpoint
	return f, err
}

func (f *fold) add(c *checking) {
	for i, result := range c.results {
		index, entry := c.first+int64(i), c.entries[i]
		f.chain.Add(index, result)
		f.register.Add(signedEntry(index, entry, result, &f.rosters))
		if result.Kind == certify.KindRoster {
			if err := f.rosters.Add(index, entry); err != nil {
				f.chain.Problems = append(f.chain.Problems, certify.Problem{Index: index, Detail: err.Error()})
			}
		}
	}
}
