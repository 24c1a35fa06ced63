package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A secret planted in every secret setting shows in no log, no error and no file, whatever goes wrong.
func TestPlantedSecretsStayHidden(t *testing.T) {
	t.Parallel()
	// A vendor that repeats everything it was told in its error.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		told := "refused: " + r.Form.Encode() + r.Header.Get("Access-Token")
		w.Header().Set("Content-Type", "application/json")
		answer := map[string]any{"code": 40105, "message": told, "error_response": map[string]any{"code": 27, "msg": told}}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	s := newShell(t)
	for _, name := range []string{"KEY", "SECRET", "SESSION", "REFRESH", "TOKEN", "PERSONAL", "DSN"} {
		s.env["P_"+name] = "planted-" + strings.ToLower(name) + "-7f3a"
	}
	s.env["P_DSN"] = "postgres://bi:planted-dsn-7f3a@127.0.0.1:1/bi"
	s.env["P_URL"] = server.URL
	dir := s.project(`name: acme
personal: {key: "${P_PERSONAL}"}
sources:
  shop: {connector: taobao, base_url: "${P_URL}", app_key: key, app_secret: ${P_SECRET}, session: ${P_SESSION}, refresh_token: ${P_REFRESH}, token_url: "${P_URL}"}
  ads: {connector: oceanengine, base_url: "${P_URL}", advertisers: ["1"], access_token: ${P_TOKEN}}
  crm: {connector: events, token: "${file:token}"}
publish: [postgres: ${P_DSN}]
`)
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("planted-token-file-7f3a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	for _, args := range [][]string{{"check"}, {"source", "test"}, {"source", "show", "shop"}, {"run", "-v"}, {"run", "-v", "--log-format", "json"},
		{"publish", "-v"}, {"runs", "--format", "json"}, {"query", "--building", "select * from ops.steps", "--format", "json"}} {
		code, out, err := s.do(append(args, "--project", dir)...)
		if args[0] == "run" && code != 1 {
			t.Errorf("%v: exit code %d: %s", args, code, err)
		}
		seen.WriteString(out + err)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == "token" {
			return err
		}
		text, err := os.ReadFile(path)
		seen.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(seen.String(), "planted-"); i >= 0 {
		t.Errorf("a secret shows: …%q…", seen.String()[max(0, i-80):min(seen.Len(), i+40)])
	}
	if !strings.Contains(seen.String(), "refused: ") {
		t.Error("the vendor's answer was not reported at all")
	}
}
