package main

import (
	"path/filepath"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/login"
	"rasure/cmd/rasure-hub/internal/pages"
)

// openPages makes the pages of a hub, for those whom the settings in its directory let read.
func (a *app) openPages(h *hub.Hub, dir string, o serveOptions) (*pages.Pages, error) {
	rules, err := login.Read(dir)
	if err != nil {
		return nil, err
	}
	if rules.Authorities != nil && o.cert == "" {
		return nil, fault.Usage(message.Errorf("%s: client_ca needs --tls-cert and --tls-key", filepath.Join(dir, login.File)))
	}
	return pages.New(h, pages.Options{Dir: dir, Rules: rules})
}
