package web

import (
	"sync"
	"time"
)

const (
	perSecond  = 200  // requests of one client
	burst      = 2000 // at once
	maxClients = 10_000
)

// limiter gives each client a bucket of requests that is filled again as time passes.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex // guards buckets
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, buckets: map[string]*bucket{}}
}

func (l *limiter) allow(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.buckets[client]
	if b == nil {
		if len(l.buckets) >= maxClients { // those that have waited long enough are full again
			clear(l.buckets)
		}
		b = &bucket{burst, now}
		l.buckets[client] = b
	}
	b.left = min(burst, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
