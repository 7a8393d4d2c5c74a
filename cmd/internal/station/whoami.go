package station

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

	"golang.org/x/mod/module"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/devices"
)

// Version is the version of this source.
const Version = "0.1.0"

// Now returns the time as statements carry it: UTC, whole seconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// Release returns the tag of the release that this program was built from, such as v0.1.0; "" if it was built from any other source.
func Release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return releaseOf(info.Main.Version)
}

// releaseOf takes what Go records as the version of the main module: a tag, a version made from a revision or (devel), and +dirty behind it for
// a source with changes.
func releaseOf(version string) string {
	if !strings.HasPrefix(version, "v") || module.IsPseudoVersion(version) || strings.Contains(version, "+") {
		return ""
	}
	return version
}

// Tool describes the running program, with the SHA-256 of its file.
func Tool() (certify.Tool, error) {
	t := certify.Tool{Name: "rasure", Version: Version, Go: runtime.Version()}
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
	f, err := openProgram()
	if err != nil {
		return t, message.Errorf("hashing this program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return t, message.Errorf("hashing this program: %w", err)
	}
	t.BinarySHA256 = hex.EncodeToString(h.Sum(nil))
	return t, nil
}

// openProgram opens the file that this process runs. On Linux that is not always the file with its name: an upgrade puts another program there, and
// a job server that was started before it continues.
func openProgram() (*os.File, error) {
	if runtime.GOOS == "linux" {
		return os.Open("/proc/self/exe")
	}
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Host describes the machine whose files root has. What its firmware reports is as trustworthy as the firmware.
func Host(root fs.FS) certify.Host {
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

// Operator returns who runs this process: the account behind sudo, or the login, or the user.
func Operator() string {
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
