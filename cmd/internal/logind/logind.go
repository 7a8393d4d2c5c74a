// Package logind asks systemd-logind, over D-Bus, not to let the machine sleep while jobs run, and to switch it off after them.
//
// It is org.freedesktop.login1(5). Where there is none, as in a container, each call is an error that says so.
package logind

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/godbus/dbus/v5"

	"rasure/cmd/message"
)

const (
	busName = "org.freedesktop.login1"
	object  = "/org/freedesktop/login1"
	manager = "org.freedesktop.login1.Manager."
)

// patience is how long an answer may take: a bus that hangs must not keep a job from beginning. Chosen.
const patience = 5 * time.Second

// call calls a method of the manager on the system bus, which DBUS_SYSTEM_BUS_ADDRESS may name, and stores what it returns.
func call(ctx context.Context, method string, args []any, result ...any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err == nil {
		defer conn.Close()
		err = conn.Object(busName, object).CallWithContext(ctx, manager+method, 0, args...).Store(result...)
	}
	if err != nil {
		return message.Errorf("asking logind: %w", err)
	}
	return nil
}

// Inhibit keeps the machine from going to sleep, by itself, by its lid and by its user, until the lock is closed or the process ends. Why
// is shown by systemd-inhibit --list.
func Inhibit(ctx context.Context, why string) (lock io.Closer, err error) {
	var fd dbus.UnixFD
	if err := call(ctx, "Inhibit", []any{"sleep:idle:handle-lid-switch", "rasure", why, "block"}, &fd); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "inhibitor"), nil
}

// PowerOff switches the machine off, without asking anybody.
func PowerOff(ctx context.Context) error {
	return call(ctx, "PowerOff", []any{false})
}
