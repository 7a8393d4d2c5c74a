package pump

import "time"

const (
	window  = 2 * time.Second // how long each number of transfers is tried: many turns of a disk, and short in a job of hours
	worthIt = 1.05            // how many times as fast a number must be to be kept; inner tracks or another job explain less than that
)

// tuner finds, while a disk is written or read, the number of concurrent transfers that is fastest: from the number that workersFor
// returns, it doubles as long as that pays. It never goes below that number, because one window in which another job used the bus would
// then cost hours.
//
// The size of a transfer is not tuned: it stays what blockFor makes of the limits of the device. Buffers, block maps and the splitting of
// failed blocks depend on it, and there is nothing to gain. Where the device is the limit, all sizes are alike: at 200 MB/s
// (a throttled loop device) 256 KiB, 1 MiB and 4 MiB reached 213, 216 and 212 MB/s at best, because the kernel cuts what is larger than
// the device accepts (max_sectors_kb) and queues the pieces. Where the CPU is the limit, the cost of each transfer matters: on
// RAM disks in an emulated machine (SATA, NVMe, USB, UAS, virtio-scsi) 256 KiB lost a quarter to a half of the speed, and
// 4 MiB against 1 MiB, each with its best number of transfers, gave -2 to 26 %, within the spread of single runs. There a
// transfer costs many times what it does on a real CPU, which at 3 GB/s handles 3000 of them a second.
type tuner struct {
	n    int  // concurrent transfers
	most int  // upper limit of n
	over bool // n is final

	good int     // the best number so far
	rate float64 // with it, in bytes a second; 0 before the first window has ended

	began time.Time // of the window; zero: none is open
	done  int64     // bytes, at that time
	spent int64     // on errors, at that time
}

// update takes the progress of the step and sets n.
func (c *tuner) update(now time.Time, done, spent int64) {
	took := now.Sub(c.began)
	switch {
	case c.over:
		return
	case c.began.IsZero() || spent != c.spent: // a measurement taken while blocks were split is worthless
		c.open(now, done, spent)
		return
	case took < window || done == c.done: // do not send more to a disk that does not answer
		return
	}
	rate := float64(done-c.done) / took.Seconds()
	if c.rate > 0 && rate < worthIt*c.rate {
		c.fix(c.good)
		return
	}
	c.good, c.rate = c.n, rate
	c.n = min(2*c.n, c.most)
	c.over = c.n == c.good
	c.open(now, done, spent)
}

func (c *tuner) open(now time.Time, done, spent int64) { c.began, c.done, c.spent = now, done, spent }

// fix ends the tuning.
func (c *tuner) fix(n int) { c.n, c.over = n, true }

// interrupted drops the window that is open: nothing was moved in a part of it.
func (c *tuner) interrupted() { c.began = time.Time{} }

// nextStep begins a new step with the number found so far. A number whose window had not ended is dropped.
func (c *tuner) nextStep() {
	if !c.over && c.good > 0 {
		c.n = c.good
		c.rate = 0
	}
	c.began = time.Time{}
}
