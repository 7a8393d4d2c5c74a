//go:build aws

package fleetlog_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"rasure/cmd/rasure-hub/internal/fleetlog"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// database starts a MariaDB of its own, and returns the name of its socket and what kills it.
func database(t *testing.T, dir string) (socket string, kill func()) {
	t.Helper()
	data := filepath.Join(dir, "data")
	socket = filepath.Join(dir, "socket")
	if _, err := os.Stat(data); err != nil {
		if out, err := exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root").CombinedOutput(); err != nil {
			t.Fatalf("mariadb-install-db: %v: %s", err, out)
		}
	}
	c := exec.Command("mariadbd", "--no-defaults", "--datadir="+data, "--socket="+socket, "--skip-networking", "--user=root", "--pid-file="+filepath.Join(dir, "pid"))
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	check(t, c.Start())
	kill = func() { c.Process.Kill(); c.Wait() }
	t.Cleanup(kill)
	db, err := sql.Open("mysql", dsn(socket, ""))
	check(t, err)
	defer db.Close()
	mysql.SetLogger(quiet{})
	for db.Ping() != nil {
		if c.Process.Signal(syscall.Signal(0)) != nil {
			t.Fatal("mariadbd has ended")
		}
		time.Sleep(50 * time.Millisecond)
	}
	_, err = db.Exec("CREATE DATABASE IF NOT EXISTS fleet")
	check(t, err)
	return socket, kill
}

type quiet struct{}

func (quiet) Print(...any) {}

func dsn(socket, name string) string { return "root@unix(" + socket + ")/" + name }

// TestAWS keeps a fleet log in S3 and MySQL: gofakes3 and MariaDB. It kills MariaDB in between, and has tessera/fsck check what anybody reads.
func TestAWS(t *testing.T) {
	if _, err := exec.LookPath("mariadbd"); err != nil {
		t.Fatal("mariadbd is missing: apt install mariadb-server")
	}
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	store := s3mem.New()
	server := httptest.NewServer(gofakes3.New(store).Server())
	t.Cleanup(server.Close)
	check(t, store.CreateBucket("fleet"))
	dir, err := os.MkdirTemp("/dev/shm", "fleetlog-test-")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket, kill := database(t, dir)
	hub := t.TempDir()
	check(t, os.WriteFile(filepath.Join(hub, fleetlog.SettingsFile), fmt.Appendf(nil, "driver = \"aws\"\nbucket = \"fleet\"\nendpoint = %q\ndsn = %q\n", server.URL, dsn(socket, "fleet")), 0o600))
	secret, public, err := note.GenerateKey(rand.Reader, "hub.example/fleet")
	check(t, err)
	signer, err := note.NewSigner(secret)
	check(t, err)
	verifier, err := note.NewVerifier(public)
	check(t, err)
	ctx := context.Background()
	open := func() *fleetlog.Log {
		t.Helper()
		l, err := fleetlog.Open(ctx, fleetlog.Options{Place: filepath.Join(hub, "fleet"), Signer: signer})
		check(t, err)
		return l
	}
	n := uint64(0)
	add := func(l *fleetlog.Log, many int) {
		t.Helper()
		for range many {
			index, err := l.Add(ctx, fleetlog.Entry("cosigned", "id", fmt.Appendf(nil, "checkpoint %d", n)))
			check(t, err)
			if index != n {
				t.Fatalf("entry %d is at %d", n, index)
			}
			n++
		}
	}
	l := open()
	add(l, 20)
	check(t, l.Close())
	l = open()
	add(l, 1)
	kill()
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	if _, err := l.Add(short, []byte("without a database")); err == nil {
		t.Error("an entry is in the log without its database")
	}
	cancel()
	_ = l.Close()
	database(t, dir)
	l = open()
	index, err := l.Add(ctx, []byte("the database is back"))
	check(t, err)
	if index < n || index > n+1 { // the entry without an answer may be there
		t.Errorf("the next entry is at %d, after %d", index, n)
	}
	check(t, l.Close())
	root, err := url.Parse(server.URL + "/fleet/")
	check(t, err)
	f, err := client.NewHTTPFetcher(root, http.DefaultClient)
	check(t, err)
	hashes := func(bundle []byte) (all [][]byte, err error) {
		var b api.EntryBundle
		err = b.UnmarshalText(bundle)
		for _, e := range b.Entries {
			all = append(all, rfc6962.DefaultHasher.HashLeaf(e))
		}
		return all, err
	}
	check(t, fsck.New("hub.example/fleet", verifier, f, hashes, fsck.Opts{N: 32}).Check(ctx))
	signed, err := f.ReadCheckpoint(ctx)
	check(t, err)
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		t.Error(err)
	}
}
