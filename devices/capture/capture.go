// Package capture records what a drive answers, for those who cannot have it: every command with which rasure asks a drive for its
// identity, its health and its abilities, and every answer, as text. Nothing of it changes the drive, and serial numbers are masked.
package capture

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
)

// Exchange is a command and what came back.
type Exchange struct {
	Command string // in hex, its parts joined by dashes
	Data    []byte // that the drive sent
	Status  []byte // its sense data, status or result; empty if there is none
	Err     string // why no answer came
}

// Recording is what was asked of one drive.
type Recording struct {
	Disk      devices.Disk
	Exchanges []Exchange

	mu sync.Mutex
}

// Record asks a disk that is not claimed all that rasure asks. The error says that it was not asked: it is an image, or another program may be
// erasing it.
func Record(ctx context.Context, h *devices.Host, d devices.Disk) (*Recording, error) {
	if d.Medium == devices.Image {
		return nil, message.New("an image has no firmware")
	}
	r := &Recording{Disk: d}
	watched := *h
	watched.Open = func(path string, write bool) (devices.Port, error) {
		p, err := h.Open(path, write)
		if err != nil || write || path != d.Path {
			return p, err
		}
		return port{p, r}, nil
	}
	_, err := watched.Capabilities(ctx, d)
	health.Read(ctx, &watched, d)
	if len(r.Exchanges) == 0 {
		if err == nil {
			err = message.New("no commands reach the drive")
		}
		return nil, err
	}
	r.mask()
	return r, nil
}

func (r *Recording) add(e Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Exchanges = append(r.Exchanges, e)
}

// Text is the recording in the form of the project's own captures: a head, and for each answer a line with its name and its size in bytes, and the
// bytes in hex, without zeros at the end. An answer that was asked for again, and was the same, is left out.
func (r *Recording) Text(version string) string {
	var head, body strings.Builder
	d := r.Disk
	fmt.Fprintf(&head, "%s %s, fw %s\nSource: rasure %s, show --capture; serial numbers are masked\n", devices.Printable(d.Vendor), devices.Printable(d.Model), devices.Printable(d.Firmware), version)
	fmt.Fprintf(&head, "Attached: bus %s, driver %s, protocol %s, %d blocks of %d bytes\n", d.Bus, d.Driver, d.Protocol, d.Size/int64(max(d.LogicalBlock, 1)), d.LogicalBlock)
	seen := map[string]int{}
	last := map[string]string{}
	for _, e := range r.Exchanges {
		if e.Err != "" {
			fmt.Fprintf(&head, "No answer: %s: %s\n", e.Command, e.Err)
			continue
		}
		all := fmt.Sprintf("%x %x", e.Data, e.Status)
		if last[e.Command] == all {
			continue
		}
		name := e.Command
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprintf("-again%d", seen[name])
		}
		last[e.Command] = all
		if len(e.Data) > 0 {
			section(&body, name, e.Data)
		}
		if len(e.Status) > 0 {
			section(&body, name+"-status", e.Status)
		}
		if len(e.Data)+len(e.Status) == 0 {
			section(&body, name+"-good", nil)
		}
	}
	return head.String() + body.String()
}

func section(to *strings.Builder, name string, b []byte) {
	fmt.Fprintf(to, "-- %s %d --\n", name, len(b))
	kept := len(b)
	for kept > 0 && b[kept-1] == 0 {
		kept--
	}
	for at := 0; at < kept; at += 16 {
		line := hex.EncodeToString(b[at:min(at+16, kept)])
		for i := 0; i < len(line); i += 2 {
			if i > 0 {
				to.WriteByte(' ')
			}
			to.WriteString(line[i : i+2])
		}
		to.WriteByte('\n')
	}
}
