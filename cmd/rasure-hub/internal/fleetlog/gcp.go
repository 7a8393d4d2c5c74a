//go:build gcp

package fleetlog

import (
	"context"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/gcp"
)

// newGCP keeps the log in Google Cloud Storage and Spanner. It is compiled by the tests and was never run: nobody here has such an account.
func newGCP(ctx context.Context, s settings) (tessera.Driver, error) {
	return gcp.New(ctx, gcp.Config{Bucket: s.Bucket, BucketPrefix: s.Prefix, Spanner: s.Spanner})
}
