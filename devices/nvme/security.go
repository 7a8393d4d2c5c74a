package nvme

// SecurityReceive makes the command that reads an answer of a security protocol (SPC-5 4.4) into data, and sends the length
// too. specific is the protocol's own number: a ComID for TCG's.
func SecurityReceive(protocol uint8, specific uint16, data []byte) Command {
	return security(0x82, protocol, specific, data)
}

// SecuritySend makes the command that sends one.
func SecuritySend(protocol uint8, specific uint16, data []byte) Command {
	return security(0x81, protocol, specific, data)
}

func security(opcode, protocol uint8, specific uint16, data []byte) Command {
	return Command{Opcode: opcode, CDW: [6]uint32{uint32(protocol)<<24 | uint32(specific)<<8, uint32(len(data))}, Data: data}
}
