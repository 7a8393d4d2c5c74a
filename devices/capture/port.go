package capture

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// errChanges is what a command meets that is not among those that only read. None is ever sent: the drivers keep to that by themselves.
var errChanges = message.New("not sent: it is not among the commands that only read")

// port is an opening whose commands are recorded.
type port struct {
	devices.Port
	r *Recording
}

func (p port) SCSI() scsi.Transport {
	if t := p.Port.SCSI(); t != nil {
		return overSCSI{t, p.r}
	}
	return nil
}

func (p port) NVMe() nvme.Transport {
	if t := p.Port.NVMe(); t != nil {
		return overNVMe{t, p.r}
	}
	return nil
}

func (p port) MMC() mmc.Transport {
	if t := p.Port.MMC(); t != nil {
		return overMMC{t, p.r}
	}
	return nil
}

type overSCSI struct {
	scsi.Transport
	r *Recording
}

func (t overSCSI) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	e := Exchange{Command: hex.EncodeToString(c.CDB)}
	if !readsSCSI(c) {
		e.Err = errChanges.Error()
		t.r.add(e)
		return scsi.Reply{}, errChanges
	}
	reply, err := t.Transport.Do(ctx, c)
	switch {
	case err != nil:
		e.Err = err.Error()
	default:
		e.Data, e.Status = received(c.Data, reply.Residual), append([]byte{}, reply.Sense...)
		if reply.Status != 0 && !slices.ContainsFunc(e.Data, func(b byte) bool { return b != 0 }) {
			e.Data = nil
		}
		if len(e.Status) == 0 && reply.Status != 0 {
			e.Status = []byte{reply.Status}
		}
	}
	t.r.add(e)
	return reply, err
}

// received is a copy of the part of a buffer that the drive filled.
func received(b []byte, residual int) []byte {
	return append([]byte{}, b[:max(0, min(len(b), len(b)-residual))]...)
}

// readsSCSI reports whether a command only reads: SPC-5 and SBC-4, and the ATA commands of ACS-4 in a pass-through.
func readsSCSI(c scsi.Command) bool {
	if c.Direction == scsi.Out {
		return false
	}
	switch b := c.CDB; b[0] {
	case 0x00, 0x03, 0x12, 0x1a, 0x37, 0x4d, 0x5a, 0xa2, 0xb7: // TEST UNIT READY, REQUEST SENSE, INQUIRY, MODE SENSE, READ DEFECT DATA, LOG SENSE, SECURITY PROTOCOL IN
		return true
	case 0x9e: // READ CAPACITY (16)
		return b[1]&0x1f == 0x10
	case 0xa3: // REPORT SUPPORTED OPERATION CODES
		return b[1]&0x1f == 0x0c
	case 0x85:
		return len(b) == 16 && readsATA(b[14], binary.BigEndian.Uint16(b[3:]), binary.BigEndian.Uint16(b[5:]), b[1]>>1&0x0f)
	}
	return false
}

func readsATA(command uint8, feature, count uint16, protocol uint8) bool {
	const returnResponse = 15
	switch {
	case protocol == returnResponse:
		return true
	case command == 0xec, command == 0x2f, command == 0x27, command == 0xf8, command == 0x00: // IDENTIFY, READ LOG EXT, READ NATIVE MAX, NOP
		return true
	case command == 0xb0: // SMART: READ DATA, READ THRESHOLDS, READ LOG, RETURN STATUS
		return feature == 0xd0 || feature == 0xd1 || feature == 0xd5 || feature == 0xda
	case command == 0xb4: // SANITIZE STATUS EXT, without the bit that leaves a failed state
		return feature == 0 && count == 0
	case command == 0x78: // GET NATIVE MAX ADDRESS EXT
		return feature == 0
	case command == 0xb1: // DEVICE CONFIGURATION IDENTIFY
		return feature == 0xc2
	}
	return false
}

type overNVMe struct {
	nvme.Transport
	r *Recording
}

func (t overNVMe) NSID() (uint32, error) { return nvme.NSID(t.Transport) }

func (t overNVMe) Admin(ctx context.Context, c nvme.Command) (uint32, error) {
	words := []string{fmt.Sprintf("%02x", c.Opcode), fmt.Sprintf("%x", c.NSID)}
	for _, w := range c.CDW {
		words = append(words, fmt.Sprintf("%x", w))
	}
	e := Exchange{Command: strings.Join(words, "-")}
	if c.Opcode != 0x02 && c.Opcode != 0x06 && c.Opcode != 0x82 { // Get Log Page, Identify, Security Receive
		e.Err = errChanges.Error()
		t.r.add(e)
		return 0, errChanges
	}
	result, err := t.Transport.Admin(ctx, c)
	var refused *nvme.StatusError
	switch {
	case errors.As(err, &refused):
		e.Status = binary.BigEndian.AppendUint16(nil, uint16(refused.Status))
	case err != nil:
		e.Err = err.Error()
	default:
		e.Data = append([]byte{}, c.Data...)
	}
	t.r.add(e)
	return result, err
}

type overMMC struct {
	mmc.Transport
	r *Recording
}

func (t overMMC) Do(ctx context.Context, commands ...mmc.Command) ([]mmc.Status, error) {
	for _, c := range commands {
		if c.Opcode != 8 && c.Opcode != 13 { // SEND_EXT_CSD, SEND_STATUS
			t.r.add(Exchange{Command: fmt.Sprintf("cmd%d-%x", c.Opcode, c.Arg), Err: errChanges.Error()})
			return nil, errChanges
		}
	}
	all, err := t.Transport.Do(ctx, commands...)
	for i, c := range commands {
		e := Exchange{Command: fmt.Sprintf("cmd%d-%x", c.Opcode, c.Arg)}
		if i < len(all) {
			e.Data, e.Status = append([]byte{}, c.Data...), binary.BigEndian.AppendUint32(nil, uint32(all[i]))
		} else if err != nil {
			e.Err = err.Error()
		}
		t.r.add(e)
	}
	return all, err
}
