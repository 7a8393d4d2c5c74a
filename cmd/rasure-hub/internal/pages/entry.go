package pages

import (
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/render/forms"
	"rasure/certify/render/paper"
	"rasure/cmd/internal/draft"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/logs/fleet"
)

// Shown is an entry with all that it states.
type Shown struct {
	Row
	SHA256      string   `json:"sha256"` // of the text
	Certificate bool     `json:"-"`      // it has a page to print
	Lines       []string `json:"-"`      // the statement in words
	Text        string   `json:"text"`
	Size        int64    `json:"log_size"` // entries that are cosigned
}

func placeOf(id, index string) (fleet.Place, bool) {
	i, err := strconv.ParseInt(index, 10, 64)
	return fleet.Place{Log: id, Index: i}, err == nil && i >= 0 && index == strconv.FormatInt(i, 10)
}

func (p *Pages) read(r *http.Request) (e hub.Entry, err error) {
	place, ok := placeOf(r.PathValue("id"), r.PathValue("index"))
	if !ok {
		return e, fs.ErrNotExist
	}
	found, err := p.hub.Entries([]fleet.Place{place})
	if err == nil && len(found) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return e, err
	}
	return found[0], nil
}

func (p *Pages) entry(g *Page) (any, error) {
	e, err := p.read(g.r)
	if err != nil {
		return nil, err
	}
	g.Name, g.Title = "entry", message.Of("Entry %d of %s", e.Index, e.Station)
	text := certify.TextOf(e.Signed)
	s := Shown{Row: rowOf(e), Certificate: e.Entry.Certificate != nil, Text: text, SHA256: fmt.Sprintf("%x", certify.TextSHA256(e.Signed))}
	if lines, err := draft.ShowSigned(g.Lang, text); err == nil && !s.Newer {
		s.Lines = lines
	}
	all, err := p.hub.Status()
	for _, st := range all {
		if st.ID == e.ID {
			s.Size = st.Size
		}
	}
	return s, err
}

// file answers with what belongs to an entry: the signed bytes, the proof, the page of a certificate.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) {
	e, err := p.read(r)
	if err != nil {
		p.fail(w, p.page(w, r), err)
		return
	}
	name := fmt.Sprintf("%s-%d", strings.ReplaceAll(e.Station, "/", "-"), e.Index) // a station's name is of safe characters and slashes
	var data []byte
	switch r.PathValue("file") {
	case "signed":
		if data = e.Signed; e.Entry.Certificate != nil {
			name += ".cert"
		} else {
			name += ".note"
		}
	case "proof":
		name += ".tlog-proof"
		data, err = p.hub.Prove(fleet.Place{Log: e.ID, Index: e.Index})
	case "page":
		p.paper(w, r, e)
		return
	default:
		err = fs.ErrNotExist
	}
	if err != nil {
		p.fail(w, p.page(w, r), err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Write(data)
}

// paperPolicy is for a page that package paper made: its style is in it.
const paperPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// paper is the page of a certificate, as rasure cert print makes it, after it was verified with its proof.
func (p *Pages) paper(w http.ResponseWriter, r *http.Request, e hub.Entry) {
	g := p.page(w, r)
	pin, ok := p.hub.Pin(e.ID)
	if !ok || e.Entry.Certificate == nil {
		p.fail(w, g, fs.ErrNotExist)
		return
	}
	proof, err := p.hub.Prove(fleet.Place{Log: e.ID, Index: e.Index})
	if err != nil {
		p.fail(w, g, err)
		return
	}
	v, err := audit.VerifyCertificate(e.Signed, proof, pin)
	if err != nil { // such as where the counter of the TPM was taken up again: only an audit of the log shows that
		p.fail(w, g, &badRequest{message.Of("The proof alone does not show this certificate; rasure-hub audit verifies all of the log: %v", err)})
		return
	}
	c := forms.Certificate{Verified: v, Signed: e.Signed}
	if d, err := p.digests.Get(e.ID, 0); err == nil && d != nil && d.Entries > e.Index { // as far as the log was read
		c.Origin = d.Origin(e.Index)
	}
	d := forms.Certificates([]forms.Certificate{c}, forms.Options{Languages: []message.Language{g.Lang}, Size: paper.A4, Zone: p.o.Zone})
	w.Header().Set("Content-Security-Policy", paperPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := paper.HTML(w, d); err != nil {
		p.hub.Log("page", "path", r.URL.Path, "error", err)
	}
}
