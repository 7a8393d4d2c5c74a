package wipe

import "time"

// What we chose.
const (
	window = 2 * time.Second // how long a number of transfers is tried: many turns of a disk, and short in a job of hours
	worth  = 1.05            // how many times as fast it must be to be kept; less than that the inner tracks or another job may have done
)

// climb looks, while a disk is written or read, for the number of transfers under way that it is fastest with: from the number
// that the table in workersFor gives, it is doubled as long as that pays. Never less than that number: one window in which
// somebody else held the bus would then cost hours.
//
// The size of a transfer does not climb: it stays what blockFor makes of the device's limits. Buffers, the course of a step and the
// splitting of what fails are made of it, and it has nothing to find. Where the device is the limit, all sizes are alike: at 200 MB/s
// (a throttled loop device) 256 KiB, 1 MiB and 4 MiB came to 213, 216 and 212 MB/s at best, since the kernel cuts what is larger than
// the device takes (max_sectors_kb) and keeps the pieces in its queue. Where the CPU is the limit, a transfer's own cost tells: on
// drives of memory in an emulated machine (SATA, NVMe, USB, UAS, virtio-scsi) 256 KiB took a quarter to a half of the speed away, and
// 4 MiB against 1 MiB, each with its best number under way, gave -2 to 26 %, within the spread of single runs. There a
// transfer costs many times what it does on a real CPU, which at 3 GB/s has 3000 of them a second.
type climb struct {
	n    int  // transfers under way
	most int  // that there may be
	over bool // n is what it is

	good int     // the best number so far
	rate float64 // with it, in bytes a second; 0 before the first window has ended

	began time.Time // of the window; zero: none is open
	done  int64     // bytes, at that time
	spent int64     // on errors, at that time
}

// look is told how far the step is, and sets n.
func (c *climb) look(now time.Time, done, spent int64) {
	took := now.Sub(c.began)
	switch {
	case c.over:
		return
	case c.began.IsZero() || spent != c.spent: // what was measured while blocks were split says nothing
		c.open(now, done, spent)
		return
	case took < window || done == c.done: // a disk that does not answer is not asked for more
		return
	}
	rate := float64(done-c.done) / took.Seconds()
	if c.rate > 0 && rate < worth*c.rate {
		c.settle(c.good)
		return
	}
	c.good, c.rate = c.n, rate
	c.n = min(2*c.n, c.most)
	c.over = c.n == c.good
	c.open(now, done, spent)
}

func (c *climb) open(now time.Time, done, spent int64) { c.began, c.done, c.spent = now, done, spent }

// settle ends the climb.
func (c *climb) settle(n int) { c.n, c.over = n, true }

// step begins a new step with the number found so far. One that was still being tried has shown nothing.
func (c *climb) step() {
	if !c.over && c.good > 0 {
		c.n = c.good
		c.rate = 0
	}
	c.began = time.Time{}
}
