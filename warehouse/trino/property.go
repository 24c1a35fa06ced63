package trino

import (
	"context"
	"net/url"
)

type propertyKey struct{}

// withProperty sets a session property, "iceberg.remove_orphan_files_min_retention", for the statements of ctx.
func withProperty(ctx context.Context, name, value string) context.Context {
	return context.WithValue(ctx, propertyKey{}, name+"="+url.QueryEscape(value))
}

func propertyOf(ctx context.Context) string {
	text, _ := ctx.Value(propertyKey{}).(string)
	return text
}
