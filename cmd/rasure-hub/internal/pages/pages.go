// Package pages serves what a hub knows as pages for people, and as JSON. It only reads. Pages load nothing from elsewhere, run no script, and show
// every text of a log as data.
//
//	GET /                        erasures and failures by day, model and station
//	GET /search                  entries by serial, number, asset, person, day, outcome
//	GET /medium                  the whole life of a medium, at all stations
//	GET /stations, /station/ID   when a station was last seen, its key, software and findings
//	GET /findings                what audits object to
//	GET /outside                 media that left the office, media and disks that are not accounted for
//	GET /entry/ID/INDEX          a statement; also /signed, /proof, and /page of a certificate
//
// ?lang=zh or ?lang=en chooses the language, ?format=json the format.
package pages

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/digest"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/login"
)

//go:embed templates/*.html
var files embed.FS

//go:embed style.css
var style []byte

var templates = func() map[string]*template.Template {
	layout := template.Must(template.ParseFS(files, "templates/layout.html", "templates/parts.html"))
	all := map[string]*template.Template{}
	names, _ := fs.Glob(files, "templates/*.html")
	for _, name := range names {
		all[strings.TrimSuffix(filepath.Base(name), ".html")] = template.Must(template.Must(layout.Clone()).ParseFS(files, name))
	}
	return all
}()

// policy lets a page load its style from here, send its form here, and nothing else.
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Options are how pages are shown.
type Options struct {
	Dir   string // of the hub; the digests are kept there
	Rules *login.Rules
	Zone  *time.Location // of times for people; nil is that of the system
	Now   func() time.Time
}

// Pages are the pages of a hub.
type Pages struct {
	o       Options
	hub     *hub.Hub
	digests *digest.Keeper
	mux     *http.ServeMux

	state sync.Mutex // held while the state of a log is in memory
}

// New returns the pages of a hub that is open.
func New(h *hub.Hub, o Options) (*Pages, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	k, err := digest.NewKeeper(filepath.Join(o.Dir, "digests"), h, o.Now)
	if err != nil {
		return nil, err
	}
	p := &Pages{o: o, hub: h, digests: k, mux: http.NewServeMux()}
	for path, f := range p.routes() {
		p.mux.HandleFunc("GET "+path, p.show(f))
	}
	p.mux.HandleFunc("GET /entry/{id}/{index}/{file}", p.file)
	p.mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "private, max-age=3600")
		w.Write(style)
	})
	p.mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { p.fail(w, p.page(w, r), fs.ErrNotExist) })
	return p, nil
}

// routes are the pages by their addresses.
func (p *Pages) routes() map[string]func(*Page) (any, error) {
	return map[string]func(*Page) (any, error){
		"/{$}": p.overview, "/search": p.search, "/medium": p.medium, "/stations": p.stations, "/station/{id}": p.station, "/findings": p.findings,
		"/outside": p.outside, "/entry/{id}/{index}": p.entry,
	}
}

// Update makes the digests that are too old; it is called when the hub starts, and from time to time.
func (p *Pages) Update(ctx context.Context) error {
	all, err := p.hub.Status()
	if err != nil {
		return err
	}
	sizes := map[string]int64{}
	for _, s := range all {
		sizes[s.ID] = s.Size
	}
	return p.digests.Update(ctx, sizes)
}

// Start makes digests when the hub starts and every hour: tasks become overdue. stop waits until it has ended.
func (p *Pages) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Hour)
		defer tick.Stop()
		for {
			if err := p.Update(ctx); err != nil && ctx.Err() == nil {
				p.hub.Log("judging the logs", "error", err)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// Rules say who may read.
func (p *Pages) Rules() *login.Rules { return p.o.Rules }

// ServeHTTP answers who may read.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.Guard(p.mux).ServeHTTP(w, r) }

// Guard refuses requests of those who may not read.
func (p *Pages) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		if _, ok := p.o.Rules.Reader(r); !ok {
			l := languageOf(r)
			h.Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, message.Of("You may not read this. Log in, or ask who runs this hub: %s in its directory says who may read.\n", login.File).In(l))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// page is what all pages have in common.
func (p *Pages) page(w http.ResponseWriter, r *http.Request) *Page {
	name, _ := p.o.Rules.Reader(r)
	g := &Page{Lang: languageOf(r), Hub: p.hub.Keys().Cosigner.Name(), Reader: name, Now: p.o.Now(), r: r, zone: p.o.Zone}
	if _, ok := message.Parse(r.FormValue("lang")); ok {
		g.chosen = string(g.Lang)
	}
	return g
}

// show has f make a page, and shows it.
func (p *Pages) show(f func(*Page) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g := p.page(w, r)
		data, err := f(g)
		if err != nil {
			p.fail(w, g, err)
			return
		}
		g.Data = data
		if r.FormValue("format") == "json" {
			w.Header().Set("Content-Type", "application/json")
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			enc.Encode(data)
			return
		}
		p.write(w, g, http.StatusOK)
	}
}

func (p *Pages) fail(w http.ResponseWriter, g *Page, err error) {
	status := http.StatusInternalServerError
	bad := new(badRequest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		status, g.Data = http.StatusNotFound, message.Of("This page does not exist, or nothing is known here of what it is about.")
	case errors.As(err, &bad):
		status, g.Data = http.StatusBadRequest, bad.Text
	default:
		p.hub.Metrics.Errors.Add(1)
		g.Data = message.Of("The hub failed to read its copies. Its log says why; rasure-hub audit looks at them.")
		p.hub.Log("page", "path", g.r.URL.Path, "error", err)
	}
	g.Name, g.Title = "failure", message.Of("Not shown")
	if g.r.FormValue("format") == "json" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"error": g.Data})
		return
	}
	p.write(w, g, status)
}

// write writes a page. Characters that hide or turn the writing direction come out as escapes, wherever they are from.
func (p *Pages) write(w http.ResponseWriter, g *Page, status int) {
	var out bytes.Buffer
	if err := templates[g.Name].ExecuteTemplate(&out, "layout", g); err != nil {
		p.hub.Log("page", "path", g.r.URL.Path, "error", err)
		http.Error(w, "the page failed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", g.HTMLLang())
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	io.WriteString(w, message.Printable(out.String(), true))
}

// badRequest is a request that asks for nothing that could be shown.
type badRequest struct{ message.Text }

func (b *badRequest) Error() string { return b.String() }
