//go:build !gcp

package fleetlog

import (
	"context"

	"github.com/transparency-dev/tessera"
)

func newGCP(context.Context, settings) (tessera.Driver, error) { return nil, errNotBuilt("gcp") }
