//go:build aws

package fleetlog

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/transparency-dev/tessera"
	taws "github.com/transparency-dev/tessera/storage/aws"
)

// newAWS keeps the log in S3 and MySQL. Credentials and region are those of the environment, as Amazon's SDK reads them.
func newAWS(ctx context.Context, s settings) (tessera.Driver, error) {
	c := taws.Config{Bucket: s.Bucket, BucketPrefix: s.Prefix, DSN: s.DSN, MaxOpenConns: 32, MaxIdleConns: 8}
	if s.Endpoint != "" {
		sdk, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, err
		}
		c.SDKConfig = &sdk // without one, Tessera does not look at the options
		c.S3Options = func(o *s3.Options) {
			o.BaseEndpoint, o.UsePathStyle = aws.String(s.Endpoint), true
			// Other servers than Amazon's may not know the checksums that the SDK adds by itself.
			o.RequestChecksumCalculation, o.ResponseChecksumValidation = aws.RequestChecksumCalculationWhenRequired, aws.ResponseChecksumValidationWhenRequired
		}
	}
	return taws.New(ctx, c)
}
