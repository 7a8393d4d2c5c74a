package station

import (
	"rasure/certify/audit"
	"rasure/logs"
	"rasure/logs/durable"
)

// CacheFile keeps what the first entries of the log said when they were verified, so that a job beside a long log need not verify them
// again. It is only a cache: without it, or with one that is damaged or forged, the log is read whole and the file is made again.
const CacheFile = "verified.cache" // 0600

const (
	maxCache = 1 << 30 // bytes; a log of a million entries has 200 MB

	// cacheEvery is how many entries are verified again before the cache is written again: they take some 50 ms, and a signature by
	// a TPM takes longer.
	cacheEvery = 1000
)

// readCache returns nil if there is no cache that can be read.
func (s *Station) readCache() []byte {
	cache, err := durable.ReadFile(s.Path(CacheFile), maxCache)
	if err != nil {
		return nil
	}
	return cache
}

// cached returns the checkpoint of a cache by this program; false if there is none.
func (s *Station) cached(cache []byte) (logs.Checkpoint, bool) {
	return audit.CachedCheckpoint(cache, s.id, s.programOf(cache))
}

// programOf spares the hashing of this program if there is no cache.
func (s *Station) programOf(cache []byte) string {
	if cache == nil {
		return ""
	}
	return s.program()
}

// program identifies the build of this program: another one may judge by other rules.
func (s *Station) program() string {
	t, err := s.tool()
	if err != nil {
		return ""
	}
	return t.Version + " " + t.Revision + " " + t.BinarySHA256
}

// writeCache keeps a state that is far ahead of the cached size. A cache that cannot be written is none: the next one reads the log.
func (s *Station) writeCache(state *audit.State, cached int64) {
	if state.Checkpoint.Size-cached < s.every || s.program() == "" {
		return
	}
	s.writeErasures(state)
	if cache, err := state.Cache(s.program(), s.signer); err == nil {
		_ = durable.WriteFile(s.Path(CacheFile), cache, 0o600)
	}
}
