package certify

import "rasure/cmd/message"

// Warnings are facts that an auditor should know and that do not contradict what the certificate claims: times that run backwards.
// Version 0.1.0 measured durations by the clock of the day, so a clock that was set back during a job shows in its certificate.
func (c *Certificate) Warnings() []message.Text {
	var all []message.Text
	if c.Ended.Before(c.Started) {
		all = append(all, message.Of("job %s ended before it started: the clock was set back during the job", clip(c.ID)))
	}
	for i, p := range c.Passes {
		if p.Ended.Before(p.Started) {
			all = append(all, message.Of("pass %d of job %s ended before it started: the clock was set back during the job", i+1, clip(c.ID)))
		}
	}
	return all
}
