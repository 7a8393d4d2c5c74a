package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/keys"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/cmd/rasure-hub/internal/web"
	"rasure/logs"
)

func newInitCmd(a *app) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "init DIR --name NAME",
		Short: "Make the directory of a hub, with its keys",
		Long: `Make the directory of a hub, with its keys, and print the public key with which it cosigns. Stations and auditors need
it: obtain it independently of the answers. Then list the stations in DIR/stations.toml.

Example: rasure-hub init /srv/rasure --name hub.archive.example > hub.key`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if name == "" {
				return fault.Usage(message.New("--name is missing: the name of the hub, which is on every cosignature"))
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			k, err := keys.Make(args[0], name)
			if err != nil {
				return err
			}
			return a.Write([]byte(k.Cosigner.String() + "\n"))
		},
	}
	c.Flags().StringVar(&name, "name", "", "name of the hub; it is on every cosignature and cannot be changed")
	return c
}

func newKeyCmd(a *app) *cobra.Command {
	var log bool
	c := &cobra.Command{
		Use:   "key DIR",
		Short: "Print the public key with which the hub cosigns",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			k, err := keys.Read(args[0])
			if err != nil {
				return err
			}
			if log {
				return a.Write([]byte(k.LogKey + "\n"))
			}
			return a.Write([]byte(k.Cosigner.String() + "\n"))
		},
	}
	c.Flags().BoolVar(&log, "log", false, "print the key that verifies the fleet log")
	return c
}

// rosterFile is the roster in the directory of a hub.
const rosterFile = "stations.toml"

// options are those of the hub in a directory.
func (a *app) options(dir string) (hub.Options, error) {
	stations, err := roster.Read(filepath.Join(dir, rosterFile))
	return hub.Options{Dir: dir, Stations: stations, Log: slog.New(slog.NewTextHandler(a.Err, nil)), Wait: time.Second}, err
}

// open opens the hub in a directory.
func (a *app) open(ctx context.Context, dir string) (*hub.Hub, error) {
	o, err := a.options(dir)
	if err != nil {
		return nil, err
	}
	h, err := hub.Open(ctx, o)
	if errors.Is(err, logs.ErrDamaged) {
		return nil, fault.WithHint(fault.NotVerified(err), "rasure-hub repair %s STATION LOG writes the copy of the station's log again", dir)
	}
	return h, err
}

// withHub is a command whose first argument is the directory of a hub, which is open while f runs.
func (a *app) withHub(f func(ctx context.Context, h *hub.Hub, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		h, err := a.open(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		defer h.Close()
		return f(cmd.Context(), h, args)
	}
}

type serveOptions struct {
	listen, cert, key string
	seen              time.Duration
}

func newServeCmd(a *app) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve DIR [--listen ADDRESS] [--tls-cert FILE --tls-key FILE]",
		Short: "Serve a hub over HTTPS",
		Long: `Serve a hub over HTTPS: receive what stations push, cosign it, and show what it knows as pages and as JSON. Without a
certificate it serves this machine only. The stations are listed in DIR/stations.toml; the file is read when the hub starts.

Who may read the pages is in DIR/readers.toml: people with a client certificate, or those whom a reverse proxy has log in. Without
that file only this machine may. Stations need no login.

What was refused and every alarm is printed on stderr, and counted in /metrics.

Example: rasure-hub serve /srv/rasure --listen :8443 --tls-cert hub.crt --tls-key hub.pem`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runServe(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8080", "address and port")
	c.Flags().StringVar(&o.cert, "tls-cert", "", "certificate of the server, PEM")
	c.Flags().StringVar(&o.key, "tls-key", "", "key of that certificate, PEM")
	c.Flags().DurationVar(&o.seen, "check-seen", 24*time.Hour, "how often an alarm is raised for stations that send nothing new")
	return c
}

func (a *app) runServe(ctx context.Context, dir string, o serveOptions) error {
	if (o.cert == "") != (o.key == "") {
		return fault.Usage(message.New("--tls-cert and --tls-key belong together"))
	}
	if err := web.CheckListen(o.listen, o.cert != ""); err != nil {
		return fault.Refuse(err)
	}
	h, err := a.open(ctx, dir)
	if err != nil {
		return err
	}
	defer h.Close()
	p, err := a.openPages(h, dir, o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	a.Note("rasure-hub serves %s at %s\n", dir, l.Addr().String())
	defer p.Start(ctx)()
	s := web.New(h).Mount(p, p.Guard).HTTP()
	p.Rules().Configure(s)
	if o.cert != "" {
		if err := web.UseTLS(s, o.cert, o.key, func(err error) { a.Note("warning: %v\n", err) }); err != nil {
			return err
		}
	}
	ended := make(chan error, 1)
	go func() {
		if o.cert != "" {
			ended <- s.ServeTLS(web.Listen(l), "", "")
		} else {
			ended <- s.Serve(web.Listen(l))
		}
	}()
	tick := time.NewTicker(max(o.seen, time.Second))
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			if err := h.CheckSeen(); err != nil {
				a.Note("warning: %v\n", err)
			}
		case <-ctx.Done():
			grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			err := s.Shutdown(grace)
			if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
				err = errors.Join(err, served)
			}
			return err
		}
	}
}

func newStatusCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "status DIR",
		Short: "Say how the stations are",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHub(func(_ context.Context, h *hub.Hub, _ []string) error {
			all, err := h.Status()
			if err != nil {
				return err
			}
			if a.JSON {
				return a.PrintJSON(all)
			}
			rows := [][]string{a.Heading(message.Of("STATION"), message.Of("ENTRIES"), message.Of("RECEIVED"), message.Of("EVIDENCE"), message.Of("FINDINGS"))}
			for _, s := range all {
				at := "-"
				if s.Cosigned != nil {
					at = s.Cosigned.Format(time.RFC3339)
				}
				if s.Overdue {
					at += " !"
				}
				if s.Ended != nil {
					at += " " + message.Of("LOG ENDED").In(a.Lang)
				}
				rows = append(rows, []string{cli.Dash(s.Station), message.Of("%d", s.Size).In(a.Lang), at, message.Of("%d", len(s.Evidence)).In(a.Lang), message.Of("%d", len(s.Findings)).In(a.Lang)})
			}
			a.Table(rows)
			for _, s := range all {
				for _, f := range s.Findings {
					a.Printf("%s: entry %d: %s: %s\n", s.Station, f.Index, f.Rule, f.Detail)
				}
			}
			return nil
		}),
	}
	return a.JSONFlag(c)
}
