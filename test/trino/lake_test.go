//go:build trino

package trino_test

import (
	"context"
	"os"
	"testing"

	"github.com/heliu-data/heliu/warehouse/lake"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// onLake opens the lake of the tests and the cluster on it, as a run of that name.
func onLake(t *testing.T, run string) (*lake.Lake, *trino.Engine) {
	t.Helper()
	ctx := context.Background() // outlives the test's own, for what is closed behind it
	l, err := lake.Open(ctx, lake.Config{Location: "s3://" + os.Getenv("HELIU_TRINO_S3_BUCKET") + "/lake", Catalog: os.Getenv("HELIU_TRINO_CATALOG"),
		S3: lake.S3Config{Endpoint: os.Getenv("HELIU_TRINO_S3"), PathStyle: true, AccessKey: os.Getenv("HELIU_TRINO_S3_KEY"), SecretKey: os.Getenv("HELIU_TRINO_S3_SECRET")}})
	fatal(t, err)
	t.Cleanup(func() { fatal(t, l.Close()) })
	cluster, err := trino.Open(ctx, trino.Config{Address: os.Getenv("HELIU_TRINO"), Lake: trino.Lake{Lake: l, Run: run}})
	fatal(t, err)
	t.Cleanup(func() { fatal(t, cluster.Close()) })
	fatal(t, cluster.Prepare(ctx, nil))
	return l, cluster
}
