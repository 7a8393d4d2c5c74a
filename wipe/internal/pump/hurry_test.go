package pump

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestHurry(t *testing.T) {
	for name, c := range map[string]struct {
		hurry bool
		want  time.Duration
	}{
		"nobody hurries": {false, 30 * time.Second},
		"second Ctrl-C":  {true, 2*time.Second + lastGrace},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hurry := make(chan struct{})
				p := &Pump{opts: Options{CancelTimeout: 30 * time.Second, Hurry: hurry}}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if c.hurry {
					time.AfterFunc(2*time.Second, func() { close(hurry) })
				}
				began, block := time.Now(), make(chan struct{})
				err := p.Call(ctx, func() error { <-block; return nil })
				if took := time.Since(began); !errors.Is(err, ErrSilent) || took != c.want {
					t.Errorf("%v after %v, want after %v", err, took, c.want)
				}
				close(block)
			})
		})
	}
}
