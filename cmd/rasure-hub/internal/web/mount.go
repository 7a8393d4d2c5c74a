package web

import "net/http"

// Mount serves pages at all addresses that are not for stations. guard lets only those pass who may read; the pages guard themselves.
func (s *Server) Mount(pages http.Handler, guard func(http.Handler) http.Handler) *Server {
	s.guard = guard
	s.mux.Handle("GET /", pages)
	return s
}

// read serves what is for people and monitoring, not for stations.
func (s *Server) read(pattern string, h http.HandlerFunc) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if s.guard != nil {
			s.guard(h).ServeHTTP(w, r)
			return
		}
		h(w, r)
	})
}
