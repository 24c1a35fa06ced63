package lake

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// deaf is the address of a server that takes connections and what is sent, and never answers.
func deaf(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return listener.Addr().String()
}

// A catalog or a storage that takes the connection and says nothing is given up.
func TestNothingIsWaitedForWithoutEnd(t *testing.T) {
	t.Parallel()
	const patience, most = 200 * time.Millisecond, 20 * time.Second
	begun := time.Now()
	if _, err := Open(t.Context(), Config{Location: "s3://lake/prefix", Catalog: "postgres://me:geheim@" + deaf(t) + "/x", S3: S3Config{AccessKey: "k", SecretKey: "s"}, Patience: patience}); err == nil {
		t.Error("a catalog that never answers was opened")
	}
	l, err := Open(t.Context(), Config{Location: "s3://lake/prefix", Catalog: "sqlite:" + filepath.Join(t.TempDir(), "catalog.db"), TempDir: t.TempDir(), Patience: patience,
		S3: S3Config{Endpoint: "http://" + deaf(t), PathStyle: true, AccessKey: "k", SecretKey: "s"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if _, err := l.Ensure(t.Context(), orders); err == nil {
		t.Error("a storage that never answers took a table")
	}
	if took := time.Since(begun); took > most {
		t.Errorf("they were given up after %s", took)
	}
}
