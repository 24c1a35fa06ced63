//go:build real

package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// startS3 runs versitygw (HELIU_VERSITYGW) over a folder on a free port and makes the bucket "lake"; users are kept in a folder.
func startS3(t *testing.T) S3Config {
	t.Helper()
	binary := os.Getenv("HELIU_VERSITYGW")
	if binary == "" {
		t.Fatal("HELIU_VERSITYGW must name the versitygw binary; make test-real sets it")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "s3")
	users := filepath.Join(t.TempDir(), "users")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.MkdirAll(users, 0o700)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, binary, "--port", address, "--region", "cn-test", "--health", "/healthz", "--iam-dir", users, "posix", dir)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY=k", "ROOT_SECRET_KEY=secret")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := server.Wait(); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	waitFor(t, func() bool {
		answer, err := http.Get("http://" + address + "/healthz")
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	cfg := S3Config{Endpoint: "http://" + address, Region: "cn-test", PathStyle: true, AccessKey: "k", SecretKey: "secret"}
	makeBucket(t, cfg)
	return cfg
}

func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ready() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the server did not start")
		}
	}
}

// catalogDSN is a fresh database on the server that HELIU_TEST_PG names.
func catalogDSN(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("HELIU_TEST_PG")
	if dsn == "" {
		t.Fatal("HELIU_TEST_PG must name a PostgreSQL server (postgres://user@host:port/postgres); make test-real sets it")
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("lake_%d", time.Now().UnixNano())
	if _, err := db.ExecContext(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := db.ExecContext(context.Background(), "drop database "+name+" with (force)")
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	return dsn[:len(dsn)-len(filepath.Base(dsn))] + name
}

func TestLakeInVersitygwAndPostgres(t *testing.T) {
	exerciseRemote(t, Config{Location: "s3://lake/prefix", Catalog: catalogDSN(t), S3: startS3(t), TempDir: t.TempDir()})
}

func TestReadingsInPostgres(t *testing.T) {
	exerciseReadings(t, Config{Location: t.TempDir(), Catalog: catalogDSN(t)})
}
