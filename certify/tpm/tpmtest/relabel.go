package tpmtest

import (
	"bytes"
	"encoding/binary"
	"net"
	"path/filepath"
)

// Relabelled returns the address of a program in front of the emulator that has it say it was hardware. Such a lie is easy, and shows what an
// assurance is worth that nobody has checked.
func (e *Emulator) Relabelled() (address string) {
	e.t.Helper()
	path := filepath.Join(e.dir, "r")
	l, err := net.Listen("unix", path)
	if err != nil {
		e.t.Fatal(err)
	}
	ended := make(chan struct{})
	e.t.Cleanup(func() {
		l.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			e.relabel(c)
		}
	}()
	return "unix:" + path
}

const getCapability = 0x17A // TPM_CC_GetCapability

// relabel answers the commands of a connection, one after the other.
func (e *Emulator) relabel(c net.Conn) {
	defer c.Close()
	for {
		command := make([]byte, 4096)
		n, err := c.Read(command) // a client writes a command in one piece
		if err != nil || n < 10 {
			return
		}
		answer, err := e.Send(command[:n])
		if err != nil {
			return
		}
		if binary.BigEndian.Uint32(command[6:]) == getCapability {
			for _, swap := range [][2]string{{"IBM\x00", "IFX\x00"}, {"SW  ", "SLB9"}, {" TPM", "670\x00"}} {
				answer = bytes.ReplaceAll(answer, []byte(swap[0]), []byte(swap[1]))
			}
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}
