//go:build real

// Package real runs Heliu against real systems that up.sh has started: it reads their addresses from the environment
// and does to them what their users do — place and change orders, ship a sale.
package real

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

// Components are the addresses and credentials that up.sh wrote.
type Components struct {
	Postgres                          string // postgres://postgres@127.0.0.1:PORT, without a database; there are src, lake, bi, medusa, vendure, tryton
	MySQL                             string // of the database src
	S3, S3Bucket, S3Key, S3Secret     string
	Medusa, MedusaUser, MedusaSecret  string
	Vendure, VendureUser, VendurePass string
	Tryton, TrytonUser, TrytonPass    string // the address ends in the database's name
}

// FromEnvironment reads the components; the error says which variable is missing and how to get it.
func FromEnvironment() (Components, error) {
	var missing string
	get := func(name string) string {
		v := os.Getenv("HELIU_REAL_" + name)
		if v == "" {
			missing = "HELIU_REAL_" + name
		}
		return v
	}
	c := Components{
		Postgres: get("POSTGRES"), MySQL: get("MYSQL"),
		S3: get("S3"), S3Bucket: get("S3_BUCKET"), S3Key: get("S3_KEY"), S3Secret: get("S3_SECRET"),
		Medusa: get("MEDUSA"), MedusaUser: get("MEDUSA_EMAIL"), MedusaSecret: get("MEDUSA_PASSWORD"),
		Vendure: get("VENDURE"), VendureUser: get("VENDURE_USER"), VendurePass: get("VENDURE_PASSWORD"),
		Tryton: get("TRYTON"), TrytonUser: get("TRYTON_USER"), TrytonPass: get("TRYTON_PASSWORD"),
	}
	if missing != "" {
		return c, fmt.Errorf("%s is not set: run make test-real, or test/real/up.sh WORK and export what WORK/env says", missing)
	}
	return c, nil
}

// call sends JSON and reads the JSON answer into out; a status other than 2xx is an error with the answer's beginning.
func call(ctx context.Context, method, url string, header map[string]string, body, out any) (http.Header, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode > 299 {
		return nil, fmt.Errorf("%s %s: HTTP %d: %.400s", method, url, resp.StatusCode, answer)
	}
	if out == nil {
		return resp.Header, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %.400s", method, url, err, answer)
	}
	return resp.Header, nil
}
