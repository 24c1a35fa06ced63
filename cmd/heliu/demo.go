package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/simulate"
)

// demoPersonalKey is no secret: nobody in the sample company is real.
const demoPersonalKey = "the-sample-company-has-no-secrets"

// demoFirst is when the demo's first run happens.
func demoFirst() time.Time {
	return time.Date(2026, 7, 9, 2, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))
}

// demoCompany is the company of the demo: its history is long enough for some fifty runs.
func demoCompany() simulate.Options {
	return simulate.Options{Seed: 1, Orders: 5700, From: simulate.Day("2026-05-10"), To: simulate.Day("2026-08-31"),
		CaseDay: simulate.Day("2026-06-18"), PresaleDay: simulate.Day("2026-05-24")}
}

// demo runs the nightly job against the sample company, whose servers run in this process on loopback for as long. Each
// run that ends well moves the company's clock on by one day.
func (a *app) demo(ctx context.Context) error {
	company, err := simulate.New(a.company)
	if err != nil {
		return err
	}
	since, today, err := a.demoDay()
	if err != nil {
		return err
	}
	begun, real := a.now(), a.now
	a.again = "run --demo"
	a.now = func() time.Time { return today.Add(real().Sub(begun)) }
	a.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() } // its servers need no sparing
	if _, err := company.WriteFiles(filepath.Join(a.dir, "files"), today); err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ready, stopped := make(chan simulate.StartupInfo, 1), make(chan error, 1)
	go func() {
		stopped <- simulate.Serve(serving, "127.0.0.1:0", company, simulate.ServeOptions{Now: a.now, Ready: func(i simulate.StartupInfo) { ready <- i }})
	}()
	select {
	case info := <-ready:
		a.env = demoEnv(info, a.env)
	case err := <-stopped:
		return err
	}
	a.note(a.say("The sample company on %s: its servers are up on loopback.", "示例公司,%s:其服务已在本机启动。"), today.Format(time.DateOnly))
	j, err := a.job()
	if err != nil {
		return err
	}
	var result *pipelines.Result
	if err = a.pushEvents(ctx, j, company, since, today); err == nil {
		result, err = j.Run(ctx, pipelines.Everything("run"))
	}
	stop()
	if err = errors.Join(err, j.Close(), <-stopped); err == nil {
		err = a.keepDemoDay(today)
	}
	if err = a.finish(result, err); err == nil {
		a.note(a.say("Run it again: a day will have passed in the sample company. Streams with a cursor go on where they were left; what changed of the others is read whole.", "再次运行:示例公司将过去一天。有游标的数据流接着读,其余有变化的整份重读。"))
	}
	return err
}

// pushEvents starts the collector, has the company's storefront send what its visitors did, and stops it again.
func (a *app) pushEvents(ctx context.Context, j *pipelines.Job, company *simulate.Company, from, to time.Time) error {
	collecting, stop := context.WithCancel(ctx)
	defer stop()
	ready, stopped := make(chan string, 1), make(chan error, 1)
	go func() {
		stopped <- j.Collect(collecting, "127.0.0.1:0", 500, func(base string, _ []string) { ready <- base })
	}()
	select {
	case err := <-stopped:
		return err
	case base := <-ready:
		sent, err := company.PushEvents(ctx, http.DefaultClient, base+"/collect", simulate.CollectToken, from, to)
		a.note(a.say("The storefront sent %d events to the collector.", "官网向采集端点发送了 %d 个事件。"), sent)
		stop()
		return errors.Join(err, <-stopped)
	}
}

// demoEnv sets the names that the demo's heliu.yaml refers to.
func demoEnv(info simulate.StartupInfo, env func(string) (string, bool)) func(string) (string, bool) {
	names := demoNames(info)
	return func(name string) (string, bool) {
		if value, ok := names[name]; ok {
			return value, true
		}
		return env(name)
	}
}

// demoDefaults lets the demo be checked, asked and traced while its servers are down.
func demoDefaults(env func(string) (string, bool)) func(string) (string, bool) {
	names := sync.OnceValue(func() map[string]string {
		company, err := simulate.New(simulate.Tiny())
		if err != nil {
			return nil // then the names are as unknown as they were
		}
		return demoNames(company.Info("http://127.0.0.1:1", time.Time{}))
	})
	return func(name string) (string, bool) {
		value, ok := env(name)
		if !ok && strings.HasPrefix(name, "HELIU_DEMO_") {
			value, ok = names()[name]
		}
		return value, ok
	}
}

func demoNames(info simulate.StartupInfo) map[string]string {
	return map[string]string{
		"HELIU_DEMO_TAOBAO": info.Taobao, "HELIU_DEMO_TAOBAO_TOKEN": info.TaobaoToken, "HELIU_DEMO_OCEANENGINE": info.OceanEngine,
		"HELIU_DEMO_JUSHUITAN": info.Jushuitan, "HELIU_DEMO_APP_KEY": info.AppKey, "HELIU_DEMO_APP_SECRET": info.AppSecret,
		"HELIU_DEMO_ACCESS_TOKEN": info.AccessToken, "HELIU_DEMO_REFRESH_TOKEN": info.RefreshToken,
		"HELIU_DEMO_COLLECT_TOKEN": info.CollectToken, "HELIU_DEMO_PERSONAL_KEY": demoPersonalKey,
	}
}

func (a *app) demoFile() string { return filepath.Join(a.dir, ".heliu", "demo.json") }

type demoState struct {
	Day time.Time `json:"day"` // of the last run that ended well
}

// demoDay is the company's clock: 2 o'clock at night, a day after the last run that ended well; and when that was.
func (a *app) demoDay() (since, today time.Time, err error) {
	text, err := os.ReadFile(a.demoFile())
	if errors.Is(err, fs.ErrNotExist) {
		return a.company.From.AddDate(0, 0, -60), a.first, nil
	}
	var state demoState
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		return since, today, fmt.Errorf("read the day of the sample company: %w", err)
	}
	return state.Day, state.Day.AddDate(0, 0, 1), nil
}

func (a *app) keepDemoDay(day time.Time) error {
	text, err := json.Marshal(demoState{Day: day})
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.demoFile(), text, 0o644); err != nil {
		return fmt.Errorf("keep the day of the sample company: %w", err)
	}
	return nil
}
