package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Version is the DuckDB that is linked in; an extension file fits only the very same version.
const Version = "v1.5.5"

// S3 tells httpfs how to reach the lake's object store.
type S3 struct {
	Extension string // path of httpfs.duckdb_extension; see [FindHTTPFS]
	Endpoint  string // "host:port" or a URL; empty for AWS
	Region    string
	KeyID     string
	Secret    string
	PathStyle bool
}

// FindHTTPFS returns the path of an httpfs extension of this DuckDB version under one of the folders, "" if there is none.
// It looks for <folder>/httpfs.duckdb_extension, <folder>/v1.5.5/… and <folder>/v1.5.5/<platform>/….
func FindHTTPFS(folders ...string) string {
	const name = "httpfs.duckdb_extension"
	for _, folder := range folders {
		for _, pattern := range []string{filepath.Join(folder, name), filepath.Join(folder, Version, name), filepath.Join(folder, Version, "*", name)} {
			found, err := filepath.Glob(pattern)
			if err != nil || len(found) == 0 {
				continue
			}
			if _, err := os.Stat(found[0]); err == nil {
				return found[0]
			}
		}
	}
	return ""
}

func (s *S3) statements() []string {
	secret := []string{"type s3", "key_id " + Text(s.KeyID), "secret " + Text(s.Secret)}
	if s.Region != "" {
		secret = append(secret, "region "+Text(s.Region))
	}
	if s.Endpoint != "" {
		host, plain := strings.CutPrefix(s.Endpoint, "http://")
		host = strings.TrimSuffix(strings.TrimPrefix(host, "https://"), "/")
		secret = append(secret, "endpoint "+Text(host), fmt.Sprintf("use_ssl %t", !plain))
	}
	if s.PathStyle {
		secret = append(secret, "url_style 'path'")
	}
	return []string{"load " + Text(s.Extension), "create or replace secret heliu_lake (" + strings.Join(secret, ", ") + ")"}
}

// redact keeps the key out of an error that quotes the statement (invariant 8).
func redact(err error, s *S3) error {
	text := err.Error()
	for _, secret := range []string{s.Secret, s.KeyID} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return errors.New(text)
}
