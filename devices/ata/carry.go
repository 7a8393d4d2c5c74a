package ata

import (
	"context"
	"slices"

	"rasure/cmd/message"
)

// Part is one thing that the way between a host and a drive must carry. The words stand in settings and on certificates.
type Part string

const (
	PartIdentify   Part = "identify"   // IDENTIFY DEVICE gives the data of the drive
	PartSense      Part = "sense"      // the registers of a command without data come back, with all their bytes
	PartLogs       Part = "logs"       // READ LOG EXT
	PartSMART      Part = "smart"      // SMART READ DATA, READ THRESHOLDS and READ LOG
	PartStatistics Part = "statistics" // the device statistics, by READ LOG EXT
	PartEcho       Part = "echo"       // count and LBA of a command without data, their low 8 and 24 bits
	PartAddress    Part = "address"    // the high bytes of both
)

// Parts are all of them.
var Parts = []Part{PartIdentify, PartSense, PartLogs, PartSMART, PartStatistics, PartEcho, PartAddress}

// Needs are the parts that a command depends on. ok is false for a command that sends data: no trial that changes nothing can show that they
// arrive.
func (c Command) Needs() (parts []Part, ok bool) {
	switch {
	case c.Protocol == PIOOut:
		return nil, false
	case c.Opcode == opIdentify:
		return []Part{PartIdentify}, true
	case c.Opcode == opReadLog && c.LBA&0xff == logStatistics:
		return []Part{PartIdentify, PartLogs, PartStatistics}, true
	case c.Opcode == opReadLog:
		return []Part{PartIdentify, PartLogs}, true
	case c.Protocol == PIOIn && c.Opcode == opSMART:
		return []Part{PartIdentify, PartSMART}, true
	case c.Protocol != NonData:
		return nil, false
	}
	parts = []Part{PartIdentify, PartSense}
	if c.Count != 0 || c.LBA != 0 {
		parts = append(parts, PartEcho)
	}
	if c.Count > 0xff || c.LBA > 0xffffff {
		parts = append(parts, PartAddress)
	}
	return parts, true
}

// ErrNotCarried means that a command was not sent, because what is in front of the drive was not shown to carry it.
var ErrNotCarried = message.New("the USB bridge was not shown to carry this command")

// Carried returns a transport that sends only what depends on nothing but these parts. Other commands fail with [ErrNotCarried].
func Carried(t Transport, parts []Part) Transport { return carried{t, parts} }

type carried struct {
	Transport
	parts []Part
}

func (c carried) Do(ctx context.Context, command Command) (*Registers, error) {
	needs, ok := command.Needs()
	if !ok || slices.ContainsFunc(needs, func(p Part) bool { return !slices.Contains(c.parts, p) }) {
		return nil, ErrNotCarried
	}
	return c.Transport.Do(ctx, command)
}
