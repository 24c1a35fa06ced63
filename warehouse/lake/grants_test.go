//go:build real

package lake

import (
	"bytes"
	"database/sql"
	"fmt"
	"log"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/heliu-data/heliu/warehouse"
)

// block is the first block of a language in docs/deploy.md.
func block(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```"+language+"\n")
	body, _, _ := strings.Cut(rest, "```")
	if !found {
		t.Fatalf("docs/deploy.md has no %s", language)
	}
	return body
}

// The role and the key that docs/deploy.md gives to a program that only extracts: it lands windows with children, evolves its
// tables and leaves word of its reads; it changes no other table, deletes nothing and makes nothing else.
func TestTheExtractorsRights(t *testing.T) {
	address, storage := catalogDSN(t), startS3(t)
	owner, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	role := fmt.Sprintf("heliu_extract_%d", time.Now().UnixNano())
	t.Cleanup(func() {
		for _, statement := range []string{"drop owned by " + role, "drop role if exists " + role} {
			if _, err := owner.Exec(statement); err != nil {
				t.Error(err)
			}
		}
		_ = owner.Close()
	})
	cfg := Config{Location: "s3://lake/lake", Catalog: address, S3: storage, TempDir: t.TempDir()}
	builder, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = builder.Close() })
	others := orders
	others.Name = "raw.tmall__orders"
	commit(t, ensure(t, builder, others), "w1", 2)
	star := orders
	star.Name = "star.fct_order"
	commit(t, ensure(t, builder, star), "w1", 2)

	if _, err := owner.Exec(strings.ReplaceAll(block(t, "postgresql"), "heliu_extract", role)); err != nil {
		t.Fatal(err)
	}
	endpoint := []string{"admin", "--access", storage.AccessKey, "--secret", storage.SecretKey, "--endpoint-url", storage.Endpoint, "--region", storage.Region}
	if said, err := exec.Command(os.Getenv("HELIU_VERSITYGW"), append(endpoint, "create-user", "--access", "heliu-extract", "--secret", "narrow-secret", "--role", "user")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	client := s3.New(s3.Options{BaseEndpoint: &storage.Endpoint, UsePathStyle: true, Region: storage.Region, Credentials: credentials.NewStaticCredentialsProvider(storage.AccessKey, storage.SecretKey, "")})
	policy := strings.ReplaceAll(block(t, "json"), "arn:aws:s3:::acme/", "arn:aws:s3:::lake/")
	if _, err := client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("lake"), Policy: &policy}); err != nil {
		t.Fatal(err)
	}

	narrow := cfg
	narrow.S3.AccessKey, narrow.S3.SecretKey = "heliu-extract", "narrow-secret"
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.User = url.UserPassword(role, "x")
	narrow.Catalog = parsed.String()
	extractor, err := Open(t.Context(), narrow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = extractor.Close() })
	parent, child := orders, lines
	parent.Name, child.Name, child.Parent = "raw.erp__orders", "raw.erp__lines", "raw.erp__orders"
	var said bytes.Buffer // the Iceberg library's complaints
	log.SetOutput(&said)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for i := range 12 { // so many that old metadata is deleted
		id := fmt.Sprintf("w%02d", i)
		commit(t, ensure(t, extractor, child), id, 2)
		commit(t, ensure(t, extractor, parent), id, 1)
	}
	parent.Columns = append(parent.Columns, warehouse.Column{Name: "more", Type: "string"})
	commit(t, ensure(t, extractor, parent), "wider", 1)
	if err := extractor.Tell(t.Context(), []Reading{{Stream: "erp.orders", RunID: "1", Good: true, FinishedAt: time.Unix(1, 0)}}); err != nil {
		t.Error(err)
	}
	if said.Len() > 0 {
		t.Errorf("the program would say: %.400s", said.String())
	}
	table, err := builder.Table(t.Context(), "raw.erp__lines")
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(t, table, since(t, table, 0).Files); len(got) != 24 {
		t.Errorf("the builder reads %d lines of 24", len(got))
	}

	for _, spec := range []TableSpec{others, star, {Name: "star.dim_x", Columns: orders.Columns}, {Name: "raw.tmall__x", Columns: orders.Columns}} {
		if _, err := extractor.Ensure(t.Context(), spec); err == nil {
			t.Errorf("the extractor may have %s", spec.Name)
		}
	}
	if err := extractor.Tell(t.Context(), []Reading{{Stream: "tmall.orders", RunID: "1", Good: true, FinishedAt: time.Unix(1, 0)}}); err == nil {
		t.Error("the extractor tells of another's stream")
	}
	for _, statement := range []string{
		"update iceberg_tables set metadata_location = 'x' where table_namespace <> 'raw'",
		"update iceberg_tables set table_namespace = 'star' where table_name = 'erp__orders'",
		"insert into iceberg_tables (catalog_name, table_namespace, table_name) values ('wh', 'star', 'mine')",
		"insert into iceberg_tables (catalog_name, table_namespace, table_name) values ('wh', 'raw', 'tmall__mine')",
		"delete from iceberg_tables",
		"insert into iceberg_namespace_properties values ('wh', 'mart', 'exists', 'true')",
		"create table mine (a int)", "drop table iceberg_tables", "alter table iceberg_tables disable row level security",
	} {
		if done, err := extractor.db.ExecContext(t.Context(), statement); err == nil {
			if n, err := done.RowsAffected(); err != nil || n > 0 || !strings.HasPrefix(statement, "update") {
				t.Errorf("the extractor may: %s (%d rows, %v)", statement, n, err)
			}
		}
	}
	if tables, err := builder.Tables(t.Context()); err != nil || !slices.Equal(tables, []string{"raw.erp__lines", "raw.erp__orders", "raw.tmall__orders", "star.fct_order"}) {
		t.Errorf("the lake has %v, %v", tables, err)
	}
	own := files(t, table, "orphan", 1)[0]
	key := strings.TrimPrefix(own.Path, "s3://lake/")
	narrowed := s3.New(s3.Options{BaseEndpoint: &storage.Endpoint, UsePathStyle: true, Region: storage.Region, Credentials: credentials.NewStaticCredentialsProvider("heliu-extract", "narrow-secret", "")})
	if _, err := narrowed.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("lake"), Key: &key}); err == nil {
		t.Error("the extractor may delete a file")
	}
	elsewhere := "lake/star/fct_order/data/x"
	if _, err := narrowed.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: &elsewhere, Body: strings.NewReader("x")}); err == nil {
		t.Error("the extractor may write beside raw/")
	}
}
