//go:build real

package real

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

var objectColumns = []warehouse.Column{{Name: "no", Type: models.Integer}, {Name: "title", Type: models.String}, {Name: "amount", Type: models.Money}}

// objectLake lands four files in a lake on versitygw whose catalog is in PostgreSQL.
func objectLake(t *testing.T, c Components, name string) (*lake.Lake, []warehouse.File) {
	t.Helper()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Location: "s3://" + c.S3Bucket + "/" + name, Catalog: freshDatabase(t, c, name),
		S3: lake.S3Config{Endpoint: c.S3, PathStyle: true, AccessKey: c.S3Key, SecretKey: c.S3Secret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	table, err := l.Ensure(ctx, lake.TableSpec{Name: "raw.goods", Columns: objectColumns})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		id := fmt.Sprintf("batch-%d", i)
		b := table.NewBatch(id)
		for n := range int64(2000) {
			b.AppendInt(0, int64(i)*2000+n)
			b.AppendString(1, fmt.Sprintf("连衣裙 %d", n))
			b.AppendDecimal(2, n*n*7919%100_000)
			if err := b.EndRow(); err != nil {
				t.Fatal(err)
			}
		}
		files, err := b.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Commit(ctx, lake.Commit{BatchID: id, Files: files}); err != nil {
			t.Fatal(err)
		}
	}
	inc, err := table.FilesSince(ctx, 0)
	if err != nil || len(inc.Files) != 4 {
		t.Fatalf("%d files: %v", len(inc.Files), err)
	}
	return l, inc.Files
}

// readObjects binds the files in an engine of its own and sums them up; at the end the cache is within its bound.
func readObjects(t *testing.T, cfg duckdb.Config, files []warehouse.File) (row []string, err error) {
	t.Helper()
	ctx := context.Background()
	cfg.Threads, cfg.MemoryLimit, cfg.TempDir = 1, "300MB", t.TempDir()
	engine, err := duckdb.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	session, err := engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	if err := session.Bind(ctx, "goods", files, objectColumns); err != nil {
		return nil, err
	}
	row = make([]string, 4)
	return row, session.Row(ctx, "select count(*)::varchar, sum(amount)::varchar, max(title), md5(string_agg(no || title || amount, ',' order by no)) from goods", &row[0], &row[1], &row[2], &row[3])
}

// cached is what lies in a cache folder, in bytes.
func cached(t *testing.T, dir string) (sum int64) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

func download(ctx context.Context, client *s3.Client, bucket, key string) ([]byte, error) {
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(object.Body)
	return content, errors.Join(err, object.Body.Close())
}

// TestObjectsOfTheLake reads lake files of an object store through httpfs and through the cache: the same rows, and a
// flipped byte is refused both ways.
func TestObjectsOfTheLake(t *testing.T) {
	ctx, c := context.Background(), components(t)
	name := fmt.Sprintf("objects_%d", os.Getpid())
	l, files := objectLake(t, c, name)
	extension := duckdb.FindHTTPFS(filepath.Dir(os.Getenv("HELIU_REAL_HTTPFS")))
	if extension == "" {
		t.Fatal("HELIU_REAL_HTTPFS must name DuckDB's httpfs extension: run make test-real, or export what up.sh's env says")
	}
	through := &duckdb.S3{Extension: extension, Endpoint: c.S3, Region: "us-east-1", KeyID: c.S3Key, Secret: c.S3Secret, PathStyle: true}
	dir := t.TempDir()
	bound := files[0].Bytes * 3 / 2 // of four that are read
	cache := duckdb.Config{Objects: l, CacheDir: dir, CacheBytes: bound}

	byCache, err := readObjects(t, cache, files)
	if err != nil {
		t.Fatal(err)
	}
	if byCache[0] != "8000" {
		t.Errorf("rows %v", byCache)
	}
	if n := cached(t, dir); n == 0 || n > bound {
		t.Errorf("%d bytes stay in a cache of %d", n, bound)
	}
	none := t.TempDir()
	byHTTP, err := readObjects(t, duckdb.Config{Objects: l, S3: through, CacheDir: none}, files)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(byCache, byHTTP); d != "" {
		t.Errorf("rows (-cache +httpfs):\n%s", d)
	}
	if n := cached(t, none); n != 0 {
		t.Errorf("httpfs left %d bytes in the cache", n)
	}

	client := s3.New(s3.Options{BaseEndpoint: &c.S3, UsePathStyle: true, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(c.S3Key, c.S3Secret, "")})
	t.Run("virtual-host style", func(t *testing.T) {
		// No name server knows the bucket's host: a proxy on loopback, which DuckDB is told of, leads there. versitygw checks
		// the signature of HEAD; that of GET it cannot (v1.8.0 puts the bucket into the path twice), so the proxy answers it.
		target, err := url.Parse(c.S3)
		if err != nil {
			t.Fatal(err)
		}
		var asked, got atomic.Int64
		forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", target.Host, r.In.Host
		}, ModifyResponse: func(r *http.Response) error {
			if r.StatusCode == http.StatusOK {
				asked.Add(1)
			}
			return nil
		}}
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host != c.S3Bucket+".s3.heliu.test" || r.Method != http.MethodGet {
				forward.ServeHTTP(w, r)
				return
			}
			content, err := download(r.Context(), client, c.S3Bucket, strings.TrimPrefix(r.URL.Path, "/"))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			got.Add(1)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		}))
		defer proxy.Close()
		host := *through
		host.Endpoint, host.PathStyle = "http://s3.heliu.test", false
		t.Setenv("HTTP_PROXY", proxy.URL)
		byHost, err := readObjects(t, duckdb.Config{Objects: l, S3: &host}, files)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(byCache, byHost); d != "" || asked.Load() == 0 || got.Load() == 0 {
			t.Errorf("%d HEAD that versitygw accepted, %d GET; rows (-path +host):\n%s", asked.Load(), got.Load(), d)
		}
	})

	key := strings.TrimPrefix(files[2].Path, "s3://"+c.S3Bucket+"/")
	content, err := download(ctx, client, c.S3Bucket, key)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/3] ^= 1
	if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &c.S3Bucket, Key: &key, Body: bytes.NewReader(content)}); err != nil {
		t.Fatal(err)
	}
	for way, cfg := range map[string]duckdb.Config{"cache": {Objects: l, CacheDir: t.TempDir()}, "httpfs": {Objects: l, S3: through}} {
		if row, err := readObjects(t, cfg, files); !errors.Is(err, duckdb.ErrChecksum) || !strings.Contains(fmt.Sprint(err), files[2].Path) {
			t.Errorf("%s took a flipped byte: %v, %v", way, row, err)
		}
	}
}
