// Package wipe erases a claimed disk as a plan says and reports what happened.
//
// A plan is a scheme, which is a list of passes, and a way of reading back. Each pass writes one pattern over every byte of the
// disk, flushes the device, and, where the scheme asks for it, reads the disk back and compares it with the bytes made anew
// from the pattern. Reading begins only when the whole pass is written, so a drive that keeps less than it claims is found. A block
// that cannot be moved is halved down to the logical block, each of those is tried three times in all, and what remains
// is reported by its offset.
//
// At level purge the drive erases itself first, by a method of its own. What it says of that is not believed alone: before it is told to,
// keyed blocks are written and read back ([MarkerReport]), and afterwards they must be gone. What follows from what was measured is
// decided in one place, by the rules that stand there; if that is failed no pass follows, for nothing weaker is done instead.
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
//	failed                     in some pass more was read back wrong than right
//	unknown                    it cannot be told whether the drive erased itself (erase-unknown; markers-unreadable where none could be read)
//	unknown                    the last pass was to be read back, and nothing of it could be read
//	completed-with-exceptions  there is any exception: blocks not written, read back wrong, or not readable, in whichever pass
//	                           (unwritten, mismatched, unreadable); a flush that failed (flush-failed); this machine's cache
//	                           not dropped before reading (cache-not-dropped); markers that could not be confirmed before or read
//	                           after (markers-unconfirmed, markers-unreadable); areas or other disks that the plan did not reach
//	                           or read back (hidden-area-not-erased, others-not-read-back); errors too many to follow up
//	                           (retries-skipped); no verification asked for (not-verified)
//	unknown                    the counts do not add up (unaccounted)
//	verified                   every pass wrote every byte of the disk's size, every flush succeeded and the disk was
//	                           still the same after it, and every pass that the scheme reads back, the last one always,
//	                           was read back as planned, in full or by sample, and was equal
//
// A job that ended early can be gone on with from the last [State] that it handed out; the outcome is then judged over the whole
// job, by the same rules.
//
// What verified does not say: nothing is claimed about places that a host cannot address, and a verification of constant
// bytes cannot tell a drive that keeps them from one that makes them up. Plans carry a warning where that matters.
//
// # Where the time goes
//
// A few workers per disk each take the next block, make its bytes in their own buffer, and wait in one pwrite past the page cache
// until the disk has it. Nothing is copied and nothing allocated (but a cipher stream for each block, on processors without VAES);
// workers meet only in atomic counters, once a block, and take a lock only for what is wrong. The buffer was just filled when it is
// written, so it still lies in the second- or third-level cache. Reading back makes the bytes to compare with in pieces of 256 KiB.
// How many transfers are under way follows from bus and queue at first (size.go), and then from what is faster (climb.go); how long
// they are, from the disk's limits alone.
//
// A real disk is what bounds it. On a disk of memory behind a loop device, where nothing is waited for, it is the one thread of the
// kernel that copies all that passes through: of 100 samples of two processors, random pass and reading back, such threads had 44, the
// key stream 24, comparing 5, the kernel's part of our transfers 6 (pinning the buffers' pages, going to sleep and waking), and 16 were
// idle. Before the key stream was made sixteen blocks at a time, it bound a random pass at seven tenths of what the device takes.
package wipe
