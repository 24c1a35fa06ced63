package lake

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/heliu-data/heliu/warehouse"
)

// makeBucket makes the bucket "lake".
func makeBucket(t *testing.T, cfg S3Config) {
	t.Helper()
	client := s3.New(s3.Options{BaseEndpoint: &cfg.Endpoint, UsePathStyle: true, Region: cfg.Region, Credentials: credentials.NewStaticCredentialsProvider(cfg.AccessKey, cfg.SecretKey, "")})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("lake")}); err != nil {
		t.Fatal(err)
	}
}

// The S3 server here lives in this process and checks no signatures; with the build tag real the same runs on versitygw
// and PostgreSQL.
func TestLakeInS3(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	t.Cleanup(server.Close)
	cfg := S3Config{Endpoint: server.URL, Region: "cn-test", PathStyle: true, AccessKey: "k", SecretKey: "secret"}
	makeBucket(t, cfg)
	exerciseRemote(t, Config{Location: "s3://lake/prefix", Catalog: "sqlite:" + filepath.Join(t.TempDir(), "catalog.db"), S3: cfg, TempDir: t.TempDir()})
}

func TestRemoteConfigurationMistakes(t *testing.T) {
	t.Parallel()
	keys := S3Config{AccessKey: "k", SecretKey: "geheim"}
	for name, cfg := range map[string]Config{
		"no location":     {},
		"no bucket":       {Location: "s3://", S3: keys},
		"no catalog":      {Location: "s3://lake", S3: keys},
		"no keys":         {Location: "s3://lake", Catalog: "sqlite:x"},
		"another scheme":  {Location: "hdfs://x"},
		"another catalog": {Location: t.TempDir(), Catalog: "mysql://me:geheim@host/x"},
		"catalog away":    {Location: t.TempDir(), Catalog: "postgres://me:geheim@127.0.0.1:1/x"},
		"odd folder":      {Location: filepath.Join(t.TempDir(), "100%")},
	} {
		_, err := Open(t.Context(), cfg)
		if err == nil {
			t.Errorf("%s was taken", name)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the password is in the error: %v", name, err)
		}
	}
}

// exerciseRemote is the life of a lake in S3: windows, a stale writer, a lost answer, upkeep, damage, a large file.
func exerciseRemote(t *testing.T, cfg Config) {
	t.Helper()
	open := func() *Lake {
		l, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
		return l
	}
	l, other := open(), open()
	parent, child := ensure(t, l, orders), ensure(t, l, lines)
	var position int64
	start := time.Now()
	for i := range 20 {
		id := fmt.Sprintf("w%02d", i)
		commit(t, child, id, 2)
		commit(t, parent, id, 3)
		if i == 9 {
			position = parent.Head().Snapshot
		}
	}
	t.Logf("%v a window of two tables", time.Since(start)/20)
	stale := ensure(t, other, orders)
	commit(t, parent, "w20", 1)
	if err := stale.Commit(t.Context(), Commit{BatchID: "late", Cursor: "late"}); !errors.Is(err, ErrHeadMoved) {
		t.Errorf("stale commit: %v", err)
	}
	once := true
	l.fault = func(at string) error {
		if at == "after" && once {
			once = false
			return errors.New("connection reset by peer")
		}
		return nil
	}
	commit(t, parent, "w21", 1)
	l.fault = nil
	if done, err := parent.Compact(t.Context(), Compaction{Files: 10}); err != nil || done.Before != 22 {
		t.Fatalf("compacted %+v, %v", done, err)
	}
	if n, err := parent.Expire(t.Context(), Expiry{Keep: 3, Never: []int64{position}}); err != nil || n != 9 {
		t.Fatalf("forgot %d (%v)", n, err)
	}
	orphan := files(t, parent, "never", 1)[0]
	for range 2 {
		if _, err := parent.Sweep(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Verify(t.Context(), []warehouse.File{orphan}); !errors.Is(err, ErrDamaged) {
		t.Errorf("the orphan is still there: %v", err)
	}
	if got := ids(t, parent, since(t, parent, position).Files); len(got) != 10*3+2 {
		t.Errorf("increment has %d rows", len(got))
	}
	again, err := open().Table(t.Context(), orders.Name)
	if err != nil {
		t.Fatal(err)
	}
	inc := since(t, again, 0)
	if got := ids(t, again, inc.Files); len(got) != 20*3+2 || !slices.Contains(got, "w21-0") {
		t.Errorf("%d rows", len(got))
	}
	to := filepath.Join(t.TempDir(), "copy.parquet")
	if err := l.Fetch(t.Context(), inc.Files[0], to); err != nil {
		t.Error(err)
	}
	receipts, err := again.Receipts(t.Context())
	if err != nil || len(receipts) != 22 {
		t.Errorf("%d receipts (%v)", len(receipts), err)
	}
	// a large file goes up in parts
	big := ensure(t, l, benchSpec())
	b := big.NewBatch("big")
	if err := benchRows(b, 400_000); err != nil {
		t.Fatal(err)
	}
	landed, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Verify(t.Context(), landed); err != nil || landed[0].Bytes < 6<<20 {
		t.Errorf("%d bytes: %v", landed[0].Bytes, err)
	}
}
