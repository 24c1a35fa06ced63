package whole

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// project is a folder that heliu runs in, and the company that its sources belong to.
type project struct {
	dir     string
	company *company
	env     map[string]string
}

// outcome is what one command line left behind.
type outcome struct {
	code           int // -1: killed
	stdout, stderr string
	took           time.Duration
}

// newProject makes the demo's project for a company, its history cut to what the company has.
func newProject(t *testing.T, c *company) *project {
	t.Helper()
	p := &project{dir: filepath.Join(t.TempDir(), "project"), company: c, env: map[string]string{}}
	p.do(t, "init", "--demo", p.dir).want(t, 0)
	file := filepath.Join(p.dir, "heliu.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`start: "[0-9-]+"`).ReplaceAll(text, []byte(`start: "`+c.Info("", c.now()).From+`"`))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// publishes rewrites what the project publishes, in the lines of its file.
func (p *project) publishes(t *testing.T, targets ...string) {
	t.Helper()
	file := filepath.Join(p.dir, "heliu.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?m)^publish:\n(  .*\n)+`)
	if !block.Match(text) {
		t.Fatal("the project's file publishes nothing")
	}
	text = block.ReplaceAllLiteral(text, []byte("publish:\n  - "+strings.Join(targets, "\n  - ")+"\n"))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// run does the nightly job at the company's present day.
func (p *project) run(t *testing.T, more ...string) outcome {
	t.Helper()
	p.files(t)
	return p.do(t, append([]string{"run", "--project", p.dir}, more...)...)
}

// files writes the departments' spreadsheets as they are by now.
func (p *project) files(t *testing.T) {
	t.Helper()
	if _, err := p.company.WriteFiles(filepath.Join(p.dir, "files"), p.company.now()); err != nil {
		t.Fatal(err)
	}
}

// do runs one command line to its end.
func (p *project) do(t *testing.T, args ...string) outcome {
	t.Helper()
	return p.finish(t, p.command(context.Background(), args...))
}

// finish runs a prepared command.
func (p *project) finish(t *testing.T, command *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	begun := time.Now()
	err := command.Run()
	o := outcome{stdout: stdout.String(), stderr: stderr.String(), took: time.Since(begun)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", strings.Join(command.Args, " "), err)
	}
	o.code = command.ProcessState.ExitCode()
	return o
}

func (p *project) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Getenv(binary), args...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "LANG=C", "TMPDIR=" + os.Getenv("TMPDIR")}
	for name, value := range p.environment() {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// environment is what the demo's heliu.yaml refers to, the clock, and what the test added.
func (p *project) environment() map[string]string {
	info := p.company.Info(p.company.url, p.company.now())
	env := map[string]string{
		"HELIU_DEMO_TAOBAO": info.Taobao, "HELIU_DEMO_TAOBAO_TOKEN": info.TaobaoToken, "HELIU_DEMO_OCEANENGINE": info.OceanEngine,
		"HELIU_DEMO_JUSHUITAN": info.Jushuitan, "HELIU_DEMO_APP_KEY": info.AppKey, "HELIU_DEMO_APP_SECRET": info.AppSecret,
		"HELIU_DEMO_ACCESS_TOKEN": info.AccessToken, "HELIU_DEMO_REFRESH_TOKEN": info.RefreshToken,
		"HELIU_DEMO_COLLECT_TOKEN": info.CollectToken, "HELIU_DEMO_PERSONAL_KEY": "a-key-for-personal-fields",
		"HELIU_TEST_NOW": p.company.now().Format(time.RFC3339),
	}
	maps.Copy(env, p.env)
	return env
}

// keep copies a project that no command holds; the function that it gives puts the project back as it was. The lake's
// files know each other by their full paths, so a copy elsewhere would be no project.
func (p *project) keep(t *testing.T) (restore func()) {
	t.Helper()
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.RemoveAll(p.dir); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(p.dir, os.DirFS(kept)); err != nil {
			t.Fatal(err)
		}
	}
}

// want ends the test unless the exit code is this one.
func (o outcome) want(t *testing.T, code int) outcome {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", o.code, code, o.stdout, o.stderr)
	}
	return o
}
