package jobserver_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/contents"
	"rasure/devices/devicetest"
)

const diskSize = 4 << 20

// machine is a workstation with a station and drives in memory.
type machine struct {
	*testing.T
	dir  string
	size int64 // of what is plugged in
	host *devices.Host
	st   *station.Station

	mu     sync.Mutex // guards what follows
	drives map[string]*devicetest.Drive
	gates  map[string]chan struct{} // a read or a write of the drive waits until its gate is closed
	seq    int
	slots  map[string]int // of a disk: it keeps it when it is plugged in again
	held   []func()       // open the gates
	opens  func()         // is called when a disk is opened; may be nil
}

// letGo lets all drives go on.
func (m *machine) letGo() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, open := range m.held {
		open()
	}
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{T: t, dir: filepath.Join(t.TempDir(), "state"), size: diskSize, drives: map[string]*devicetest.Drive{}, gates: map[string]chan struct{}{}, slots: map[string]int{}, seq: 40}
	m.host = devicetest.FromArchive(t, []byte("-- sys/block/ --\n-- proc/1/mountinfo --\n1 1 0:2 / / rw - rootfs rootfs rw\n-- proc/1/ --\ncomm init\nns/mnt -> mnt:[1]\nfd/\n"))
	m.host.LookAgain = 20 * time.Millisecond
	m.host.Open = func(path string, _ bool) (devices.Port, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if opens := m.opens; opens != nil {
			m.opens = nil
			m.mu.Unlock()
			opens()
			m.mu.Lock()
		}
		name := filepath.Base(path)
		d, gate := m.drives[name], m.gates[name]
		if d == nil {
			return nil, devices.ErrLost
		}
		return gated{d.Open(), gate}, nil
	}
	var err error
	if m.st, err = station.Init(t.Context(), m.dir, station.InitOptions{Name: "jobs.example", Key: station.KeySoftware}, station.Options{Root: m.host.Root}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.st.Close)
	return m
}

// gated is a drive whose transfers wait.
type gated struct {
	*devicetest.Drive
	gate chan struct{}
}

func (g gated) WriteAt(p []byte, off int64) (int, error) {
	if g.gate != nil {
		<-g.gate
	}
	return g.Drive.WriteAt(p, off)
}

// plug attaches a disk. Its jobs wait until open is called, if it is held.
func (m *machine) plug(name, serial string, held bool) (open func()) {
	m.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.slots[name]
	if !ok {
		n = len(m.slots)
		m.slots[name] = n
	}
	m.seq++
	d := devicetest.NewDrive(m.size, 512)
	d.Poke(bytes.Repeat([]byte("secret!!"), int(m.size/8)), 0)
	d.SetState(devices.State{Number: devices.Number{Major: 8, Minor: uint32(16 * n)}, Seq: uint64(m.seq), Size: m.size})
	m.drives[name] = d
	open = func() {}
	if held {
		gate := make(chan struct{})
		m.gates[name] = gate
		open = sync.OnceFunc(func() { close(gate) })
		m.held = append(m.held, open)
	}
	files := m.host.Root.(*devicetest.Files)
	at := fmt.Sprintf("sys/devices/pci0/host0/target0:0:%d/0:0:%[1]d:0/", n)
	for file, text := range map[string]string{"vendor": "SEAGATE", "model": "ST4", "rev": "0001", "type": "0", "scsi_level": "6", "state": "running", "queue_depth": "1",
		"vpd_pg80":               string([]byte{0, 0x80, 0, byte(len(serial))}) + serial,
		"block/" + name + "/dev": fmt.Sprintf("8:%d\n", 16*n), "block/" + name + "/size": fmt.Sprint(m.size / 512), "block/" + name + "/removable": "0",
		"block/" + name + "/ro": "0", "block/" + name + "/hidden": "0", "block/" + name + "/diskseq": fmt.Sprint(m.seq), "block/" + name + "/inflight": "0 0",
		"block/" + name + "/queue/logical_block_size": "512", "block/" + name + "/queue/physical_block_size": "512", "block/" + name + "/queue/rotational": "1",
		"block/" + name + "/queue/max_sectors_kb": "1280", "block/" + name + "/queue/nr_requests": "2", "block/" + name + "/queue/zoned": "none"} {
		files.Write(at+file, text)
	}
	files.Mkdir(at + "block/" + name + "/holders")
	files.Link(at+"block/"+name+"/device", "../../../0:0:"+fmt.Sprint(n)+":0")
	files.Link("sys/class/block/"+name, "../../"+strings.TrimPrefix(at, "sys/")+"block/"+name)
	files.Link(fmt.Sprintf("sys/dev/block/8:%d", 16*n), "../../"+strings.TrimPrefix(at, "sys/")+"block/"+name)
	files.Link("sys/block/"+name, "../"+strings.TrimPrefix(at, "sys/")+"block/"+name)
	return open
}

// pull takes a disk out.
func (m *machine) pull(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drives[name].Inject(devicetest.Fault{Kind: devicetest.Vanishes})
	files := m.host.Root.(*devicetest.Files)
	files.Remove("sys/block/" + name)
	files.Remove("sys/class/block/" + name)
}

// serve starts a server that watches the disks, in which nothing is read of them unless a test wants it.
func (m *machine) serve(change func(*jobserver.Options)) *jobserver.Server {
	m.Helper()
	o := jobserver.Options{StateDir: m.dir, Contents: func(context.Context, *devices.Host, devices.Disk) (contents.Summary, error) {
		return contents.Summary{Table: contents.None}, nil
	}}
	if change != nil {
		change(&o)
	}
	s := jobserver.New(m.st, m.host, o)
	ctx, stop := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() { s.Run(ctx); close(watched) }()
	m.Cleanup(func() { stop(); m.letGo(); <-watched; s.Close() })
	return s
}

// connect connects to a server through a socket.
func (m *machine) connect(s *jobserver.Server) *jobs.Client {
	m.Helper()
	here, there := m.pair()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { s.ServeConn(ctx, there); close(ended) }()
	m.Cleanup(func() { stop(); <-ended })
	c, err := jobs.NewClient(m.Context(), here, message.English, "test")
	if err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() { c.Close() })
	return c
}

// pair returns both ends of a connection with buffers, as that of a socket has.
func (m *machine) pair() (here, there net.Conn) {
	m.Helper()
	l, err := net.Listen("unix", filepath.Join(m.TempDir(), "s"))
	if err != nil {
		m.Fatal(err)
	}
	defer l.Close()
	if here, err = net.Dial("unix", l.Addr().String()); err == nil {
		there, err = l.Accept()
	}
	if err != nil {
		m.Fatal(err)
	}
	return here, there
}

// await watches until the state is as wanted.
func await(t *testing.T, s jobs.Service, what string, wanted func(jobs.State) bool) (st jobs.State) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	found := false
	var last jobs.State
	if err := s.Watch(ctx, func(now jobs.State) {
		if last = now; !found && wanted(now) {
			st, found = now, true
			cancel()
		}
	}); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !found {
		t.Fatalf("%s: never; the last state is %+v", what, last)
	}
	return st
}

// disk returns a row by the name of the disk.
func disk(st jobs.State, name string) jobs.Disk {
	for _, d := range st.Disks {
		if d.Name == name {
			return d
		}
	}
	return jobs.Disk{}
}

func count(n int) func(jobs.State) bool {
	return func(st jobs.State) bool { return len(st.Disks) == n }
}
