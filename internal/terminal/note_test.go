package terminal

import "testing"

func TestNotesInChinese(t *testing.T) {
	t.Parallel()
	for note, want := range map[string]string{
		"build mart.campaign_roi": "构建 mart.campaign_roi", "1,984 rows, 4 rejected": "1,984 行,拒收 4 行", "12 rows, full": "12 行,全量",
		"2 of 181 audits failed": "181 项稽核中 2 项未通过", "nothing changed since publication p1": "自发布 p1 以来无变化", "read x: 503": "read x: 503",
		"sql/m.sql:7: audit unique(a) of mart.m: 3 bad rows, such as {a: 1}; nothing was published":                        "sql/m.sql:7: mart.m 的稽核 unique(a):3 行不符,例如 {a: 1};未发布",
		"another process holds the lock: run 20260618T020000.000Z, process 4711; wait for it or stop it, then start again": "另一进程持有锁:运行 20260618T020000.000Z,进程 4711;请等其结束或将其停止,然后重新运行",
		"another process holds the lock: a reader of the warehouse, process 9; wait for it or stop it, then start again":   "另一进程持有锁:数仓查询,进程 9;请等其结束或将其停止,然后重新运行",
		"another process holds the lock: plan; wait for it or stop it, then start again":                                   "另一进程持有锁:plan;请等其结束或将其停止,然后重新运行",
		"another process holds the lock: run 1": "另一进程持有锁: run 1",
	} {
		if got := Chinese.Note(note); got != want {
			t.Errorf("%q: %q, want %q", note, got, want)
		}
		if got := English.Note(note); got != note {
			t.Errorf("%q in English: %q", note, got)
		}
	}
}
