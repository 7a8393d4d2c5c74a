// Package web serves a hub over HTTP.
//
//	POST /add-checkpoint           c2sp.org/tlog-witness; 202 lists the files that are wanted, and where to put them
//	PUT  /files/ID/ROOT/NAME       a file that is wanted
//	GET  /cosigned/ID              what was cosigned last
//	GET  /find?kind=K&value=V      entries with their proofs, as JSON
//	GET  /status                   the stations, as JSON
//	GET  /alarms                   the newest alarms, as JSON
//	GET  /metrics                  for Prometheus
//
// The last four are guarded once pages are mounted, which are at all other addresses.
package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/login"
	"rasure/logs/fleet"
)

const (
	maxFile    = 256 * (2 + 1<<16) // bytes of a full bundle
	maxTile    = 256 * 32
	maxFound   = 100
	bodyTime   = time.Minute // for the body of one request
	headTime   = 10 * time.Second
	maxUploads = 8  // files that are received at once
	atOnce     = 64 // requests that are served; others wait
	sizeType   = "text/x.tlog.size"
	whereAfter = "Rasure-Cosigned" // header: where the newest cosigned checkpoint is
)

// Server serves a hub.
type Server struct {
	hub  *hub.Hub
	mux  *http.ServeMux
	busy chan struct{}
	puts chan struct{} // held while a file is received
	rate *limiter

	guard func(http.Handler) http.Handler // lets those pass who may read; nil: everybody
}

// New returns the handler of a hub.
func New(h *hub.Hub) *Server {
	s := &Server{hub: h, mux: http.NewServeMux(), busy: make(chan struct{}, atOnce), puts: make(chan struct{}, maxUploads), rate: newLimiter(time.Now)}
	s.mux.HandleFunc("POST /add-checkpoint", s.addCheckpoint)
	s.mux.HandleFunc("PUT /files/{id}/{root}/{name...}", s.upload)
	s.mux.HandleFunc("GET /cosigned/{id}", s.cosigned)
	s.read("GET /find", s.find)
	s.read("GET /status", func(w http.ResponseWriter, _ *http.Request) { v, err := h.Status(); reply(w, v, err) })
	s.read("GET /alarms", func(w http.ResponseWriter, _ *http.Request) { reply(w, h.Alarms(), nil) })
	s.read("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		h.WriteMetrics(w)
	})
	return s
}

// HTTP returns a server with the limits on time and size.
func (s *Server) HTTP() *http.Server {
	return &http.Server{Handler: s, ReadHeaderTimeout: headTime, ReadTimeout: bodyTime, IdleTimeout: bodyTime, MaxHeaderBytes: 1 << 14}
}

// ServeHTTP limits the rate of each client and the number of requests at once. Slow clients keep nobody out: a place is taken when the body of a request is
// there, and free before the answer is sent.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.rate.allow(clientOf(r.RemoteAddr)) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	if r.Method != http.MethodPut { // nothing of a file is read before it is known that it is wanted
		text, ok := body(w, r, fleet.MaxRequest)
		if !ok {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
	}
	a := &answer{header: http.Header{"X-Content-Type-Options": {"nosniff"}, "Content-Security-Policy": {"default-src 'none'"}}}
	if s.serve(a, r) {
		a.send(w)
	}
}

// serve has a handler answer; false if the client did not wait for it.
func (s *Server) serve(a *answer, r *http.Request) bool {
	places := s.busy
	if r.Method == http.MethodPut {
		places = s.puts
	}
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
	case <-r.Context().Done():
		return false
	}
	s.mux.ServeHTTP(a, r)
	return true
}

// body reads the body of a request; false after it has answered that the body is too long or did not come.
func body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	tooLong := new(http.MaxBytesError)
	switch {
	case errors.As(err, &tooLong):
		http.Error(w, fmt.Sprintf("more than %d bytes", limit), http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "the request did not come whole", http.StatusBadRequest)
	}
	return data, err == nil
}

func (s *Server) addCheckpoint(w http.ResponseWriter, r *http.Request) {
	text, ok := body(w, r, fleet.MaxRequest)
	if !ok {
		return
	}
	a, err := s.hub.Receive(r.Context(), text, nil)
	if err == nil && a.Status == fleet.FilesWanted {
		err = s.hub.Want(a)
	}
	if err != nil {
		unavailable(w)
		return
	}
	if a.Signed != nil {
		w.Header().Set(whereAfter, "/cosigned/"+a.ID)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	var answer string
	switch a.Status {
	case fleet.Cosigned:
		answer = string(a.Line)
	case fleet.FilesWanted:
		answer = "/files/" + a.ID + "/" + a.Root + "/\n" + strings.Join(a.Files, "\n") + "\n"
	case fleet.Conflict:
		w.Header().Set("Content-Type", sizeType)
		answer = strconv.FormatInt(a.Size, 10) + "\n"
	default:
		answer = a.Err.Error() + "\n"
	}
	w.WriteHeader(int(a.Status))
	io.WriteString(w, answer)
}

// unavailable answers that the hub failed. Why is in its log: it is nobody else's business.
func unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "10")
	http.Error(w, "the hub failed: try again later", http.StatusServiceUnavailable)
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	limit := int64(maxTile)
	if name := r.PathValue("name"); strings.HasPrefix(name, "tile/entries/") {
		limit = maxFile
	} else if strings.HasPrefix(name, "attest/") {
		limit = 1 << 17
	}
	id, root, name := r.PathValue("id"), r.PathValue("root"), r.PathValue("name")
	if !s.hub.Wants(id, root, name) { // before anything of it is read
		http.Error(w, hub.ErrNotWanted.Error(), http.StatusNotFound)
		return
	}
	data, ok := body(w, r, limit)
	if !ok {
		return
	}
	err := s.hub.Upload(id, root, name, data)
	switch {
	case errors.Is(err, hub.ErrNotWanted):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		s.hub.Metrics.Errors.Add(1)
		unavailable(w)
	default:
		s.hub.Metrics.Uploaded.Add(int64(len(data)))
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) cosigned(w http.ResponseWriter, r *http.Request) {
	signed, err := s.hub.Cosigned(r.PathValue("id"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		unavailable(w)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write(signed)
	}
}

func (s *Server) find(w http.ResponseWriter, r *http.Request) {
	v, err := s.hub.Find(r.Context(), r.FormValue("kind"), r.FormValue("value"), maxFound)
	reply(w, v, err)
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.Encode(v)
}

// CheckListen refuses an address that is not the machine's own if nothing is encrypted.
func CheckListen(address string, encrypted bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if encrypted || login.IsLocal(host) {
		return nil
	}
	return message.Errorf("%s is not a loopback address: give --tls-cert and --tls-key, or put a proxy in front", address)
}
