package files

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestHugeRecordsAreRefused reads files that are one record of 40 MB: they are refused once 16 MB of it are in memory, whatever else there is.
func TestHugeRecordsAreRefused(t *testing.T) {
	for name, head := range map[string]string{"one line.csv": "id,amount\n1,", "open quote.csv": "id,amount\n1,\"", "header.csv": "id,", "one line.jsonl": `{"id":"`, "one text.json": `[{"id":"`, "beside.json": `{"other":"`} {
		dir := t.TempDir()
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		chunk := bytes.Repeat([]byte{'x'}, 1<<20)
		_, err = file.WriteString(head)
		for i := 0; i < 40 && err == nil; i++ {
			_, err = file.Write(chunk)
		}
		if closed := file.Close(); err != nil || closed != nil {
			t.Fatal(err, closed)
		}
		stream := idAndAmount
		if name == "beside.json" {
			stream += "\nrecords: rows"
		}
		r, s := source(t, dir, stream)
		_, _, _, err = read(r, s, "")
		if err == nil || !strings.Contains(err.Error(), "longer than 16 MB") {
			t.Errorf("%s: error %v, want one that names the limit", name, err)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedParquet reads a Parquet file with every 40th byte changed, and cut off everywhere: it is an error or whole, never a panic.
func TestDamagedParquet(t *testing.T) {
	t.Parallel()
	type row struct {
		ID     string `parquet:"id"`
		Amount int64  `parquet:"amount"`
	}
	var good bytes.Buffer
	w := parquet.NewGenericWriter[row](&good)
	if _, err := w.Write([]row{{"1", 2}, {"3", 4}, {"5", 6}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < good.Len(); at += 40 {
		flipped := bytes.Clone(good.Bytes())
		flipped[at] ^= 0x55
		for what, text := range map[string][]byte{"flipped": flipped, "cut off": good.Bytes()[:at]} {
			dir := t.TempDir()
			write(t, dir, "a.parquet", string(text))
			r, s := source(t, dir, idAndAmount)
			rows, bad, _, err := read(r, s, "")
			if err == nil && len(rows)+len(bad) != 3 || what == "cut off" && err == nil {
				t.Errorf("%s at %d: %d rows, %d bad, no error", what, at, len(rows), len(bad))
			}
		}
	}
}

// FuzzCSV and FuzzJSON feed anything: an error or rows, never a panic, and what is read is what is counted.
func FuzzCSV(f *testing.F) {
	for _, text := range []string{"id,amount\n1,2\n", "\ufeffid;amount\r\n1;2", "id,amount\n\"1,2\n", "id,id\n1,2\n", "id,amount\n1,2,3\n1\n", "id,amount\n1,\x00\n", "", "\xff\xfei\x00d\x00", "id,amount\n\xb6\xa9\xb5\xa5,1\n",
		"id,amount\n1.23457E+17,1\n", "id\tamount\n\"a\"b\t1\n", "id,amount\n=\"001\",1\n", "\n\n\n", "id,amount\r1,2\r", "id,amount\n\"a\"\"b\",\"c\nd\"\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, "a.csv", text) })
}

// FuzzJSON feeds documents and lines.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`[{"id":1}]`, `{"id":1}`, `[{"id":1,"id":2}]`, `[{"id":NaN}]`, `[{"id":9007199254740993}]`, `[{"id":1,"ID":2}]`, strings.Repeat("[", 2000), `[{"id":"\ud800"}]`, "[{\"id\":\"\xff\"}]", "", `[`, `[{"id":1}`, `[1,,2]`, "{\"id\":1}\n\n{\"id\":", "<html>", `[{"id":1}] x`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fuzz(t, "a.json", text)
		fuzz(t, "a.jsonl", text)
	})
}

func fuzz(t *testing.T, name string, text []byte) {
	dir := t.TempDir()
	write(t, dir, name, string(text))
	r, s := source(t, dir, idAndAmount)
	rows, bad, out, err := read(r, s, "")
	if err == nil && count(out) >= 0 && int64(len(rows)+len(bad)) != count(out) {
		t.Errorf("%d rows and %d bad ones were read where %d are counted", len(rows), len(bad), count(out))
	}
}
