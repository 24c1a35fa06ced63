package cases

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"gopkg.in/yaml.v3"
)

// Recorder is a transport that keeps what a real system answers as the answers of a case, to be given to Deps.Transport.
// Redact takes secrets out of the bodies; personal values must be taken out by whoever keeps the case.
type Recorder struct {
	Next   http.RoundTripper
	Dir    string
	Redact func(string) string

	mu      sync.Mutex
	answers []recorded
}

type recorded struct {
	File   string `yaml:"file"`
	Status int    `yaml:"status,omitempty"`
}

// RoundTrip asks the real system and keeps its answer as answer_<n>.json.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if closing := resp.Body.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := recorded{File: fmt.Sprintf("answer_%d.json", len(r.answers)+1)}
	if resp.StatusCode != http.StatusOK {
		a.Status = resp.StatusCode
	}
	if err := os.WriteFile(filepath.Join(r.Dir, a.File), []byte(r.Redact(string(body))), 0o600); err != nil {
		return nil, err
	}
	r.answers = append(r.answers, a)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// Answers is the `answers:` part of the case.yaml.
func (r *Recorder) Answers() (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := yaml.Marshal(map[string]any{"answers": r.answers})
	return string(text), err
}
