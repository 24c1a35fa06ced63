//go:build real

package real

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/heliu-data/heliu/extract"
)

// TestFilesOnS3 reads a CSV of GBK from an object store, and again only when it changed.
func TestFilesOnS3(t *testing.T) {
	ctx, c, b := context.Background(), components(t), newBench(t)
	client := s3.New(s3.Options{BaseEndpoint: &c.S3, UsePathStyle: true, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(c.S3Key, c.S3Secret, "")})
	put := func(text string) {
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &c.S3Bucket, Key: aws.String("exports/a.csv"), Body: strings.NewReader(text)}); err != nil {
			t.Fatal(err)
		}
	}
	put("id,name\n1,\xba\xec\xc9\xab\n2,plain\n")
	s := b.open(t, extract.Config{Name: "legacy", Connector: "files", Settings: map[string]any{"path": "s3://" + c.S3Bucket + "/exports/*.csv", "endpoint": c.S3, "access_key": c.S3Key, "secret_key": c.S3Secret},
		Streams: streams(t, "goods:\n  key: [id]\n  fields: {id: string, name: string}\n")})
	if first := b.readAll(t, s); first["goods"].Landed != 2 {
		t.Errorf("first read %+v", first)
	}
	if rows := b.rows(t, s, "select name from goods where id = '1'"); len(rows) != 1 || rows[0][0] != "红色" {
		t.Errorf("rows %v", rows)
	}
	if again := b.readAll(t, s); again["goods"].Read != 0 {
		t.Errorf("read again %+v", again)
	}
	put("id,name\n1,changed\n")
	if changed := b.readAll(t, s); changed["goods"].Landed != 1 {
		t.Errorf("changed file %+v", changed)
	}
}
