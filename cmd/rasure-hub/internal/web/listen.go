package web

import (
	"net"
	"sync"
)

const (
	maxConns       = 1024 // at once
	maxClientConns = 64   // of one client
)

// Listen limits the connections that are open at once, of all clients and of each: one that holds many and says nothing keeps nobody else out. A
// connection too many is closed without an answer.
func Listen(l net.Listener) net.Listener { return &listener{Listener: l, open: map[string]int{}} }

type listener struct {
	net.Listener

	mu   sync.Mutex // guards what follows
	open map[string]int
	all  int
}

// Accept waits for a connection within the limits.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if client := clientOf(c.RemoteAddr().String()); l.take(client) {
			return &conn{Conn: c, free: sync.OnceFunc(func() { l.free(client) })}, nil
		}
		c.Close()
	}
}

func (l *listener) take(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= maxConns || l.open[client] >= maxClientConns {
		return false
	}
	l.all++
	l.open[client]++
	return true
}

func (l *listener) free(client string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.open[client]--; l.open[client] == 0 {
		delete(l.open, client)
	}
}

type conn struct {
	net.Conn
	free func()
}

// Close closes the connection, and lets another one in.
func (c *conn) Close() error {
	defer c.free()
	return c.Conn.Close()
}

// clientOf is what limits are counted by: an address, or the 64 bits of an IPv6 address that one customer has.
func clientOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}
