package wipe

import (
	"bytes"
	"encoding/hex"
	"io"

	"rasure/wipe/pattern"
)

// Keys gives every key of a job, each a function of its place, so that a job that is resumed has the same ones. Pass and Sample count
// passes from 1; a try is one more than the number of times that the job was resumed. The methods may be called more than once.
type Keys interface {
	Pass(n int) [32]byte
	Markers(try int) [32]byte
	Probe(try int) [32]byte
	Sample(pass int) [32]byte
}

// source is what a key is read from: the one that get returns, or new random bytes in a job without [RunOptions.Keys].
func (j *job) source(get func(Keys) [32]byte) io.Reader {
	if j.opts.Keys == nil {
		return j.opts.Rand
	}
	key := get(j.opts.Keys)
	return bytes.NewReader(key[:])
}

// try is the number of this attempt at the job, counted from 1.
func (j *job) try() int { return j.r.Resumed + 1 }

// sourceOfPass is [job.source] for the pattern of pass i, counted from 0. A character is no key: it is on the disk for all to see.
func (j *job) sourceOfPass(i int) io.Reader {
	if j.r.Plan.Scheme.Passes[i].Pattern != pattern.SpecRandom {
		return j.opts.Rand
	}
	return j.source(func(k Keys) [32]byte { return k.Pass(i + 1) })
}

// derived reports whether pass i, counted from 0, has the key that the job's keys give it, if it draws one.
func (j *job) derived(i int, key string) bool {
	if j.opts.Keys == nil || j.r.Plan.Scheme.Passes[i].Pattern != pattern.SpecRandom {
		return true
	}
	want := j.opts.Keys.Pass(i + 1)
	return key == hex.EncodeToString(want[:])
}
