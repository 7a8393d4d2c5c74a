package nvme

import (
	"context"
	"encoding/binary"
	"slices"
)

// Namespace has the fields of Identify Namespace, NVM Command Set Specification 1.1, 4.1.5.1.
type Namespace struct {
	Size, Capacity, Used uint64 // NSZE, NCAP, NUSE, in logical blocks

	Format        uint8  // FLBAS: the number of the LBA format in use, 0 to 63
	Block         int    // bytes of a logical block, 0 if the drive reports an impossible size
	Metadata      int    // bytes of metadata that go with each block
	Extended      bool   // FLBAS: metadata is transferred at the end of the block and not apart
	Protection    uint8  // DPS: type of end-to-end protection, 0 none
	ProtectionTop bool   // DPS: protection information is the first bytes of metadata
	Shared        bool   // NMIC: more than one controller may have it
	Formatting    int8   // FPI: per cent of a running format that remain, 0 none is running, -1 not reported
	Deallocated   uint8  // DLFEAT: a deallocated block reads as 0 not reported, 1 zeros, 2 ones
	Protected     bool   // NSATTR: write protected
	Bytes         uint64 // NVMCAP, 0 not reported
}

const (
	cnsNamespace = 0x00
	cnsActive    = 0x02
	cnsAllocated = 0x10
	cnsAttached  = 0x12

	// AllNamespaces is the number for every namespace of a controller.
	AllNamespaces = 0xffffffff
)

// IdentifyNamespace asks for one namespace. One that is not attached to this controller is all zero bytes: its Size is 0.
func IdentifyNamespace(ctx context.Context, t Transport, nsid uint32) (Namespace, error) {
	data, err := identify(ctx, t, cnsNamespace, nsid)
	if err != nil {
		return Namespace{}, err
	}
	return ParseNamespace(data)
}

// ParseNamespace reads the 4096 bytes of Identify Namespace data.
func ParseNamespace(b []byte) (Namespace, error) {
	if len(b) != identifySize {
		return Namespace{}, errIdentify
	}
	n := Namespace{
		Size: binary.LittleEndian.Uint64(b), Capacity: binary.LittleEndian.Uint64(b[8:]), Used: binary.LittleEndian.Uint64(b[16:]),
		Format: b[26]&0x0f | b[26]>>1&0x30, Extended: b[26]&0x10 != 0, Protection: b[29] & 0x07, ProtectionTop: b[29]&0x08 != 0,
		Shared: b[30]&0x01 != 0, Formatting: -1, Deallocated: b[33] & 0x07, Protected: b[99]&0x01 != 0, Bytes: saturate(b[48:64]),
	}
	if b[32]&0x80 != 0 {
		n.Formatting = int8(b[32] & 0x7f)
	}
	f := b[128+4*int(n.Format):] // the table of 64 ends at byte 383
	n.Metadata = int(binary.LittleEndian.Uint16(f))
	if shift := f[2]; shift >= 9 && shift <= 30 {
		n.Block = 1 << shift
	}
	return n, nil
}

// ActiveNamespaces are the numbers of the namespaces attached to this controller, in ascending order, at most 1024.
func ActiveNamespaces(ctx context.Context, t Transport) ([]uint32, error) {
	return list(ctx, t, cnsActive)
}

// AllocatedNamespaces are those that exist in the subsystem, attached or not: only a drive that manages namespaces can be
// asked. What they hold is erased by a sanitize operation and by nothing else that is sent to this controller.
func AllocatedNamespaces(ctx context.Context, t Transport) ([]uint32, error) {
	return list(ctx, t, cnsAllocated)
}

// AttachedControllers are the numbers of the controllers to which a namespace is attached, this one's included: also those of another host.
func AttachedControllers(ctx context.Context, t Transport, nsid uint32) ([]uint16, error) {
	b, err := identify(ctx, t, cnsAttached, nsid)
	if err != nil {
		return nil, err
	}
	return ParseControllerList(b)
}

// ParseControllerList reads a controller list, Base 2.1, 4.6.1: how many, and their numbers.
func ParseControllerList(b []byte) ([]uint16, error) {
	if len(b) != identifySize || int(binary.LittleEndian.Uint16(b)) > identifySize/2-1 {
		return nil, errIdentify
	}
	ids := make([]uint16, binary.LittleEndian.Uint16(b))
	for i := range ids {
		ids[i] = binary.LittleEndian.Uint16(b[2+2*i:])
	}
	return ids, nil
}

func list(ctx context.Context, t Transport, cns uint32) ([]uint32, error) {
	data, err := identify(ctx, t, cns, 0)
	if err != nil {
		return nil, err
	}
	return ParseNamespaceList(data)
}

// ParseNamespaceList reads the 4096 bytes of a namespace list, Base 2.1, 4.6: ascending numbers, the rest zeros.
func ParseNamespaceList(b []byte) ([]uint32, error) {
	if len(b) != identifySize {
		return nil, errIdentify
	}
	ids := make([]uint32, identifySize/4)
	for i := range ids {
		ids[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	end := slices.Index(ids, 0)
	if end < 0 {
		end = len(ids)
	}
	for i, id := range ids {
		if i < end && i > 0 && id <= ids[i-1] || i >= end && id != 0 || id == AllNamespaces {
			return nil, errIdentify // a list that is out of order has been read wrong, and must not look shorter
		}
	}
	return ids[:end], nil
}
