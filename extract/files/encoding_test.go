package files

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A quick look, however its bytes come in pieces, either says the same as a thorough one or that it is unsure.
func TestQuickSurveyAgreesWithThorough(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes(bytes.Repeat([]byte("订单,金额\n"), 50))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{
		"ascii": []byte("id,amount\r\n1,2\r\n"), "chinese": bytes.Repeat([]byte("连衣裙 红色 😀\n"), 40), "gbk": gbk,
		"mark": []byte("\xef\xbb\xbfid\n1\n"), "nul": []byte("a\x00b\n"), "cut": []byte("abc\xe8\xbf"), "old mac": []byte("a\rb\r"), "empty": nil,
		"one bad byte": append(bytes.Repeat([]byte("广东省\n"), 30), 0xFF, '\n'), "surrogate": []byte("\xed\xa0\x80\n"),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, text := range texts {
		for range 200 {
			thorough, quick := new(survey), &survey{quick: true}
			for rest := text; len(rest) > 0; {
				n := 1 + random.IntN(min(len(rest), 9))
				for _, s := range []*survey{thorough, quick} {
					if _, err := s.Write(rest[:n]); err != nil {
						t.Fatal(err)
					}
				}
				rest = rest[n:]
			}
			clean := thorough.utf8Invalid+int64(len(thorough.pending))+thorough.nulEven+thorough.nulOdd == 0
			if quick.unsure() == clean {
				t.Fatalf("%s: unsure %t of text that is clean %t", name, quick.unsure(), clean)
			}
			if !clean {
				continue
			}
			want, wantErr := thorough.encodingOf()
			got, gotErr := quick.encodingOf()
			if got.name != want.name || (gotErr == nil) != (wantErr == nil) || quick.feeds != thorough.feeds || quick.size != thorough.size {
				t.Fatalf("%s: %v %v, want %v %v", name, got, gotErr, want, wantErr)
			}
		}
	}
}
