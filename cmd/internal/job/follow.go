package job

import (
	"context"
	"errors"
	"time"
)

// spinDownTime is how long a drive may take to answer that it will spin down. Chosen.
const spinDownTime = 30 * time.Second

// follow does what follows the certificate. What of it fails is no failure of the job.
func (j *job) follow(r Result) {
	if j.batch.After != nil {
		j.besides = j.batch.After(r)
	}
	if !j.batch.SpinDown || !j.begun {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), spinDownTime)
	defer cancel()
	if err := j.target.StandBy(ctx); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		j.besides = append(j.besides, err)
	}
}
