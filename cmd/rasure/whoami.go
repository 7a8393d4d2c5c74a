package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"rasure/certify"
	"rasure/devices"
)

// version is the version of this source. A build from a tagged module says the tag instead.
const version = "0.1.0"

// now is the time as statements carry it: UTC, whole seconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// thisTool describes the running program, with the SHA-256 of the file that runs.
func thisTool() (certify.Tool, error) {
	t := certify.Tool{Name: "rasure", Version: version, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				t.Revision = s.Value + t.Revision
			case s.Key == "vcs.modified" && s.Value == "true":
				t.Revision += "+modified"
			}
		}
	}
	path, err := os.Executable()
	if err != nil {
		return t, err
	}
	f, err := os.Open(path)
	if err != nil {
		return t, fmt.Errorf("hashing this program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return t, fmt.Errorf("hashing this program: %w", err)
	}
	t.BinarySHA256 = hex.EncodeToString(h.Sum(nil))
	return t, nil
}

// thisHost describes the machine. What the firmware says is as trustworthy as the firmware.
func thisHost(a *app) certify.Host {
	root := a.host().Root
	read := func(name string) string {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return ""
		}
		return devices.Printable(strings.TrimSpace(string(text)))
	}
	return certify.Host{
		Name:    read("proc/sys/kernel/hostname"),
		Vendor:  read("sys/class/dmi/id/sys_vendor"),
		Product: read("sys/class/dmi/id/product_name"),
		Serial:  read("sys/class/dmi/id/product_serial"),
		Kernel:  read("proc/sys/kernel/osrelease"),
	}
}

// thisOperator is who ran the command: the account behind sudo, else the login, else the user.
func thisOperator() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return devices.Printable(name)
	}
	if text, err := os.ReadFile("/proc/self/loginuid"); err == nil {
		if u, err := user.LookupId(strings.TrimSpace(string(text))); err == nil {
			return devices.Printable(u.Username)
		}
	}
	if u, err := user.Current(); err == nil {
		return devices.Printable(u.Username)
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
