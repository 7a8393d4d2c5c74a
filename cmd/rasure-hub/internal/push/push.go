// Package push sends a submission to a hub. It needs no privileges, no key and no station: only the directory that rasure log submit made.
package push

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"rasure/cmd/internal/witness"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/login"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Client sends submissions.
type Client struct {
	HTTP  *http.Client
	URL   string                                           // of the hub
	Tries int                                              // of each request, at least 1
	Sleep func(ctx context.Context, d time.Duration) error // between tries
}

// New returns a client of a hub. It refuses a URL without encryption that is not of this machine. roots is a file of certificates, PEM, that
// the hub's certificate must lead to; "" stands for those of the system.
func New(to, roots string, tries int) (*Client, error) {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme == "http":
		if !login.IsLocal(u.Hostname()) {
			return nil, message.Errorf("%s is not encrypted, and not of this machine: give a URL with https", to)
		}
	case u.Scheme != "https" || u.Host == "":
		return nil, message.Errorf("%s is no URL of a hub: give one with https", to)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if roots != "" {
		text, err := durable.ReadFile(roots, 1<<24)
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(text) {
			return nil, message.Errorf("%s has no certificate, PEM", roots)
		}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a hub sends nobody elsewhere
	return &Client{HTTP: &http.Client{Transport: t, Timeout: 10 * time.Minute, CheckRedirect: stay}, URL: to, Tries: tries, Sleep: Sleep}, nil
}

// Sleep waits; the wait ends with ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// maxAnswer bounds what is read of a hub: the names of the files that it wants.
const maxAnswer = 1 << 28

// Push sends the submission in dir, and writes the answer into it. A push that was cut off is continued by the next one: the hub asks only for the
// files that it has not.
func (c *Client) Push(ctx context.Context, dir string) (hub.Answer, error) {
	body, err := durable.ReadFile(filepath.Join(dir, witness.RequestFile), fleet.MaxRequest)
	if err != nil {
		return hub.Answer{}, err
	}
	const rounds = 3 // files that another push has removed are asked for again
	for round := 1; ; round++ {
		status, text, where, err := c.send(ctx, http.MethodPost, "/add-checkpoint", body)
		if err != nil {
			return hub.Answer{}, err
		}
		a := hub.Answer{Status: fleet.Status(status)}
		if a.Status == fleet.FilesWanted && round <= rounds {
			if err := c.upload(ctx, dir, string(text)); err != nil {
				return a, err
			}
			continue
		}
		switch a.Status {
		case fleet.Cosigned:
		case fleet.Conflict:
			a.Err = message.Errorf("the hub refused it (%d): it has cosigned %s entries already, and the request starts from others", status, strings.TrimSpace(string(text)))
		default:
			a.Err = message.Errorf("the hub refused it (%d): %s", status, strings.TrimSpace(string(text)))
		}
		if where != "" {
			status, signed, _, err := c.send(ctx, http.MethodGet, where, nil)
			if err != nil || status != http.StatusOK {
				return a, errors.Join(err, message.Errorf("the hub did not send what it has cosigned (%d)", status))
			}
			a.Signed = signed
		}
		return a, hub.WriteAnswer(dir, a)
	}
}

// upload sends the files that the hub wants. Records may be missing.
func (c *Client) upload(ctx context.Context, dir, wanted string) error {
	files := durable.FS(dir)
	lines := strings.Split(strings.TrimSuffix(wanted, "\n"), "\n")
	if !strings.HasPrefix(lines[0], "/files/") {
		return message.New("the hub sent an answer that is not understood")
	}
	for _, name := range lines[1:] {
		if !fs.ValidPath(name) || !strings.HasPrefix(name, "tile/") && !strings.HasPrefix(name, "attest/") {
			return message.New("the hub sent an answer that is not understood")
		}
		data, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, "attest/") {
			continue
		}
		if err != nil {
			return message.Errorf("the hub wants a file that is not in the submission: %w", err)
		}
		status, text, _, err := c.send(ctx, http.MethodPut, lines[0]+name, data)
		if err != nil {
			return err
		}
		if status != http.StatusNoContent {
			return message.Errorf("%s: the hub refused it (%d): %s", name, status, strings.TrimSpace(string(text)))
		}
	}
	return nil
}

// send sends a request, again after a failure that may pass: no connection, a hub that is busy or fails.
func (c *Client) send(ctx context.Context, method, path string, body []byte) (status int, text []byte, where string, err error) {
	to, err := url.JoinPath(c.URL, path)
	if err != nil {
		return 0, nil, "", err
	}
	for try := 0; ; try++ {
		status, text, where, err = c.once(ctx, method, to, body)
		passes := err != nil || status == http.StatusTooManyRequests || status >= 500
		if !passes || ctx.Err() != nil {
			return status, text, where, err
		}
		if try+1 >= max(1, c.Tries) {
			if err == nil {
				err = message.Errorf("%s: the hub failed %d times (%d)", c.URL, try+1, status)
			}
			return status, text, where, err
		}
		if err := c.Sleep(ctx, min(time.Minute, time.Second<<min(try, 6))); err != nil {
			return 0, nil, "", err
		}
	}
}

func (c *Client) once(ctx context.Context, method, to string, body []byte) (status int, text []byte, where string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	w, err := c.HTTP.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer w.Body.Close()
	text, err = io.ReadAll(io.LimitReader(w.Body, maxAnswer+1))
	if err == nil && len(text) > maxAnswer {
		err = fmt.Errorf("%s: %w", to, durable.ErrTooLong)
	}
	return w.StatusCode, text, w.Header.Get("Rasure-Cosigned"), err
}
