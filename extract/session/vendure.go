package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/heliu-data/heliu/extract"
)

const vendureLogin = `mutation ($user: String!, $password: String!) { login(username: $user, password: $password) { __typename ... on ErrorResult { message } } }`

// vendure logs in by a mutation of the Admin API; the token stands in the answer's header vendure-auth-token. A session
// that has ended is told by the GraphQL error FORBIDDEN, with status 200.
func vendure() dialect {
	return dialect{
		login: func(ask asker, url, user, password string) (string, string, error) {
			body, err := json.Marshal(map[string]any{"query": vendureLogin, "variables": map[string]string{"user": user, "password": password}})
			if err != nil {
				return "", "", err
			}
			resp, text, err := ask(url, body)
			if err != nil {
				return "", "", err
			}
			var said struct {
				Data struct {
					Login struct {
						Kind    string `json:"__typename"`
						Message string `json:"message"`
					} `json:"login"`
				} `json:"data"`
			}
			token := resp.Header.Get("vendure-auth-token")
			if err := json.Unmarshal(text, &said); err != nil || resp.StatusCode != http.StatusOK {
				return "", "", fmt.Errorf("HTTP %d: %s", resp.StatusCode, extract.Shape(text, resp.Header.Get("Content-Type")))
			}
			if said.Data.Login.Kind != "CurrentUser" || token == "" {
				return "", "", denied(said.Data.Login.Kind + " " + said.Data.Login.Message)
			}
			return "Authorization", "Bearer " + token, nil
		},
		refused: func(status int, body []byte) bool {
			return status == http.StatusUnauthorized || bytes.Contains(body[:min(len(body), 2000)], []byte(`"code":"FORBIDDEN"`))
		},
	}
}
