package devices

import (
	"errors"
	"io"
	"slices"

	"rasure/cmd/message"
)

// Join makes the target all namespaces of its drive that a command erases at once: behind the bytes of the disk are those of the others, in their
// order, and [Target.Disk] names them. What a job does to the disk it then does to all of them. Only namespaces of one drive are joined, and only
// with blocks of one size. The caller has claimed the others, and closes them.
func (t *Target) Join(others []*Target) error {
	all, disks, port := append([]*Target{t}, others...), []Disk{}, &joinedPort{Port: t.port}
	for _, o := range all {
		disks = append(disks, o.disk)
		port.add(o.port, o.disk.Size)
	}
	joined, err := t.host.join(disks)
	if err != nil {
		return err
	}
	t.others, t.bytes, t.joined = others, port, joined
	return nil
}

// maxNamespaces is how many a certificate can state.
const maxNamespaces = 64

// join describes several namespaces of one drive as one disk.
func (h *Host) join(disks []Disk) (Disk, error) {
	if len(disks) > maxNamespaces {
		return Disk{}, message.Errorf("%d namespaces are more than a certificate can state", len(disks))
	}
	first := disks[0]
	joined := first
	joined.Size, joined.Namespaces = 0, nil
	for _, d := range disks {
		id := h.namespaceID(d)
		switch {
		case id == 0 || d.Serial == "" || d.Serial != first.Serial || d.Model != first.Model:
			return Disk{}, message.Errorf("%s is no namespace of the drive that has %s", Printable(d.Name), Printable(first.Name))
		case slices.ContainsFunc(joined.Namespaces, func(n Namespace) bool { return n.ID == id }):
			return Disk{}, message.Errorf("%s is joined twice", Printable(d.Name))
		case d.Queue.Zoned == HostManaged:
			return Disk{}, message.Errorf("%s has host-managed zones", Printable(d.Name))
		case d.LogicalBlock != first.LogicalBlock:
			return Disk{}, message.Errorf("%s has blocks of %d bytes, and %s has blocks of %d bytes", Printable(d.Name), d.LogicalBlock, Printable(first.Name), first.LogicalBlock)
		}
		joined.Namespaces = append(joined.Namespaces, Namespace{id, d.Name, d.Size, d.WWN})
		joined.Size += d.Size
	}
	return joined, nil
}

// Rejoin describes the disks that have joined namespaces now as one disk, in the same order. They are known by the drive's serial number and model,
// and by their numbers, sizes and world wide names. d is one of them.
func (h *Host) Rejoin(d Disk, were []Namespace) (Disk, error) {
	disks, err := h.Disks()
	if err != nil {
		return Disk{}, err
	}
	var found []Disk
	for _, n := range were {
		i := slices.IndexFunc(disks, func(o Disk) bool {
			return h.isNamespace(o, d, n)
		})
		if i < 0 {
			return Disk{}, message.Errorf("the drive that has %s has no namespace %d of %d bytes any more", Printable(d.Name), n.ID, n.Size)
		}
		found = append(found, disks[i])
	}
	return h.join(found)
}

// isNamespace reports whether o is namespace n of the drive that has d.
func (h *Host) isNamespace(o, d Disk, n Namespace) bool {
	return sameSerial(o, d) && o.Model == d.Model && h.namespaceID(o) == n.ID && o.Size == n.Size && o.WWN == n.WWN
}

// namespaceID is the number of a namespace in its drive; 0 of another disk.
func (h *Host) namespaceID(d Disk) uint32 {
	if d.Protocol != ProtocolNVMe {
		return 0
	}
	return uint32(h.count(d.topology, "nsid"))
}

// openJoined opens joined namespaces for reading.
func (h *Host) openJoined(d Disk, open func(Disk) (Port, error)) (Port, error) {
	all := &joinedPort{}
	for _, n := range d.Namespaces {
		one, err := h.describe(n.Name)
		if err == nil && !h.isNamespace(one, d, n) { // the name may have gone to another one
			err = message.Errorf("%s is no longer namespace %d of the drive", Printable(n.Name), n.ID)
		}
		var port Port
		if err == nil {
			port, err = open(one)
		}
		if err != nil {
			return nil, errors.Join(err, all.Close())
		}
		if all.Port == nil {
			all.Port = port
		}
		all.add(port, n.Size)
	}
	return all, nil
}

// joinedPort is the ports of several namespaces, one behind the other. What is asked of the drive is asked through the first.
type joinedPort struct {
	Port
	parts []part
}

type part struct {
	Port
	start, size int64
}

func (j *joinedPort) add(p Port, size int64) {
	start := int64(0)
	if n := len(j.parts); n > 0 {
		start = j.parts[n-1].start + j.parts[n-1].size
	}
	j.parts = append(j.parts, part{p, start, size})
}

func (j *joinedPort) ReadAt(p []byte, off int64) (int, error) { return j.transfer(p, off, Port.ReadAt) }
func (j *joinedPort) WriteAt(p []byte, off int64) (int, error) {
	return j.transfer(p, off, Port.WriteAt)
}

// transfer moves p at an offset, each piece in its namespace. It is whole or an error.
func (j *joinedPort) transfer(p []byte, off int64, move func(Port, []byte, int64) (int, error)) (done int, err error) {
	for _, x := range j.parts {
		at := off + int64(done) - x.start
		if at < 0 || at >= x.size {
			continue
		}
		n, err := move(x.Port, p[done:min(int64(len(p)), int64(done)+x.size-at)], at)
		if done += n; err != nil || done == len(p) {
			return done, err
		}
	}
	return done, io.ErrUnexpectedEOF
}

func (j *joinedPort) Sync() error      { return j.each(Port.Sync) }
func (j *joinedPort) DropCache() error { return j.each(Port.DropCache) }
func (j *joinedPort) Close() error     { return j.each(Port.Close) }

// each does something with every namespace, also where it fails with one.
func (j *joinedPort) each(do func(Port) error) error {
	var all []error
	for _, x := range j.parts {
		all = append(all, do(x.Port))
	}
	return errors.Join(all...)
}
