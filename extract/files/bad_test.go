package files

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// TestDamagedParquet reads Parquet files cut off everywhere and with bits changed in every byte. Cut off they are errors. A bit
// in the content of a page or in its header is an error or changes nothing. The footer has no check sum and says many things only
// once: what changes there is noticed beside a SHA-256 of the file, and nothing makes the reader panic.
func TestDamagedParquet(t *testing.T) {
	t.Parallel()
	type row struct {
		ID     string   `parquet:"id"`
		Amount int64    `parquet:"amount"`
		Rate   *float64 `parquet:"rate,optional"`
		Tags   []string `parquet:"tags,list"`
	}
	half := 0.5
	for name, options := range map[string][]parquet.WriterOption{
		"version 1": {parquet.DataPageVersion(1)},
		"version 2": {parquet.DataPageVersion(2)},
		"zstd":      {parquet.Compression(&parquet.Zstd)},
		"lz4":       {parquet.Compression(&parquet.Lz4Raw)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var buffer bytes.Buffer
			w := parquet.NewGenericWriter[row](&buffer, options...)
			if _, err := w.Write([]row{{"1", 2, &half, []string{"x"}}, {"3", 4, nil, nil}, {"5", 6, &half, []string{"y", "z"}}}); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			good, dir := buffer.Bytes(), t.TempDir()
			file := must(parquet.OpenFile(bytes.NewReader(good), int64(len(good))))
			content, err := checkPages(bytes.NewReader(good), int64(len(good)), file)
			if err != nil || len(content) < 4 {
				t.Fatal(content, err)
			}
			pages := content[len(content)-1].to // behind them are indexes and the footer
			give := func(text []byte) ([][]any, error) {
				write(t, dir, "a.parquet", string(text))
				r, s := source(t, dir, strings.Replace(idAndAmount, "'*'", "a.parquet", 1))
				rows, bad, out, err := read(r, s, "")
				if err == nil && (len(bad) > 0 || int64(len(rows)) != count(out)) {
					err = errors.New("the receipt shows it")
				}
				return rows, err
			}
			want, err := give(good)
			if err != nil || len(want) != 3 {
				t.Fatal(want, err)
			}
			noticed, silent := 0, 0
			for at := range good {
				if at%9 == 0 {
					if _, err := give(good[:at]); err == nil {
						t.Errorf("cut off at %d: no error", at)
					}
				}
				within := slices.ContainsFunc(content, func(s span) bool { return int64(at) >= s.from && int64(at) < s.to })
				header := !within && int64(at) < pages
				for bit := range 8 {
					if bit != at%8 && !(header && bit == (at+5)%8) && !(header && bit == 4) { // some more of the headers, which say most
						continue
					}
					flipped := bytes.Clone(good)
					flipped[at] ^= 1 << bit
					got, err := give(flipped)
					switch {
					case err != nil:
						noticed++
					case within:
						t.Errorf("byte %d of a page's content is changed: no error", at)
					case cmp.Equal(want, got):
					case header:
						t.Errorf("bit %d of byte %d of a page's header is changed, and values are: %v", bit, at, got)
					default:
						silent++
					}
				}
			}
			t.Logf("%d bytes: %d changes noticed, %d of the footer change values in silence", len(good), noticed, silent)
			write(t, dir, "a.parquet.sha256", fmt.Sprintf("%x  a.parquet\n", sha256.Sum256(good)))
			if _, err := give(good); err != nil {
				t.Errorf("whole, with its check sum: %v", err)
			}
			for at := range good {
				flipped := bytes.Clone(good)
				flipped[at] ^= 1 << (at % 8)
				if _, err := give(flipped); err == nil || !strings.Contains(err.Error(), "a.parquet.sha256") {
					t.Errorf("byte %d is changed beside a SHA-256: %v", at, err)
				}
			}
		})
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
