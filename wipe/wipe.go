// Package wipe erases a claimed disk as a plan says and reports what happened.
//
// A plan is a scheme, which is a list of passes, and how much is read back. Each pass writes one pattern over every byte of the
// disk, flushes the device, and, where the scheme asks for it, reads the disk back and compares it with the bytes computed again
// from the pattern. Reading begins only after the whole pass is written, so a drive that stores less than its size is found. A block
// that cannot be transferred is halved down to the logical block, each of those is tried three times in all, and what remains
// is reported by its offset.
//
// Where nothing random is read back, keyed blocks are first written all over the disk and read back ([ProbeReport]): reading constant
// bytes back does not show that a device stores them.
//
// At level purge the drive erases itself first, with a command of its firmware. Its report of success is not enough: before the command
// keyed blocks are written and read back ([MarkerReport]), and afterwards they must be gone. If that fails, no pass follows, because
// nothing weaker is done instead.
//
// # Outcomes
//
// The first rule that holds decides:
//
//	failed                     the disk was lost or is another one now (device-lost)
//	failed                     the system refuses transfers as such (refused), or the plan cannot be carried out (not-carried-out)
//	interrupted                the context ended before the plan did (interrupted)
//	failed                     the drive did not erase itself (markers-kept, erase-failed, erase-locked, erase-refused, identity-changed)
//	failed                     in the last pass nothing, or less than half of the disk, was written
//	failed                     in some pass, or in a part of the keyed blocks before it, more was read back wrong than right
//	unknown                    whether the drive erased itself is unknown (erase-unknown; markers-unreadable where none could be read)
//	unknown                    the last pass, or the keyed blocks before it, were to be read back, and nothing of them could be read
//	completed-with-exceptions  there is any exception: blocks not written, read back wrong, or not readable, in whichever pass
//	                           (unwritten, mismatched, unreadable); keyed blocks that read back wrong, or could not be written or read
//	                           (not-kept, probe-incomplete); a flush that failed (flush-failed); this machine's cache
//	                           not dropped before reading (cache-not-dropped); markers that could not be confirmed before or read
//	                           after (markers-unconfirmed, markers-unreadable); areas or other disks that the plan did not reach
//	                           or read back (hidden-area-not-erased, others-not-read-back); another process that had the disk open
//	                           (opened-by-others) or, of disks, may have had (users-unknown); transfers, of disks, that may have
//	                           gone through this machine's memory (direct-io-unknown); errors too many to follow up (retries-skipped); no verification asked for
//	                           (not-verified)
//	unknown                    the counts do not add up (unaccounted)
//	verified                   every pass wrote every byte of the disk's size, every flush succeeded and the disk was
//	                           still the same after it, and every pass that the scheme reads back, the last one always,
//	                           was read back as planned, in full or by sample, and was equal; and where none of these was random,
//	                           every keyed block before them read back equal
//
// A job that ended early can be resumed from the last [State] that it handed out; the outcome is then judged over the whole
// job, by the same rules.
//
// What verified does not say: nothing is claimed about places that a host cannot address.
//
// # Where the time goes
//
// A few workers per disk each take the next block, fill their own buffer, and wait in one pwrite that bypasses the page cache
// until the disk has it. Nothing is copied and nothing allocated (except a cipher stream for each block, on processors without VAES);
// workers meet only in atomic counters, once a block, and take a lock only for what is wrong. The buffer was just filled when it is
// written, so it is still in the second- or third-level cache. Reading back computes the bytes to compare with in chunks of 256 KiB.
// The number of concurrent transfers follows from bus and queue at first (pump/size.go), and then from what is faster (pump/tuner.go);
// their size follows from the limits of the disk only.
//
// A real disk is the limit. On a RAM disk behind a loop device, where nothing waits, the limit is the one kernel thread
// that copies all data: of 100 samples of two processors, random pass and reading back, such threads had 44, the
// key stream 24, comparing 5, the kernel's part of our transfers 6 (pinning the buffers' pages, going to sleep and waking), and 16 were
// idle. Before the key stream was made sixteen blocks at a time, it limited a random pass to seven tenths of the speed of the device.
package wipe
