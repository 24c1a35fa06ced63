package files

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/heliu-data/heliu/extract"
)

// store reaches the object stores of a source's s3:// paths with the source's keys.
type store struct {
	accessKey, secretKey, sessionToken string
	client                             *http.Client
}

func newStore(o extract.Opening) *store {
	s := &store{accessKey: o.Text("access_key"), secretKey: o.Text("secret_key"), sessionToken: o.Text("session_token")}
	if o.Transport != nil {
		s.client = &http.Client{Transport: o.Transport}
	}
	return s
}

func (s *store) open(o s3Options) (*s3.Client, error) {
	if s.accessKey == "" || s.secretKey == "" {
		return nil, fmt.Errorf("an s3:// path needs the settings access_key and secret_key: set them from the environment, ${NAME}")
	}
	region := o.Region
	if region == "" {
		region = "us-east-1"
	}
	settings := s3.Options{
		Region:                     region,
		Credentials:                credentials.NewStaticCredentialsProvider(s.accessKey, s.secretKey, s.sessionToken),
		UsePathStyle:               o.Endpoint != "" && !o.VirtualHost,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if s.client != nil {
		settings.HTTPClient = s.client
	}
	if o.Endpoint != "" {
		settings.BaseEndpoint = aws.String(o.Endpoint)
	}
	return s3.New(settings), nil
}

// list finds the objects of s3://bucket/prefix/*.csv; * and ? do not go over a slash.
func (s *store) list(ctx context.Context, pattern string, o s3Options) ([]object, error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(pattern, "s3://"), "/")
	if !ok || bucket == "" || key == "" {
		return nil, fmt.Errorf("path %s: write s3://bucket/key or s3://bucket/prefix/*.csv", pattern)
	}
	client, err := s.open(o)
	if err != nil {
		return nil, err
	}
	prefix := key
	if i := strings.IndexAny(key, "*?["); i >= 0 {
		prefix = key[:i]
	}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	var out []object
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("path %s: listing: %w", pattern, err)
		}
		for _, x := range page.Contents {
			name := aws.ToString(x.Key)
			if fits, err := path.Match(key, name); err != nil {
				return nil, fmt.Errorf("path %s: %w", pattern, err)
			} else if !fits {
				continue
			}
			out = append(out, object{Path: "s3://" + bucket + "/" + name, Size: aws.ToInt64(x.Size), Changed: aws.ToTime(x.LastModified), Tag: aws.ToString(x.ETag),
				open: func(ctx context.Context) (io.ReadCloser, error) {
					got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &name, IfMatch: x.ETag})
					if err != nil {
						return nil, err
					}
					return got.Body, nil
				}})
		}
	}
	if len(out) == 0 && prefix == key {
		return nil, fmt.Errorf("path %s: there is no such object", pattern)
	}
	return out, nil
}
