package tpm

import (
	"encoding/binary"
	"os"
	"sync"
	"time"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

const (
	headerSize  = 10   // Part 1, 18.9: tag (2 bytes), size of the whole response (4), response code (4)
	maxResponse = 4096 // the kernel's TPM_BUFSIZE
	maxWait     = 100 * time.Millisecond
)

var errGarbage = message.New("the TPM's answer is malformed")

// A patient transport sends one command at a time, repeats it while the TPM is busy, and never waits for ever.
//
// Below it, go-tpm repeats only TPM_RC_RETRY, for 2 s, and then returns neither answer nor error. RETRY is not exotic:
// some TPMs say it once after every start.
type patient struct {
	limits Limits

	mu   sync.Mutex // held while a command is under way
	t    transport.TPM
	hung error // set once, when an answer did not come in time
}

// Send returns the TPM's answer, also when it says busy for longer than the limit: the response code is for the caller.
func (p *patient) Send(command []byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	giveUp := time.Now().Add(p.limits.Patience)
	for wait := time.Millisecond; ; wait = min(2*wait, maxWait) {
		answer, err := p.once(command)
		if err != nil {
			return nil, err
		}
		if !busy(answer) || time.Now().Add(wait).After(giveUp) {
			return answer, nil
		}
		time.Sleep(wait)
	}
}

// once sends the command in a goroutine of its own, because a read from the device has no timeout. A goroutine that
// hangs is left behind: nothing can end it. The connection is then never used again, as a late answer would be
// taken for the next one.
func (p *patient) once(command []byte) ([]byte, error) {
	if p.hung != nil {
		return nil, p.hung
	}
	type result struct {
		answer []byte
		err    error
	}
	done := make(chan result, 1)
	go func() {
		answer, err := p.t.Send(command)
		done <- result{answer, err}
	}()
	timer := time.NewTimer(p.limits.Answer)
	defer timer.Stop()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, r.err
		}
		return checked(r.answer)
	case <-timer.C:
		p.hung = message.Errorf("the TPM did not answer within %v; switch the computer off and on: %w", p.limits.Answer, os.ErrDeadlineExceeded)
		return nil, p.hung
	}
}

// checked refuses an answer whose header does not fit it. It turns go-tpm's empty answer back into TPM_RC_RETRY, the
// only response that it stands for (tpmutil.RunCommandRaw, v0.9.8).
func checked(answer []byte) ([]byte, error) {
	switch {
	case len(answer) == 0:
		answer = []byte{0x80, 0x01, 0, 0, 0, headerSize, 0, 0, 0, 0}
		binary.BigEndian.PutUint32(answer[6:], uint32(tpm2.TPMRCRetry))
	case len(answer) < headerSize, binary.BigEndian.Uint32(answer[2:]) != uint32(len(answer)):
		return nil, errGarbage
	}
	return answer, nil
}

// busy reports whether the TPM did not run the command and asks to have it again.
func busy(answer []byte) bool {
	switch tpm2.TPMRC(binary.BigEndian.Uint32(answer[6:])) {
	case tpm2.TPMRCRetry, tpm2.TPMRCTesting, tpm2.TPMRCYielded, tpm2.TPMRCNVRate: // Part 2, 6.6.3
		return true
	}
	return false
}
