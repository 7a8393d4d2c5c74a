package render

import (
	"rasure/certify"
	"rasure/cmd/message"
)

// maxExtents is how many extents of a kind a page lists of a pass.
const maxExtents = 10

func (p *page) pass(n int, s certify.Pass, size int64) {
	p.section(message.Of("Pass %d: %s", n, s.Pattern))
	p.line(message.Of("key"), s.Key)
	p.line(message.Of("written"), Amount(s.Written, size, s.WriteSpeed))
	switch s.Verify {
	case certify.VerifyFull:
		p.line(message.Of("read back equal"), Amount(s.Verified, size, s.VerifySpeed))
	case certify.VerifySample:
		p.line(message.Of("read back equal"), Amount(s.Verified, size, s.VerifySpeed))
		if s.Sample != nil {
			p.line(message.Of("sample"), message.Of("%d places in %d sections, seed %s", s.Sample.Places, s.Sample.Sections, s.Sample.Seed))
		}
	default:
		p.line(message.Of("read back equal"), message.Of("not read back"))
	}
	p.extents(message.Of("not written"), s.Unwritten, s.UnwrittenCount, s.UnwrittenBytes)
	p.extents(message.Of("read different"), s.Mismatched, s.MismatchedCount, s.MismatchedBytes)
	p.extents(message.Of("not readable"), s.Unreadable, s.UnreadableCount, s.UnreadableBytes)
	if s.Retries > 0 || s.FlushErrors > 0 {
		p.line(message.Of("errors"), message.Of("%d retries, %d flush errors", s.Retries, s.FlushErrors))
	}
}

func (p *page) extents(label message.Text, list []certify.Extent, count, bytes int64) {
	if count == 0 {
		return
	}
	p.line(label, message.Of("%d bytes in %d extents", bytes, count))
	for i, e := range list {
		if i == maxExtents {
			p.more(message.Of("and %d more", count-maxExtents))
			return
		}
		p.more(message.Of("offset %d, %d bytes", e.Offset, e.Length))
	}
}

// Amount is how much of the disk it was, and how fast. The share is rounded down, so that 100 % means all.
func Amount(bytes, size, speed int64) message.Text {
	share := message.Of("%d bytes", bytes)
	switch {
	case bytes == size:
		share = message.Of("%d bytes, all", bytes)
	case size > 0:
		hundredths := int64(float64(bytes) / float64(size) * 10000)
		share = message.Of("%d bytes, %d.%02d %%", bytes, hundredths/100, hundredths%100)
	}
	if speed == 0 {
		return share
	}
	return message.Of("%s, %d MB/s", share, speed/1000000)
}
